use std::time::Duration;

use super::super::metrics::Metrics;
use super::*;

fn seen(answers: &[(u16, u64)]) -> Seen {
    let metrics = Metrics::new(Latencies::Measured);
    for (status, millis) in answers {
        metrics.record(*status, Duration::from_millis(*millis), 0);
    }
    metrics.seen(0)
}

#[test]
fn expressions_are_true_of_what_was_measured() {
    let answers = [(200, 10), (200, 20), (404, 30), (502, 40), (503, 50)];
    let cases = [
        ("NetworkErrorRatio() > 0.1", true),
        ("NetworkErrorRatio() == 0.2", true),
        ("NetworkErrorRatio() != 0.2", false),
        ("NetworkErrorRatio() >= 0.2 && NetworkErrorRatio() <= 0.2", true),
        ("NetworkErrorRatio() < 0.2 || NetworkErrorRatio() > 0.2", false),
        ("ResponseCodeRatio(500, 600, 0, 600) == 0.4", true),
        ("ResponseCodeRatio(200, 201, 400, 500) == 2.0", true),
        ("ResponseCodeRatio(200, 201, 900, 999) == 0.0", true),
        ("ResponseCodeRatio(503, 503, 0, 600) > 0.0", false),
        ("LatencyAtQuantileMS(100.0) >= 50", true),
        ("LatencyAtQuantileMS(50.0) == 30", true),
        ("LatencyAtQuantileMS(0.0) == 0", true),
        // `&&` goes before `||`, and parentheses before both.
        ("NetworkErrorRatio() > 0.0 || NetworkErrorRatio() > 0.0 && NetworkErrorRatio() > 2.0", true),
        ("(NetworkErrorRatio() > 0.0 || NetworkErrorRatio() > 0.0) && NetworkErrorRatio() > 2.0", false),
        ("((NetworkErrorRatio()) > (0.1)) /* c */ && // d\n NetworkErrorRatio() > .1_0", true),
    ];
    for (text, expected) in cases {
        let expression = Expression::parse(text).expect(text);
        assert_eq!(expression.holds(&seen(&answers)), expected, "{text}");
    }
    let nothing = Expression::parse("NetworkErrorRatio() > 0.0 || LatencyAtQuantileMS(99.0) > 0").unwrap();
    assert!(!nothing.holds(&seen(&[])));
}

#[test]
fn what_is_no_expression_is_told_in_words() {
    let cases = [
        ("NetworkErrorRatio()", "what is measured must be compared with a number"),
        ("NetworkErrorRatio() > 1", "a ratio is compared with a number that has a point, such as 0.3"),
        ("LatencyAtQuantileMS(50.0) > 1.0", "a latency is compared with an integer, such as 100"),
        ("LatencyAtQuantileMS(50) > 1", "LatencyAtQuantileMS takes one number with a point, such as 50.0"),
        ("0.3 < NetworkErrorRatio()", "a function stands on the left of a comparison, a number on the right"),
        ("!(NetworkErrorRatio() > 0.1)", "! cannot stand here"),
        ("NetworkErrorRatio() > -0.1", "- cannot stand here"),
        ("NetworkErrorRatio() > 0x1", "0 is no number, write it in decimal digits"),
        ("NetworkErrorRatio() > 0.1 x", "x is too much"),
        ("NetworkErrorRatio() > ", "it ends too early"),
        ("(NetworkErrorRatio() > 0.1", ") is missing at the end"),
        ("NetworkErrorRatio( > 0.1", "a number is expected, not >"),
        (
            "NetworkErrorRatio\n() > 0.1",
            "it ends with its first line, write it in one or break behind an operator",
        ),
        (
            "Other() > 0.1",
            "there is no function Other, expected one of LatencyAtQuantileMS, NetworkErrorRatio, ResponseCodeRatio",
        ),
        ("ResponseCodeRatio(1, 2) > 0.1", "ResponseCodeRatio takes four integers, such as 500, 600, 0, 600"),
        ("/* x", "a comment has no end"),
    ];
    for (text, told) in cases {
        assert_eq!(Expression::parse(text).unwrap_err().to_string(), format!("expression: {told}"), "{text}");
    }
    assert!(Expression::parse(&"(".repeat(100_000)).is_err());
    let long = vec!["NetworkErrorRatio() > 0.1"; 200].join(" || ");
    assert!(Expression::parse(&long).is_ok());
}
