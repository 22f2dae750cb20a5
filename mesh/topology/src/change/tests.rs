//! Changes.

use serde_json::{Value, json};

use super::{merge, patch};

/// Versions that come one after another.
fn versions() -> Vec<Value> {
    vec![
        json!({}),
        json!({"http": {"routers": {"a": {"rule": "Host(`a`)", "service": "a"}}, "services": {"a": {"servers": [1]}}}}),
        json!({"http": {"routers": {"a": {"rule": "Host(`a`)", "service": "b"}}, "services": {"a": {"servers": [1, 2]}}}}),
        json!({"http": {"routers": {"b": {"rule": "Host(`b`)", "service": "b"}}, "services": {}}, "tcp": {"routers": {}}}),
        json!({"http": {"routers": []}, "tcp": "none"}),
        json!({"http": {"routers": {"c": {"entryPoints": ["x"]}}}, "tcp": {"routers": {"d": {}}}}),
        json!({}),
    ]
}

#[test]
fn a_change_makes_one_version_of_the_other() {
    for from in versions() {
        for to in versions() {
            let mut value = from.clone();
            merge(&mut value, patch(&from, &to));
            assert_eq!(value, to, "from {from}");
        }
    }
}

#[test]
fn what_stays_is_not_said() {
    let from = json!({"a": {"x": 1, "y": [1, 2]}, "b": 1});
    let to = json!({"a": {"x": 2, "y": [1, 2]}, "c": {"z": 1}});
    assert_eq!(patch(&from, &to), json!({"a": {"x": 2}, "b": null, "c": {"z": 1}}));
    assert_eq!(patch(&to, &to), json!({}));
}
