//! Versions.

use serde_json::{Value, json};

use super::{Fresh, Shown};

fn routed(routing: Value) -> Fresh {
    Fresh { routing, topology: json!({}), ..Fresh::default() }
}

#[test]
fn the_same_again_is_no_version() {
    let shown = Shown::default();
    let mut news = shown.subscribe();
    shown.show(routed(json!({"a": 1})));
    assert!(news.has_changed().unwrap());
    news.mark_unchanged();
    shown.show(Fresh { topology: json!({"services": {}}), ..routed(json!({"a": 1})) });
    assert!(!news.has_changed().unwrap());
    assert_eq!(shown.look().versions.len(), 1);
    assert_eq!(&shown.look().topology[..], br#"{"services":{}}"#);
}

#[test]
fn versions_that_say_the_same_have_the_same_name() {
    let (one, other) = (Shown::default(), Shown::default());
    one.show(routed(json!({"a": 1, "b": 2})));
    other.show(routed(json!({"c": 1})));
    other.show(routed(json!({"a": 1, "b": 2})));
    assert_eq!(one.look().versions[0].tag, other.look().versions[0].tag);
    assert_ne!(other.look().versions[0].tag, other.look().versions[1].tag);
}

#[test]
fn a_few_versions_are_kept() {
    let shown = Shown::default();
    for number in 0..20 {
        shown.show(routed(json!({"a": number})));
    }
    let versions =
        shown.look().versions.iter().map(|version| version.routing["a"].clone()).collect::<Vec<_>>();
    assert_eq!(versions, (12..20).rev().map(Value::from).collect::<Vec<_>>());
}

#[test]
fn what_is_secret_is_in_versions_and_nowhere_else() {
    let shown = Shown::default();
    let routing = json!({"http": {"middlewares": {"auth": {"basicAuth": {"users": ["anna:hash"]}}, "own": {"retry": {}}}}});
    let hidden = [("auth".to_owned(), json!({"basicAuth": {"users": ["xxxx"]}}))].into();
    shown.show(Fresh { hidden, ..routed(routing) });
    let outcome = shown.look();
    let version = &outcome.versions[0];
    assert!(String::from_utf8_lossy(&version.text).contains("anna:hash"));
    let plain: Value = serde_json::from_slice(&version.plain()).unwrap();
    let expected = json!({"auth": {"basicAuth": {"users": ["xxxx"]}}, "own": {"retry": {}}});
    assert_eq!(plain["http"]["middlewares"], expected);
    assert!(!format!("{shown:?}").contains("anna:hash"));
}

#[test]
fn a_trouble_is_told_until_it_is_over() {
    let shown = Shown::default();
    shown.trouble("dns", Some("no DNS".to_owned()));
    shown.trouble("dns", Some("still no DNS".to_owned()));
    shown.trouble("server", None);
    assert_eq!(shown.troubles().iter().map(|row| &*row.message).collect::<Vec<_>>(), ["still no DNS"]);
    shown.trouble("dns", None);
    assert_eq!(shown.troubles(), []);
}
