//! What is known of a server is known once, and outlives reloads.

use std::time::Duration;

use windrose_kit::soon;

use super::patient::{Mood, Patient};
use super::{CHECK, answers, balancer, routing, with};
use crate::gateway::until;

/// Asked every 20 ms, and no more once it is down.
const LAST_CHECK: &str = "healthCheck: {path: /up, interval: 20ms, unhealthyInterval: 1h, timeout: 1s}";

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
    gateway.apply(&routing(&[("app", &super::balancer(&[&other], CHECK))])).await;
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
