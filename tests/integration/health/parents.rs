//! Services that go by the health of those they are made of.

use windrose_kit::soon;

use super::patient::{Mood, Patient};
use super::{CHECK, answers, asks_until, balancer, with};

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
