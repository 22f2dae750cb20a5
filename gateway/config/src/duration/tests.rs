use super::*;

#[test]
fn text_is_read_and_printed_as_go_does() {
    let cases = [
        ("10", 10 * SECOND, "10s"),
        ("0", 0, "0s"),
        ("-1", -SECOND, "-1s"),
        ("300ms", 300 * MILLISECOND, "300ms"),
        ("1.5s", 1_500 * MILLISECOND, "1.5s"),
        (".5h", 30 * MINUTE, "30m0s"),
        ("1h30m", 90 * MINUTE, "1h30m0s"),
        ("90s", 90 * SECOND, "1m30s"),
        ("1h0m0.25s", HOUR + 250 * MILLISECOND, "1h0m0.25s"),
        ("-1.5h", -90 * MINUTE, "-1h30m0s"),
        ("1us", 1_000, "1µs"),
        ("1500ns", 1_500, "1.5µs"),
        ("7ns", 7, "7ns"),
    ];
    for (text, nanoseconds, printed) in cases {
        let duration: GoDuration = text.parse().unwrap();
        assert_eq!(duration.as_nanos(), nanoseconds, "{text}");
        assert_eq!(duration.to_string(), printed, "{text}");
        assert_eq!(printed.parse::<GoDuration>().unwrap(), duration, "{text}");
    }
}

#[test]
fn other_text_is_refused() {
    for text in ["", "-", "s", "10 s", "1d", "1.2.3s", ".s", "10sx", "9999999999999999999h", "99999999999"] {
        assert_eq!(text.parse::<GoDuration>(), Err(ParseDurationError), "{text}");
    }
}

#[test]
fn a_negative_length_has_no_std_form() {
    assert_eq!(GoDuration::from_secs(-1).to_std(), None);
    assert_eq!(GoDuration::ZERO.positive(), None);
    assert_eq!(GoDuration::from_millis(20).positive(), Some(Duration::from_millis(20)));
}
