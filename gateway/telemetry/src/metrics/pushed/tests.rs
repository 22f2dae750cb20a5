//! What is pushed of numbers, and what of it is new.

use super::growth::Growth;
use super::{influx, lines};
use crate::metrics::counts::Level;
use crate::metrics::points::{Family, Point, Spread, Value, What};

fn requests(code: &str, value: Value, what: What) -> Point {
    let labels = vec![
        ("entrypoint", "web".to_owned()),
        ("method", "GET".to_owned()),
        ("protocol", "http".to_owned()),
        ("code", code.to_owned()),
    ];
    Point { family: Family::Of(Level::EntryPoint, what), labels, value }
}

fn durations(counts: [u64; 3], nanos: [u64; 3]) -> Value {
    Value::Spread(Spread { counts: counts.into(), nanos: nanos.into() })
}

fn some() -> Vec<Point> {
    vec![
        Point { family: Family::Reloads, labels: Vec::new(), value: Value::Count(1) },
        requests("200", Value::Count(3), What::Requests),
        requests("404", Value::Count(1), What::Requests),
        requests("200", durations([2, 0, 1], [4_000_000, 0, 2_000_000_000]), What::Duration),
        requests("404", durations([1, 0, 0], [2_000_000, 0, 0]), What::Duration),
    ]
}

#[test]
fn statsd_gets_one_series_for_each_name_and_counts_and_sums_stay_right() {
    let lines = lines::statsd(&some(), "pre");
    let expected = [
        "pre.config.reload.total:1.000000|c",
        "pre.entrypoint.request.total:4.000000|c",
        "pre.entrypoint.request.duration:2.000000|ms|@0.3333333333333333",
        "pre.entrypoint.request.duration:2000.000000|ms",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn datadog_gets_labels_as_tags_and_durations_in_seconds() {
    let mut points = some();
    points[1].labels[0].1 = "we,b|#\n".into();
    let lines = lines::datadog(&points, "traefik");
    let tags = "|#entrypoint:web,method:GET,protocol:http,code:";
    assert_eq!(lines[0], "traefik.config.reload.total:1.000000|c");
    let safe =
        "traefik.entrypoint.request.total:3.000000|c|#entrypoint:we_b___,method:GET,protocol:http,code:200";
    assert_eq!(lines[1], safe);
    assert_eq!(lines[3], format!("traefik.entrypoint.request.duration:0.002000|h|@0.5{tags}200"));
    assert_eq!(lines[4], format!("traefik.entrypoint.request.duration:2.000000|h{tags}200"));
}

#[test]
fn influx_gets_tags_in_order_and_shares_of_durations() {
    let text = influx::lines(&some(), &[("env".to_owned(), "a b".to_owned())]);
    let lines: Vec<&str> = text.lines().map(|line| line.rsplit_once(' ').unwrap().0).collect();
    assert_eq!(lines[0], "traefik.config.reload.total,env=a\\ b count=1");
    let tags = "code=200,entrypoint=web,env=a\\ b,method=GET,protocol=http";
    assert_eq!(lines[1], format!("traefik.entrypoint.requests.total,{tags} count=3"));
    assert_eq!(lines[3], format!("traefik.entrypoint.request.duration,{tags} p50=0.002,p90=2,p95=2,p99=2"));
}

#[test]
fn only_what_has_been_added_is_sent_and_nothing_is_lost_by_a_push_that_failed() {
    let mut growth = Growth::default();
    assert_eq!(growth.since(&some()).len(), 5);
    // That push failed, so all of it is new still.
    assert_eq!(growth.since(&some()).len(), 5);
    growth.commit(some());
    assert!(growth.since(&some()).is_empty());
    let mut more = some();
    more[1].value = Value::Count(10);
    more[3].value = durations([2, 1, 1], [4_000_000, 30, 2_000_000_000]);
    let grown = growth.since(&more);
    assert_eq!(grown.len(), 2);
    assert_eq!(grown[0].value, Value::Count(7));
    assert_eq!(grown[1].value, durations([0, 1, 0], [0, 30, 0]));
    // A series that began anew has all of its numbers to tell.
    more[1].value = Value::Count(2);
    growth.commit(some());
    assert_eq!(growth.since(&more)[0].value, Value::Count(2));
}
