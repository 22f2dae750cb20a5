use std::sync::Arc;

use windrose_http::Reply;
use windrose_http::course::End;

use super::breaker::Times;
use super::expression::Expression;
use super::routes::Routes;
use crate::chain::run;
use crate::testing::{Scripted, body, problems, request, stage};

#[tokio::test]
async fn nobody_passes_once_the_expression_is_true() {
    let stages = [stage(
        "circuitBreaker: {expression: 'ResponseCodeRatio(500, 600, 0, 600) > 0.5', responseCode: 418}",
    )];
    let service = Scripted::new(|_| Reply::status_text(500));
    let mut ex = request("GET /");
    assert_eq!(run(&stages, &mut ex, &service).await.status, 500);
    // It counts when its last byte was written.
    let mut other = request("GET /");
    assert_eq!(run(&stages, &mut other, &service).await.status, 500);
    ex.course.end(End::Whole);
    let reply = run(&stages, &mut request("GET /"), &service).await;
    assert_eq!((reply.status, body(&reply)), (418, "I'm a teapot"));
    assert_eq!(service.asked.borrow().len(), 2);
}

#[tokio::test]
async fn a_client_that_does_not_wait_counts_too() {
    struct Never;
    impl crate::Service for Never {
        async fn call(&self, _: &mut windrose_http::Exchange) -> Reply {
            std::future::pending().await
        }
    }
    let stages = [stage("circuitBreaker: {expression: 'ResponseCodeRatio(499, 500, 0, 600) > 0.5'}")];
    let mut ex = request("GET /");
    {
        let mut waiting = std::pin::pin!(run(&stages, &mut ex, &Never));
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(waiting.as_mut().poll(cx).is_ready()));
        assert!(!polled.await);
    }
    let service = Scripted::new(|_| Reply::status_text(200));
    assert_eq!(run(&stages, &mut ex, &service).await.status, 503);
}

#[test]
fn every_router_has_a_breaker_of_its_own_and_keeps_it() {
    let expression = Expression::parse("NetworkErrorRatio() > 0.1").unwrap();
    let routes = Routes::new(
        expression,
        Times { check: Default::default(), fallback: Default::default(), recovery: Default::default() },
    );
    let names: Vec<String> = (0..500).map(|number| format!("router-{number}@file")).collect();
    let breakers: Vec<_> = names.iter().map(|name| Arc::clone(routes.of(name))).collect();
    for (name, breaker) in names.iter().zip(&breakers) {
        assert!(Arc::ptr_eq(routes.of(name), breaker));
    }
    let others = breakers.iter().skip(1).filter(|breaker| !Arc::ptr_eq(breaker, &breakers[0]));
    assert_eq!(others.count(), 499);
}

#[test]
fn what_makes_no_sense_is_refused_at_its_place() {
    let cases = [
        ("circuitBreaker: {checkPeriod: 1s}", "expression is missing"),
        ("circuitBreaker: {expression: x}", "test.yaml:1:30: error: expression: ( is missing at the end"),
        ("circuitBreaker: {expression: 'NetworkErrorRatio() > 0.1', responseCode: 100}", "100 is no status"),
    ];
    for (yaml, told) in cases {
        let found = problems(yaml);
        assert!(found[0].contains(told), "{found:?}");
    }
}
