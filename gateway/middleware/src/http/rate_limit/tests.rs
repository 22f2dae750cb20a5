use std::collections::VecDeque;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::Instant;

use windrose_http::Reply;

use super::bucket::{Bucket, Rate, Taken};
use super::buckets::Buckets;
use crate::chain::run;
use crate::stage::Stage;
use crate::testing::{Scripted, body, build, problems, request, request_from, stage};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn a_bucket_gives_its_burst_and_then_one_token_after_the_other() {
    let rate = Rate::new(2, ms(1000), 3);
    let mut bucket = Bucket::default();
    let cases = [
        (0, Taken::Now),
        (0, Taken::Now),
        (0, Taken::Now),
        (0, Taken::Not(ms(500))),
        (200, Taken::Not(ms(300))),
        // A quarter of a second early is early enough.
        (250, Taken::After(ms(250))),
        (250, Taken::Not(ms(750))),
        (1000, Taken::Now),
        (1000, Taken::Not(ms(500))),
        // A clock that was read before another's.
        (999, Taken::Not(ms(500))),
        (60_000, Taken::Now),
        (60_000, Taken::Now),
        (60_000, Taken::Now),
        (60_000, Taken::Not(ms(500))),
    ];
    for (step, (at, expected)) in cases.into_iter().enumerate() {
        assert_eq!(bucket.take(&rate, ms(at)), expected, "step {step} at {at}");
    }
}

#[test]
fn a_slow_rate_lets_wait_for_half_a_second() {
    let rate = Rate::new(1, ms(10_000), 1);
    let mut bucket = Bucket::default();
    let cases = [
        (0, Taken::Now),
        (9_499, Taken::Not(ms(501))),
        (9_500, Taken::After(ms(500))),
        (19_499, Taken::Not(ms(501))),
        (20_000, Taken::Now),
    ];
    for (at, expected) in cases {
        assert_eq!(bucket.take(&rate, ms(at)), expected, "{at}");
    }
}

proptest! {
    #![proptest_config(windrose_random::cases(300))]

    /// In no span of time are more tokens given than the burst and what flows in, and a request that is refused would
    /// have been one too many.
    #[test]
    fn a_rate_is_exact_over_any_time(
        average in 1_u64..2000,
        period in 1_u64..100_000_000_000,
        burst in 1_u64..50,
        steps in vec(0_u64..3_000_000_000, 1..300),
        scale in 0_u32..20,
    ) {
        let rate = Rate::new(average, Duration::from_nanos(period), burst);
        let mut bucket = Bucket::default();
        let (average, period, burst) = (u128::from(average), u128::from(period), u128::from(burst));
        let mut now = 0_u64;
        let mut given: Vec<u128> = Vec::new();
        for step in steps {
            now += step >> scale;
            match bucket.take(&rate, Duration::from_nanos(now)) {
                Taken::Now => given.push(u128::from(now)),
                Taken::After(wait) => given.push(u128::from(now) + wait.as_nanos()),
                Taken::Not(wait) => {
                    // Whoever came back after the wait would get one, and not a nanosecond earlier.
                    let at = |wait: Duration| Duration::from_nanos(now) + wait;
                    prop_assert_eq!(bucket.clone().take(&rate, at(wait + Duration::from_nanos(1))), Taken::Now);
                    let early = wait.saturating_sub(Duration::from_nanos(1));
                    prop_assert!(bucket.clone().take(&rate, at(early)) != Taken::Now);
                }
            }
        }
        // Between the first and the last of any number of requests there was time for all but the burst.
        for (first, start) in given.iter().enumerate() {
            for (count, end) in given.iter().skip(first).enumerate() {
                let flowed = (end + 1 - start) * average / period;
                prop_assert!((count as u128) < burst + flowed + 1, "{count} tokens from {start} to {end}");
            }
        }
    }

    /// The sources share a table and not a bucket: each is treated as if it were alone.
    #[test]
    fn sources_do_not_touch_each_other(requests in vec((0_u8..20, 0_u64..200), 1..400)) {
        let rate = Rate::new(10, ms(1000), 2);
        let buckets = Buckets::new();
        let mut alone = vec![Bucket::default(); 20];
        let mut now = 0;
        for (source, step) in requests {
            now += step;
            let expected = alone[usize::from(source)].take(&rate, ms(now));
            prop_assert_eq!(buckets.take(&[source], &rate, ms(now)), expected);
        }
    }
}

#[test]
fn all_workers_together_get_no_more_than_one_would() {
    let buckets = Buckets::new();
    let rate = Rate::new(1, Duration::from_secs(3600), 1000);
    let given: usize = std::thread::scope(|scope| {
        let worker = || {
            let takes = (0..1000).map(|_| buckets.take(b"a", &rate, Duration::ZERO));
            takes.filter(|taken| *taken == Taken::Now).count()
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("no panic")).sum()
    });
    assert_eq!(given, 1000);
}

#[test]
fn sources_are_bounded_and_those_that_owe_nothing_are_forgotten_first() {
    let rate = Rate::new(1, ms(1000), 2);
    let buckets = Buckets::new();
    let mut owing = VecDeque::new();
    for source in 0..200_000_u32 {
        assert_eq!(buckets.take(&source.to_be_bytes(), &rate, ms(0)), Taken::Now);
        owing.push_back(source);
    }
    assert!(buckets.len() <= 65_536, "{}", buckets.len());
    // A second later all of them are full: a new one takes the place of many.
    for source in 200_000..201_000_u32 {
        buckets.take(&source.to_be_bytes(), &rate, ms(1000));
    }
    assert!(buckets.len() < 3000, "{}", buckets.len());
}

async fn send(stages: &[Stage], head: &str, peer: &str) -> Reply {
    let fine = Scripted::new(|_| Reply::with_body(200, "fine"));
    run(stages, &mut request_from(head, peer, None), &fine).await
}

#[tokio::test(start_paused = true)]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let stages = [stage("rateLimit: {average: 1, period: 2500ms, burst: 2}")];
    for _ in 0..2 {
        assert_eq!(send(&stages, "GET /", "192.0.2.1:1").await.status, 200);
    }
    let reply = send(&stages, "GET /", "192.0.2.1:2").await;
    assert_eq!((reply.status, body(&reply)), (429, "Too Many Requests"));
    assert_eq!(reply.headers.get_str("Retry-After"), Some("3"));
    assert_eq!(reply.headers.get_str("X-Retry-In"), Some("2.5s"));
    assert!(!reply.headers.contains("Content-Type"));
    assert_eq!(send(&stages, "GET /", "192.0.2.2:1").await.status, 200);
    tokio::time::advance(ms(2100)).await;
    let begun = Instant::now();
    assert_eq!(send(&stages, "GET /", "192.0.2.1:3").await.status, 200);
    assert_eq!(begun.elapsed(), ms(400));
}

#[tokio::test(start_paused = true)]
async fn sources_are_told_apart_by_what_was_chosen() {
    let cases = [
        ("requestHeaderName: X-User", "GET /\nX-User: a", "GET /\nX-User: b"),
        ("requestHost: true", "GET /\nHost: a", "GET /\nHost: b"),
        ("ipStrategy: {depth: 1}", "GET /\nX-Forwarded-For: 10.0.0.1", "GET /\nX-Forwarded-For: 10.0.0.2"),
    ];
    for (criterion, one, other) in cases {
        let stages = [stage(&format!("rateLimit: {{average: 1, sourceCriterion: {{{criterion}}}}}"))];
        let mut seen = Vec::new();
        for (head, peer) in [(one, "192.0.2.1:1"), (one, "192.0.2.2:1"), (other, "192.0.2.1:1")] {
            seen.push(send(&stages, head, peer).await.status);
        }
        assert_eq!(seen, [200, 429, 200], "{criterion}");
    }
}

#[test]
fn numbers_that_make_no_sense_are_reported() {
    let cases = [
        ("average: -1", "1:22: error: average is negative, write how many requests may come in a period"),
        ("average: 1, period: -1s", "1:33: error: period is negative, write a time such as 1s"),
    ];
    for (options, expected) in cases {
        assert_eq!(problems(&format!("rateLimit: {{{options}}}")), [format!("test.yaml:{expected}")]);
    }
    let built = build("rateLimit: {average: 0, burst: 0, period: 0}");
    assert!(built.result.is_ok() && built.warnings[0].contains("holds nothing back"), "{built:?}");
    let built = build("rateLimit: {average: 1, burst: -3, period: 0}");
    assert!(built.result.is_ok() && built.warnings.is_empty(), "{built:?}");
    assert!(request("GET /").headers.is_empty());
}
