use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use windrose_http::{Blame, Body, Exchange, Failure, Reply};

use super::budget::Budget;
use super::waits::Waits;
use crate::chain::run;
use crate::testing::{Scripted, build, problems, request, stage};

/// A request through a retry with these options and the stages after it, to a service with these answers.
struct Try<'a> {
    options: &'a str,
    then: &'a [&'a str],
    answers: &'a [Answer],
}

type Answer = fn() -> Reply;

/// The status of the answer, how often the service was asked, and the retries counted.
type Outcome = (u16, usize, u32);

const REFUSED: Answer = || Failure::Connect.reply();
const CLOSED: Answer = || Failure::Closed.reply();
const BUSY: Answer = || Reply::status_text(503);
const FINE: Answer = || Reply::status_text(200);

impl Try<'_> {
    async fn send(&self, ex: &mut Exchange) -> (u16, Vec<String>) {
        let mut stages = vec![stage(&format!("retry: {{{}}}", self.options))];
        stages.extend(self.then.iter().map(|yaml| stage(yaml)));
        let service = Scripted::new(|before| {
            let answer = self.answers.get(before).or_else(|| self.answers.last()).expect("an answer");
            answer()
        });
        let reply = run(&stages, ex, &service).await;
        (reply.status, service.asked.into_inner())
    }
}

async fn send(options: &str, head: &str, body: &'static str, answers: &[Answer]) -> Outcome {
    let mut ex = request(head);
    ex.body = Body::from(body);
    let (status, asked) = Try { options, then: &[], answers }.send(&mut ex).await;
    (status, asked.len(), ex.course.record.retries)
}

#[tokio::test]
async fn what_no_server_has_seen_is_tried_again() {
    let cases: [(&str, &[Answer], Outcome); 7] = [
        ("attempts: 3", &[REFUSED, FINE], (200, 2, 1)),
        ("attempts: 3", &[REFUSED], (502, 3, 2)),
        ("attempts: 1", &[REFUSED], (502, 1, 0)),
        ("attempts: 3", &[CLOSED, FINE], (502, 1, 0)),
        ("attempts: 3", &[BUSY, FINE], (503, 1, 0)),
        ("attempts: 3", &[FINE], (200, 1, 0)),
        ("attempts: 3, status: [\"500\"], disableRetryOnNetworkError: true", &[REFUSED, FINE], (502, 1, 0)),
    ];
    for (options, answers, expected) in cases {
        assert_eq!(send(options, "GET /", "", answers).await, expected, "{options}");
    }
}

#[tokio::test]
async fn a_body_no_server_has_seen_stays_where_it_is() {
    // A server that cannot be reached does not read the body, so the last answer alone does.
    struct Unreachable(std::cell::Cell<u32>);
    impl crate::Service for Unreachable {
        async fn call(&self, ex: &mut Exchange) -> Reply {
            self.0.set(self.0.get() + 1);
            if self.0.get() < 3 {
                return Failure::ConnectTimeout.reply();
            }
            let body = ex.body.collect(100, Blame::Client).await.expect("a body");
            Reply::with_body(200, Body::from(body))
        }
    }
    let mut ex = request("POST /");
    ex.body = Body::from("hello");
    let stages = [stage("retry: {attempts: 3}")];
    let reply = run(&stages, &mut ex, &Unreachable(std::cell::Cell::new(0))).await;
    assert_eq!((reply.status, crate::testing::body(&reply)), (200, "hello"));
}

#[tokio::test]
async fn a_status_is_a_reason_when_the_request_may_be_repeated() {
    let any = "attempts: 2, status: [\"500-599\"]";
    let all = "attempts: 2, status: [\"503\"], retryNonIdempotentMethod: true";
    let short = "attempts: 2, status: [\"503\"], maxRequestBodyBytes: 3";
    let long = "attempts: 2, status: [\"503\"], maxRequestBodyBytes: -1";
    let only = "attempts: 2, status: [\"503\"], disableRetryOnNetworkError: true";
    let cases: [(&str, &str, &[Answer], Outcome); 14] = [
        (any, "GET /", &[BUSY, FINE], (200, 2, 1)),
        (any, "PUT /", &[BUSY, FINE], (200, 2, 1)),
        (any, "PROPFIND /", &[BUSY, FINE], (200, 2, 1)),
        (any, "POST /", &[BUSY, FINE], (503, 1, 0)),
        (any, "PATCH /", &[BUSY, FINE], (503, 1, 0)),
        (any, "LOCK /", &[BUSY, FINE], (503, 1, 0)),
        (any, "GET /", &[BUSY], (503, 2, 1)),
        (any, "GET /", &[CLOSED, FINE], (200, 2, 1)),
        (any, "POST /", &[REFUSED, FINE], (200, 2, 1)),
        (all, "POST /", &[BUSY, FINE], (200, 2, 1)),
        (all, "LOCK /", &[BUSY, FINE], (200, 2, 1)),
        (short, "PUT /", &[BUSY, FINE], (503, 1, 0)),
        (long, "PUT /", &[BUSY, FINE], (200, 2, 1)),
        (only, "GET /", &[REFUSED, FINE], (502, 1, 0)),
    ];
    for (options, head, answers, expected) in cases {
        assert_eq!(send(options, head, "hello", answers).await, expected, "{options} {head}");
    }
    let gone: Answer = || Failure::ClientGone.reply();
    assert_eq!(send("attempts: 2, status: [\"400-499\"]", "GET /", "", &[gone]).await, (499, 1, 0));
}

#[tokio::test]
async fn every_try_sees_the_request_as_it_came() {
    let mut ex = request("PUT /a\nHost: h.test\nX-A: 1");
    ex.body = Body::Full(Bytes::from_static(b"hello"));
    ex.expects_continue = true;
    let then = ["addPrefix: {prefix: /p}", "headers: {customRequestHeaders: {X-A: \"\", Host: o.test}}"];
    let tried = Try { options: "attempts: 3, status: [\"503\"]", then: &then, answers: &[BUSY, BUSY, FINE] };
    let (status, asked) = tried.send(&mut ex).await;
    assert_eq!(status, 200);
    assert_eq!(asked, ["PUT /p/a hello"; 3]);
    assert!(!ex.expects_continue);
    assert_eq!((ex.host.name(), ex.headers.contains("X-A")), ("o.test", false));
}

#[tokio::test]
async fn answers_of_inner_middlewares_are_no_network_errors() {
    let then = ["ipAllowList: {sourceRange: [10.0.0.1]}"];
    let tried = Try { options: "attempts: 3", then: &then, answers: &[FINE] };
    assert_eq!(tried.send(&mut request("GET /")).await, (403, vec![]));
}

#[tokio::test(start_paused = true)]
async fn waits_keep_within_half_of_their_turn() {
    let begun = Instant::now();
    let sent = send("attempts: 3, initialInterval: 1s", "GET /", "", &[REFUSED]).await;
    assert_eq!(sent, (502, 3, 2));
    let waited = begun.elapsed();
    let (least, most) = (Duration::from_millis(500 + 707), Duration::from_millis(1500 + 2122));
    assert!(least <= waited && waited <= most, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn no_try_begins_after_the_timeout() {
    let begun = Instant::now();
    let sent = send("attempts: 100, initialInterval: 1s, timeout: 5s", "GET /", "", &[REFUSED]).await;
    assert_eq!(sent.0, 502);
    assert!((4..=9).contains(&sent.1), "{sent:?}");
    assert!(begun.elapsed() <= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn without_an_interval_there_is_no_wait() {
    let begun = Instant::now();
    assert_eq!(send("attempts: 50", "GET /", "", &[REFUSED]).await, (502, 50, 49));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[test]
fn waits_grow_to_twice_the_first() {
    let mut waits = Waits::new(Duration::from_secs(1), 5);
    for turn in [1.0, 1.189, 1.414, 1.682, 2.0] {
        let wait = waits.next().as_secs_f64();
        assert!((turn * 0.49..turn * 1.51).contains(&wait), "{turn} {wait}");
    }
    assert_eq!(Waits::new(Duration::ZERO, 1).next(), Duration::ZERO);
}

#[test]
fn options_that_make_no_sense_are_problems() {
    let cases = [
        ("initialInterval: 1ms", "1:8: error: attempts is missing, write how often to try in all"),
        (
            "attempts: 2, disableRetryOnNetworkError: true",
            "1:8: error: nothing to try again for, set status or remove disableRetryOnNetworkError",
        ),
        (
            "attempts: 2, status: [503, 5xx]",
            "1:36: error: no status and no range, write for example 503 or 500-599",
        ),
        (
            "attempts: 2, status: [599-500]",
            "1:31: error: no status and no range, write for example 503 or 500-599",
        ),
    ];
    for (options, expected) in cases {
        assert_eq!(problems(&format!("retry: {{{options}}}")), [format!("test.yaml:{expected}")]);
    }
    assert!(build("retry: {attempts: 2, status: [503, 500-502]}").result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_budget_lets_a_share_of_the_requests_be_tried_again() {
    let all = |options: &'static str| async move {
        let stages = [stage(&format!("retry: {{attempts: 3, {options}}}"))];
        let service = Scripted::new(|_| REFUSED());
        for _ in 0..100 {
            run(&stages, &mut request("GET /"), &service).await;
        }
        service.asked.borrow().len()
    };
    assert_eq!(all("timeout: 0s").await, 300, "any number");
    assert_eq!(all("budget: 20%").await, 100 + 20 + 3);
    assert_eq!(all("budget: 20").await, 123);
    assert_eq!(all("budget: true").await, 123);
    assert_eq!(all("budget: 0%").await, 103);
    assert_eq!(all("budget: 100%").await, 203);
}

#[tokio::test(start_paused = true)]
async fn a_budget_fills_with_time_and_with_requests_that_go_well() {
    let budget = Budget::new(20);
    let spent = |budget: &Budget| (0..1000).take_while(|_| budget.spend()).count();
    assert_eq!((spent(&budget), spent(&budget)), (3, 0));
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(spent(&budget), 2);
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert_eq!(spent(&budget), 3, "no more than the reserve");
    (0..100_000).for_each(|_| budget.asked());
    assert_eq!(spent(&budget), 100, "what is saved has an end");
}

#[tokio::test]
async fn servers_are_noted_while_a_request_may_be_sent_again() {
    struct Notes;
    impl crate::Service for Notes {
        async fn call(&self, ex: &mut Exchange) -> Reply {
            ex.tried.note(7);
            Reply::status_text(if ex.tried.holds(7) { 200 } else { 500 })
        }
    }
    let mut ex = request("GET /");
    assert_eq!(run(&[stage("retry: {attempts: 2}")], &mut ex, &Notes).await.status, 200);
    assert!(ex.tried.is_empty(), "nobody sends it again now");
    assert_eq!(run(&[], &mut ex, &Notes).await.status, 500);
}

#[test]
fn a_budget_is_a_share_of_a_hundred() {
    for budget in ["101%", "-1", "x", "2.5%", "20 %%"] {
        let problems = problems(&format!("retry: {{attempts: 2, budget: '{budget}'}}"));
        assert!(problems[0].ends_with("no share of a hundred, write for example 20%"), "{problems:?}");
    }
    for budget in ["''", "20", "20%", "'20 %'", "true", "false", "0"] {
        assert!(build(&format!("retry: {{attempts: 2, budget: {budget}}}")).result.is_ok(), "{budget}");
    }
}
