use std::time::{Duration, UNIX_EPOCH};

use super::Rfc3339;

#[test]
fn known_moments_are_printed_in_utc() {
    let cases = [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_795_269_600, "2026-11-21T14:00:00Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
    ];
    for (seconds, expected) in cases {
        assert_eq!(Rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)).to_string(), expected);
    }
}

#[test]
fn a_time_before_1970_is_not_a_failure() {
    assert_eq!(Rfc3339(UNIX_EPOCH - Duration::from_secs(1)).to_string(), "1970-01-01T00:00:00Z");
}

#[test]
fn a_time_that_four_digits_of_a_year_cannot_say_is_not_a_failure() {
    let far = UNIX_EPOCH + Duration::from_secs(400_000_000_000);
    assert!(Rfc3339(far).to_string().starts_with("9999-12-"), "{}", Rfc3339(far));
}
