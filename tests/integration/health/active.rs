//! What becomes of the requests of a server that fails, and how it comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, Response};
use tokio::time::interval;
use windrose_kit::peer::h1::Backend;
use windrose_kit::peer::h2;
use windrose_kit::soon;

use super::patient::{Mood, Patient};
use super::{CHECK, answers, ask, asks_until, balancer, with};
use crate::gateway::Gateway;

/// What eight clients are answered that ask all the time while `goes_on`: how often, and how often with 502.
async fn load(gateway: &Gateway, goes_on: impl Fn() -> bool) -> (usize, usize) {
    let one = async || {
        let (mut client, mut sent, mut failed) = (gateway.client().await, 0, 0);
        while goes_on() {
            let status = ask(&mut client).await.status();
            assert!([200, 502].contains(&status), "{status}");
            sent += 1;
            failed += usize::from(status == 502);
        }
        (sent, failed)
    };
    let all = soon("the end of the load", join_all((0..8).map(|_| one()))).await;
    all.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[tokio::test]
async fn a_server_that_dies_under_load_costs_few_requests_and_is_back_when_it_answers() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    let gateway = with(&[("app", &balancer(&[&a, &b], CHECK))]).await;
    let (sent, failed) = load(&gateway, || a.served() < 100 || a.checked().is_empty()).await;
    assert_eq!(failed, 0, "of {sent}");
    a.feel(Mood::Dead);
    // One check may ask twice, when a kept connection fails it. After that many, what came of one is known everywhere.
    let checked = a.checked().len();
    let (sent, failed) = load(&gateway, || a.checked().len() < checked + 4).await;
    assert!(failed <= sent / 2 + 8, "{failed} of {sent} failed, and a has every second turn");
    let (served, served_b) = (a.served(), b.served());
    let (sent, failed) = load(&gateway, || b.served() < served_b + 500).await;
    assert_eq!((failed, a.served()), (0, served), "of {sent}");
    a.feel(Mood::Well);
    let (sent, failed) = load(&gateway, || a.served() < served + 10).await;
    assert_eq!(failed, 0, "of {sent}");
    let mut client = gateway.client().await;
    assert_eq!(answers(&mut client, 20).await.matches('a').count(), 10);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_down_when_its_check_has_waited_enough() {
    let (a, silent) = (Patient::new("a").await, Backend::bind().await);
    let servers = format!("[{{url: '{}'}}, {{url: '{}'}}]", a.url(), silent.url());
    let app = format!(
        "{{loadBalancer: {{healthCheck: {{path: /up, interval: 50ms, timeout: 50ms}}, servers: {servers}}}}}"
    );
    let mut gateway = with(&[("app", &app)]).await;
    gateway.wait_for_log("it did not answer in time").await;
    assert_eq!(answers(&mut gateway.client().await, 20).await, "a".repeat(20));
}

#[tokio::test]
async fn a_server_of_grpc_is_asked_by_its_health_service() {
    let serves = Arc::new(AtomicBool::new(true));
    let answer = Arc::clone(&serves);
    let server = h2::Server::start(h2::Backend::bind().await, move |mut exchange| {
        let serves = answer.load(Ordering::SeqCst);
        async move {
            let is_check = exchange.request.uri().path() == "/grpc.health.v1.Health/Check";
            exchange.read_body().await;
            let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
            let mut body = exchange.start(head);
            if is_check {
                // The number 1 in field 1 is SERVING, 2 is NOT_SERVING.
                let status = if serves { 1 } else { 2 };
                body.send_data(Bytes::from(vec![0, 0, 0, 0, 2, 8, status]), false).unwrap();
            }
            let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
            body.send_trailers(trailers).unwrap();
        }
    });
    let url = server.url().replace("http://", "h2c://");
    let app = format!(
        "{{loadBalancer: {{healthCheck: {{mode: grpc, interval: 20ms}}, servers: [{{url: '{url}'}}]}}}}"
    );
    let mut gateway = with(&[("app", &app)]).await;
    let mut client = gateway.client().await;
    assert_eq!(ask(&mut client).await.status(), 200);
    serves.store(false, Ordering::SeqCst);
    gateway.wait_for_log("it says that it does not serve").await;
    assert_eq!(ask(&mut client).await.status(), 503);
    serves.store(true, Ordering::SeqCst);
    asks_until(&mut client, "the answer 200", |answer| answer.status() == 200).await;
}

#[tokio::test]
async fn a_server_whose_check_fails_takes_no_requests() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    a.feel(Mood::Sick);
    let mut gateway = with(&[("app", &balancer(&[&a, &b], CHECK))]).await;
    gateway.wait_for_log("a server is not well").await;
    let served = a.served();
    let mut client = gateway.client().await;
    assert_eq!(answers(&mut client, 20).await, "b".repeat(20));
    assert_eq!(a.served(), served);
}

#[tokio::test]
async fn without_a_server_that_is_up_a_service_answers_503() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    let gateway = with(&[("app", &balancer(&[&a, &b], CHECK))]).await;
    let mut client = gateway.client().await;
    assert_eq!(answers(&mut client, 4).await.matches('a').count(), 2);
    a.feel(Mood::Sick);
    b.feel(Mood::Dead);
    asks_until(&mut client, "the answer 503", |answer| answer.status() == 503).await;
    let answer = ask(&mut client).await;
    assert_eq!((answer.status(), answer.text().as_str()), (503, "no available server\n"));
    b.feel(Mood::Well);
    asks_until(&mut client, "an answer of b", |answer| answer.text() == "b").await;
    assert_eq!(answers(&mut client, 4).await, "bbbb");
}

#[tokio::test]
async fn a_server_that_fails_requests_is_left_out_for_a_while() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    a.feel(Mood::Failing);
    let passive = "passiveHealthCheck: {failureWindow: 2s, maxFailedAttempts: 2}";
    let gateway = with(&[("app", &balancer(&[&a, &b], passive))]).await;
    let mut client = gateway.client().await;
    // It has its turns until it has failed two of them.
    assert_eq!(answers(&mut client, 4).await.matches('a').count(), 2);
    assert_eq!(a.served(), 2);
    assert_eq!(answers(&mut client, 6).await, "bbbbbb");
    a.feel(Mood::Well);
    asks_until(&mut client, "an answer of a", |answer| answer.text() == "a").await;
    assert_eq!(answers(&mut client, 10).await.matches('a').count(), 5);
}

#[tokio::test]
async fn the_api_says_how_servers_are() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    let gateway = with(&[("app", &balancer(&[&a, &b], CHECK))]).await;
    let (url_a, url_b) = (a.url(), b.url());
    let is = async |word_a: &str, word_b: &str| {
        let mut pause = interval(Duration::from_millis(5));
        loop {
            pause.tick().await;
            let answer = gateway.client().await.get("api.test", "/api/http/services/app@file").await;
            let service: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            let status = &service["serverStatus"];
            if status[&url_a] == word_a && status[&url_b] == word_b {
                return;
            }
        }
    };
    for (mood_a, mood_b, words) in [
        (Mood::Well, Mood::Well, ("UP", "UP")),
        (Mood::Dead, Mood::Well, ("DOWN", "UP")),
        (Mood::Dead, Mood::Sick, ("DOWN", "DOWN")),
        (Mood::Well, Mood::Sick, ("UP", "DOWN")),
    ] {
        a.feel(mood_a);
        b.feel(mood_b);
        soon(format!("{words:?}"), is(words.0, words.1)).await;
    }
}
