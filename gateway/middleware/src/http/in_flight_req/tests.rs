use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use windrose_http::Reply;
use windrose_http::course::{End, Record, Release};

use super::counts::Counts;
use crate::chain::run;
use crate::testing::{Scripted, body, build, problems, request, stage};

#[tokio::test]
async fn a_place_is_taken_until_the_exchange_is_over() {
    let stage = stage("inFlightReq: {amount: 1}");
    let service = Scripted::new(|_| Reply::status_text(200));
    let stages = [stage];
    let mut first = request("GET /\nHost: a.test");
    assert_eq!(run(&stages, &mut first, &service).await.status, 200);
    // Another port and case of the same host.
    let mut second = request("GET /\nHost: A.test:81");
    let reply = run(&stages, &mut second, &service).await;
    assert_eq!((reply.status, body(&reply)), (429, "max connections reached: 1"));
    assert_eq!(run(&stages, &mut request("GET /\nHost: b.test"), &service).await.status, 200);
    first.course.end(End::Whole);
    assert_eq!(run(&stages, &mut second, &service).await.status, 200);
    drop(second);
    assert_eq!(run(&stages, &mut first, &service).await.status, 200);
}

#[test]
fn counts_are_exact_whoever_counts_and_nothing_stays() {
    let counts = Arc::new(Counts::new());
    let (now, most) = (AtomicI64::new(0), AtomicI64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..20_000_u32 {
                    let source = counts.source("r", &(round % 3).to_be_bytes());
                    if counts.enter(source, 2) {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        now.fetch_sub(1, Ordering::SeqCst);
                        counts.release(source, &Record::default());
                    }
                }
            });
        }
    });
    assert!(most.into_inner() <= 6);
    assert_eq!(counts.len(), 0);
}

#[test]
fn routers_count_apart_and_nobody_is_let_in_by_nothing() {
    let counts = Counts::new();
    assert!(counts.source("a", b"x") != counts.source("b", b"x"));
    assert!(counts.source("a", b"bx") != counts.source("ab", b"x"));
    assert!(!counts.enter(1, 0) && !counts.enter(1, -1));
    for amount in ["{amount: 0}", "{sourceCriterion: {requestHost: true}}"] {
        let built = build(&format!("inFlightReq: {amount}"));
        assert!(built.result.is_ok() && built.warnings[0].contains("no request is ever let in"));
    }
    assert!(
        problems("inFlightReq: {amount: x}")[0].contains("amount")
            || !problems("inFlightReq: {amount: x}").is_empty()
    );
}
