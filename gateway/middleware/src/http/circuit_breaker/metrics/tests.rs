use super::*;

const SECOND: u64 = 1_000_000;

#[test]
fn answers_are_forgotten_after_ten_seconds() {
    let metrics = Metrics::new(Latencies::Ignored);
    for second in 0..10 {
        metrics.record(502, Duration::ZERO, second * SECOND);
        metrics.record(200, Duration::ZERO, second * SECOND);
    }
    let counts = |now: u64| {
        let seen = metrics.seen(now);
        (seen.count(|status| status == 502), seen.count(|_| true))
    };
    assert_eq!(counts(9 * SECOND), (10, 20));
    assert_eq!(counts(12 * SECOND), (7, 14));
    assert_eq!(counts(18 * SECOND + 999_999), (1, 2));
    assert_eq!(counts(19 * SECOND), (0, 0));
    metrics.record(200, Duration::ZERO, 1000 * SECOND);
    assert_eq!(counts(1000 * SECOND), (0, 1));
    metrics.reset();
    assert_eq!(counts(1000 * SECOND), (0, 0));
}

#[test]
fn all_threads_count() {
    let metrics = Metrics::new(Latencies::Measured);
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| (0..100).for_each(|_| metrics.record(504, Duration::from_millis(5), 0)));
        }
    });
    let seen = metrics.seen(0);
    assert_eq!((seen.count(|_| true), seen.latency(99.0)), (4000, 5));
    assert!((seen.network_errors() - 1.0).abs() < f64::EPSILON);
}
