use super::*;

const TIMES: Times = Times {
    check: Duration::from_millis(100),
    fallback: Duration::from_secs(10),
    recovery: Duration::from_secs(10),
};

fn breaker() -> (Breaker, Instant) {
    let expression = Expression::parse("ResponseCodeRatio(500, 600, 0, 600) > 0.5").expect("an expression");
    let breaker = Breaker::new(Arc::new(expression), TIMES);
    let since = breaker.since;
    (breaker, since)
}

fn seconds(number: f64) -> Duration {
    Duration::from_secs_f64(number)
}

#[test]
fn it_opens_tries_and_shuts_again() {
    let (breaker, since) = breaker();
    assert!(breaker.admits());
    breaker.record_at(200, Duration::ZERO, since);
    // Nobody looks for a while.
    breaker.record_at(500, Duration::ZERO, since + seconds(0.05));
    breaker.record_at(500, Duration::ZERO, since + seconds(0.06));
    assert!(breaker.admits());
    breaker.record_at(500, Duration::ZERO, since + seconds(0.1));
    assert!(!breaker.admits_at(since + seconds(0.1)));
    assert!(!breaker.admits_at(since + seconds(10.09)));
    // The first that comes after that starts the time of trying.
    let tried = since + seconds(12.0);
    assert!(!breaker.admits_at(tried));
    let passed = (0..1000).filter(|ms| breaker.admits_at(tried + seconds(f64::from(*ms) * 0.01))).count();
    assert!((300..=500).contains(&passed), "{passed}");
    assert!(breaker.admits_at(tried + seconds(10.1)));
    assert!(breaker.is_shut.load(Ordering::Relaxed));
    // What was measured before is forgotten.
    breaker.record_at(200, Duration::ZERO, tried + seconds(10.1));
    assert!(breaker.admits());
}

#[test]
fn it_opens_again_while_it_tries() {
    let (breaker, since) = breaker();
    breaker.record_at(500, Duration::ZERO, since);
    let tried = since + seconds(11.0);
    assert!(!breaker.admits_at(tried));
    assert!(breaker.admits_at(tried + seconds(9.0)) || breaker.admits_at(tried + seconds(9.1)));
    breaker.record_at(503, Duration::ZERO, tried + seconds(9.2));
    assert!(!breaker.admits_at(tried + seconds(15.0)));
    assert!(!breaker.admits_at(tried + seconds(19.1)));
    // An answer that began before it opened changes nothing.
    breaker.record_at(503, Duration::ZERO, tried + seconds(19.1));
    assert!(matches!(*breaker.state.lock().unwrap(), State::Open(_)));
}

#[test]
fn a_guard_knows_the_status_and_how_long_it_took() {
    let (breaker, since) = breaker();
    for (begun, status) in [(0.0, 101), (3600.0, 999), (1e6, 200)] {
        let token = breaker.token(since + seconds(begun), status);
        assert_eq!(token & 1023, u64::from(status));
        assert_eq!(token >> STATUS_BITS, (begun * 1e6) as u64);
    }
}
