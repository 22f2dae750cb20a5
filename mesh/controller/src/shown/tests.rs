//! Versions.

use serde_json::json;

use super::Shown;

#[test]
fn the_same_again_is_no_version() {
    let shown = Shown::default();
    let mut news = shown.subscribe();
    shown.show(json!({"a": 1}), &json!({}), Vec::new());
    assert!(news.has_changed().unwrap());
    news.mark_unchanged();
    shown.show(json!({"a": 1}), &json!({"services": {}}), Vec::new());
    assert!(!news.has_changed().unwrap());
    assert_eq!(shown.look().versions.len(), 1);
    assert_eq!(&shown.look().topology[..], br#"{"services":{}}"#);
}

#[test]
fn versions_that_say_the_same_have_the_same_name() {
    let (one, other) = (Shown::default(), Shown::default());
    one.show(json!({"a": 1, "b": 2}), &json!({}), Vec::new());
    other.show(json!({"c": 1}), &json!({}), Vec::new());
    other.show(json!({"a": 1, "b": 2}), &json!({}), Vec::new());
    assert_eq!(one.look().versions[0].tag, other.look().versions[0].tag);
    assert_ne!(other.look().versions[0].tag, other.look().versions[1].tag);
}

#[test]
fn a_few_versions_are_kept() {
    let shown = Shown::default();
    for number in 0..20 {
        shown.show(json!({"a": number}), &json!({}), Vec::new());
    }
    let versions =
        shown.look().versions.iter().map(|version| version.routing["a"].clone()).collect::<Vec<_>>();
    assert_eq!(versions, (12..20).rev().map(serde_json::Value::from).collect::<Vec<_>>());
}
