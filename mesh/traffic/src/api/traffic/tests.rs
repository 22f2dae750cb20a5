//! What people see of the small shop of the interface's tests.

use super::*;
use crate::api::tests::{NOW, directory, window};

fn seen(look: &Look) -> Value {
    let directory = directory();
    traffic(&window(&directory), NOW, look)
}

fn cart() -> Key {
    Key { namespace: "shop".into(), name: "cart".into() }
}

fn rows(seen: &Value) -> Vec<(String, String)> {
    let rows = seen["traffic"].as_array().unwrap().iter();
    rows.map(|row| (row["client"]["name"].to_string(), row["service"].to_string())).collect()
}

#[test]
fn what_was_denied_is_told_with_who_asked_and_what_refused_it() {
    let seen = seen(&Look { only_denied: true, ..Look::default() });
    let [one] = seen["traffic"].as_array().unwrap().as_slice() else { panic!("{seen}") };
    assert_eq!(one["client"], json!({"kind": "Pod", "name": "shop/thief", "serviceAccount": "shop/thief"}));
    assert_eq!((&one["policy"], &one["service"]), (&json!("TrafficSplit shop/canary"), &json!("shop/cart")));
    assert_eq!(one["denied"], 7);
    assert_eq!(seen["policies"], json!([{"policy": "TrafficSplit shop/canary", "denied": 7}]));
}

#[test]
fn the_most_comes_first_and_rows_are_cut_out() {
    let all = seen(&Look::default());
    let names = rows(&all);
    assert_eq!(names[0], ("null".to_owned(), "null".to_owned()), "what there was no room to tell apart");
    assert_eq!(names[1], ("\"shop/web\"".to_owned(), "\"shop/cart\"".to_owned()));
    let part = seen(&Look { rows: (1, 1), ..Look::default() });
    assert_eq!(rows(&part), names[1..2]);
    assert_eq!((&part["total"], &part["sum"]), (&all["total"], &all["sum"]));
    assert_eq!(rows(&seen(&Look { rows: (100, 1), ..Look::default() })), []);
}

#[test]
fn a_service_has_what_it_was_asked_and_what_its_pods_asked() {
    let to = seen(&Look { to: Some(cart()), ..Look::default() });
    assert_eq!(
        (&to["sum"]["success"], &to["sum"]["failure"], &to["sum"]["denied"]),
        (&json!(110), &json!(2), &json!(7))
    );
    let from = Key { namespace: "shop".into(), name: "quiet".into() };
    let from = seen(&Look { from: Some(from), ..Look::default() });
    assert_eq!(from["total"], 1);
    assert_eq!(from["traffic"][0]["clientServices"], json!(["shop/quiet"]));
    assert_eq!(seen(&Look { from: Some(cart()), ..Look::default() })["total"], 0);
}

#[test]
fn names_are_found_whatever_their_case() {
    let found = |search: &str| seen(&Look { search: search.to_owned(), ..Look::default() })["total"].clone();
    for (search, total) in [("THIEF", 1), ("canary", 1), ("cart-v2", 1), ("nobody", 0)] {
        assert_eq!(found(search), total, "{search}");
    }
}

#[test]
fn a_split_shows_what_its_backends_were_given() {
    let splits = seen(&Look::default())["splits"].clone();
    let given = |index: usize| (splits[index]["backend"].clone(), splits[index]["success"].clone());
    assert_eq!(given(0), (json!("shop/cart"), json!(100)));
    assert_eq!(given(1), (json!("shop/cart-v2"), json!(10)));
}

#[test]
fn percentiles_are_told_in_order() {
    let sum = seen(&Look::default())["sum"].clone();
    let at = |name: &str| sum[name].as_u64().unwrap();
    assert!(
        0 < at("p50Micros") && at("p50Micros") <= at("p90Micros") && at("p90Micros") <= at("p99Micros"),
        "{sum}"
    );
}
