use super::{Disagreement, Facts, disagreements, facts, statuses, tally};
use crate::{client::Heard, group::Case, message::Message, text::Names};

fn case() -> Case {
    serde_saphyr::from_str("name: a\nstatus: 200\nmask: [x-id]\n").unwrap()
}

fn answer(headers: &[(&str, &str)]) -> Heard {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Heard::Answer(Message { start: "HTTP/1.1 200 OK".to_owned(), headers, ..Message::default() })
}

#[test]
fn order_case_dates_ports_and_masked_values_do_not_count() {
    let mut names = Names::default();
    names.add("web", 20_001);
    let mut others = Names::default();
    others.add("web", 20_002);
    let one =
        answer(&[("Date", "Mon, 01 Jan 2026 00:00:00 GMT"), ("Location", "http://x:20001/"), ("X-Id", "1")]);
    let two =
        answer(&[("x-id", "2"), ("location", "http://x:20002/"), ("date", "Tue, 02 Jan 2026 00:00:00 GMT")]);
    assert_eq!(facts(&case(), &names, &[one], &[]), facts(&case(), &others, &[two], &[]));
}

#[test]
fn missing_and_changed_facts_are_listed() {
    let traefik = Facts::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
    let windrose = Facts::from([("a".to_owned(), "1".to_owned())]);
    let expected = Disagreement { fact: "b".to_owned(), traefik: "2".to_owned(), windrose: "-".to_owned() };
    assert_eq!(disagreements(&traefik, &windrose), [expected]);
}

#[test]
fn consequences_are_left_out() {
    let list = |facts: &[(&str, &str)]| -> Facts {
        facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let traefik = list(&[
        ("answer.1.status", "200 OK"),
        ("answer.1.body", "a"),
        ("received.1.request", "GET / HTTP/1.1"),
        ("received.1.header.host", "a"),
        ("received.count", "1"),
    ]);
    let windrose =
        list(&[("answer.1.status", "400 Bad Request"), ("answer.1.body", ""), ("received.count", "0")]);
    let told: Vec<_> = disagreements(&traefik, &windrose).into_iter().map(|found| found.fact).collect();
    assert_eq!(told, ["answer.1.status", "received.1.request", "received.count"]);
}

#[test]
fn interim_answers_are_no_statuses() {
    let interim =
        Heard::Answer(Message { start: "HTTP/1.1 103 Early Hints".to_owned(), ..Message::default() });
    assert_eq!(statuses(&[interim, answer(&[])]), [200]);
}

#[test]
fn repeated_outcomes_are_counted() {
    let outcome = facts(&case(), &Names::default(), &[answer(&[])], &[]);
    assert_eq!(tally(&[outcome.clone(), outcome]).get("tally.200 ").map(String::as_str), Some("2"));
}
