use super::*;
use crate::body::{BodyError, Broken};

#[test]
fn whoever_broke_a_body_is_blamed_for_the_failure() {
    for reason in [Broken::Closed, Broken::Malformed, Broken::TimedOut, Broken::TooLarge] {
        for blame in [Blame::Client, Blame::Us, Blame::Upstream] {
            let failure = Failure::from(BodyError { blame, reason });
            assert_eq!(failure.blame(), blame, "{reason:?}: {failure}");
            assert_eq!(failure.retry(), Retry::Never, "{failure}: a part of the body was sent");
        }
    }
}

#[test]
fn a_body_that_broke_has_a_status() {
    let cases = [
        (Blame::Client, Broken::Closed, 499),
        (Blame::Client, Broken::Malformed, 400),
        (Blame::Client, Broken::TimedOut, 408),
        (Blame::Client, Broken::TooLarge, 413),
        (Blame::Upstream, Broken::Closed, 502),
        (Blame::Upstream, Broken::Malformed, 500),
        (Blame::Upstream, Broken::TimedOut, 504),
        (Blame::Upstream, Broken::TooLarge, 500),
        (Blame::Us, Broken::Closed, 500),
    ];
    for (blame, reason, status) in cases {
        let reply = Failure::from(BodyError { blame, reason }).reply();
        assert_eq!(reply.status, status, "{blame:?}, {reason:?}");
        assert!(reply.failure.is_some());
    }
}
