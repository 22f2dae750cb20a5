//! Servers that fail and recover, and who gets their requests meanwhile.

use std::time::Duration;

use tokio::time::interval;
use windrose_kit::peer::h1::{Client, Message};
use windrose_kit::soon;

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic, until};
use crate::patient::{Mood, Patient};

/// Asked every 20 ms, whether it is well or not.
const CHECK: &str = "healthCheck: {path: /up, interval: 20ms, timeout: 1s}";
/// Asked every 20 ms, and no more once it is down.
const LAST_CHECK: &str = "healthCheck: {path: /up, interval: 20ms, unhealthyInterval: 1h, timeout: 1s}";

/// Servers with these further fields.
fn balancer(servers: &[&Patient], fields: &str) -> String {
    let servers: Vec<String> = servers.iter().map(|server| format!("{{url: '{}'}}", server.url())).collect();
    format!("{{loadBalancer: {{{fields}, servers: [{}]}}}}", servers.join(", "))
}

fn routing(services: &[(&str, &str)]) -> String {
    let api = ("api", "{rule: 'Host(`api.test`)', priority: 1000, service: api@internal}");
    let routers: Vec<_> = EVERYTHING.iter().copied().chain([api]).collect();
    dynamic(&Http { routers: &routers, services, ..Http::default() })
}

async fn with(services: &[(&str, &str)]) -> Gateway {
    Gateway::start(Setup { dynamic: &routing(services), more: "api: {}", ..Setup::default() }).await
}

async fn ask(client: &mut Client) -> Message {
    client.get("a.test", "/").await
}

/// Asks until an answer is as it should be.
async fn asks_until(client: &mut Client, what: &str, is_it: impl Fn(&Message) -> bool) {
    let asking = async {
        let mut pause = interval(Duration::from_millis(5));
        while !is_it(&ask(client).await) {
            pause.tick().await;
        }
    };
    soon(what, asking).await;
}

/// All that so many requests are answered.
async fn answers(client: &mut Client, count: usize) -> String {
    let mut text = String::new();
    for _ in 0..count {
        text.push_str(&ask(client).await.text());
    }
    text
}

#[tokio::test]
async fn a_server_that_dies_costs_few_requests_and_is_back_when_it_answers() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    let gateway = with(&[("app", &balancer(&[&a, &b], CHECK))]).await;
    let mut client = gateway.client().await;
    asks_until(&mut client, "an answer of a", |answer| answer.text() == "a").await;
    until("a check", || !a.checked().is_empty()).await;
    a.feel(Mood::Dead);
    let checked = a.checked().len();
    // Once it was asked twice, what came of the first question is known everywhere.
    let (mut sent, mut failed) = (0, 0);
    let dying = async {
        while a.checked().len() < checked + 2 {
            let status = ask(&mut client).await.status();
            assert!([200, 502].contains(&status), "{status}");
            sent += 1;
            failed += usize::from(status == 502);
        }
    };
    soon("two checks", dying).await;
    assert!(failed <= sent / 2 + 1, "{failed} of {sent} failed");
    let served = a.served();
    assert_eq!(answers(&mut client, 100).await, "b".repeat(100));
    assert_eq!(a.served(), served);
    a.feel(Mood::Well);
    let checked = a.checked().len();
    asks_until(&mut client, "an answer of a", |answer| answer.text() == "a").await;
    let took = a.checked().len() - checked;
    assert!(took >= 1, "nobody asked before");
    assert_eq!(answers(&mut client, 20).await.matches('a').count(), 10);
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
async fn a_server_is_asked_once_however_many_services_want_it() {
    let a = Patient::new("a").await;
    let balancer = balancer(&[&a], CHECK);
    let gateway = with(&[("app", &balancer), ("two", &balancer), ("three", &balancer)]).await;
    until("checks", || a.checked().len() > 30).await;
    let checked = a.checked();
    // Three times as often it would take a third of this.
    let took = checked[30] - checked[0];
    assert!(took > Duration::from_millis(20 * 30 / 2), "30 checks within {took:?}");
    // And none any more when nobody wants it.
    let other = Patient::new("b").await;
    gateway.apply(&routing(&[("app", &self::balancer(&[&other], CHECK))])).await;
    let is_over = || {
        let (last, now) = (a.checked().last().copied(), other.checked().last().copied());
        last.zip(now).is_some_and(|(last, now)| now > last + Duration::from_millis(200))
    };
    until("the last check of a", is_over).await;
}

#[tokio::test]
async fn a_reload_keeps_what_is_known_of_servers() {
    let [a, b, c] = [Patient::new("a").await, Patient::new("b").await, Patient::new("c").await];
    let gateway = with(&[("app", &balancer(&[&a, &b], LAST_CHECK))]).await;
    let mut client = gateway.client().await;
    a.feel(Mood::Sick);
    until("a check", || !a.checked().is_empty()).await;
    let alone = async { while answers(&mut client, 4).await != "bbbb" {} };
    soon("answers of b alone", alone).await;
    let (served, checked) = (a.served(), a.checked().len());
    a.feel(Mood::Well);
    // The same, written in another way; with another server; with a cookie.
    for fields in [(vec![&a, &b], "passHostHeader: true"), (vec![&c, &b, &a], "sticky: {cookie: {}}")] {
        let app = balancer(&fields.0, &format!("{LAST_CHECK}, {}", fields.1));
        gateway.apply(&routing(&[("app", &app)])).await;
        let mut client = gateway.client().await;
        assert!(!answers(&mut client, 12).await.contains('a'));
    }
    assert_eq!((a.served(), a.checked().len()), (served, checked), "nobody asked it anything");
}

#[tokio::test]
async fn a_reload_keeps_a_server_out_that_has_failed() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    a.feel(Mood::Failing);
    let passive = "passiveHealthCheck: {failureWindow: 1h}";
    let gateway = with(&[("app", &balancer(&[&a, &b], passive))]).await;
    let mut client = gateway.client().await;
    assert_eq!(answers(&mut client, 6).await.matches('a').count(), 1);
    let app = balancer(&[&a, &b], &format!("{passive}, sticky: {{cookie: {{}}}}"));
    gateway.apply(&routing(&[("app", &app)])).await;
    assert_eq!(answers(&mut client, 6).await, "bbbbbb");
}

#[tokio::test]
async fn health_goes_up_through_services_that_ask_for_it() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    let (to_a, to_b) = (balancer(&[&a], CHECK), balancer(&[&b], CHECK));
    let gateway = with(&[
        ("a", &to_a),
        ("b", &to_b),
        ("inner", "{weighted: {healthCheck: {}, services: [{name: a}]}}"),
        ("app", "{weighted: {healthCheck: {}, services: [{name: inner, weight: 5}, {name: b}]}}"),
    ])
    .await;
    let mut client = gateway.client().await;
    assert_eq!(answers(&mut client, 6).await.matches('a').count(), 5);
    a.feel(Mood::Sick);
    let alone = async { while answers(&mut client, 6).await != "bbbbbb" {} };
    soon("answers of b alone", alone).await;
    b.feel(Mood::Sick);
    asks_until(&mut client, "the answer 503", |answer| answer.status() == 503).await;
    a.feel(Mood::Well);
    asks_until(&mut client, "an answer of a", |answer| answer.text() == "a").await;
}

#[tokio::test]
async fn the_fallback_takes_over_while_the_main_service_is_down() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    let (to_a, to_b) = (balancer(&[&a], CHECK), balancer(&[&b], "passHostHeader: true"));
    let app = "{failover: {service: a, fallback: b}}";
    let gateway = with(&[("a", &to_a), ("b", &to_b), ("app", app)]).await;
    let mut client = gateway.client().await;
    assert_eq!(answers(&mut client, 5).await, "aaaaa");
    a.feel(Mood::Dead);
    asks_until(&mut client, "an answer of b", |answer| answer.text() == "b").await;
    assert_eq!(answers(&mut client, 5).await, "bbbbb");
    a.feel(Mood::Well);
    asks_until(&mut client, "an answer of a", |answer| answer.text() == "a").await;
    assert_eq!(answers(&mut client, 5).await, "aaaaa");
}

#[tokio::test]
async fn the_fallback_answers_what_the_main_service_cannot() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    let (to_a, to_b) = (balancer(&[&a], "passHostHeader: true"), balancer(&[&b], "passHostHeader: true"));
    let app = "{failover: {service: a, fallback: b, errors: {status: ['500-599']}}}";
    let gateway = with(&[("a", &to_a), ("b", &to_b), ("app", app)]).await;
    let mut client = gateway.client().await;
    for (mood, expected) in [(Mood::Well, "aaa"), (Mood::Failing, "bbb"), (Mood::Dead, "bbb")] {
        a.feel(mood);
        assert_eq!(answers(&mut client, 3).await, expected, "{mood:?}");
    }
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
