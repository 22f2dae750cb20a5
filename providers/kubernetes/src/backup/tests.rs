//! What is kept, and what is read back.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::{clean, files, rank, resource};

#[test]
fn what_the_server_adds_is_not_kept() {
    let object = clean::object(json!({
        "kind": "Middleware",
        "metadata": {
            "name": "a", "namespace": "n", "uid": "u", "resourceVersion": "1", "generation": 2, "managedFields": [],
            "creationTimestamp": "t", "labels": {"x": "y"},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "1"},
        },
        "spec": {"compress": {}},
        "status": {"conditions": []},
    }));
    let kept = json!({
        "kind": "Middleware",
        "metadata": {"name": "a", "namespace": "n", "labels": {"x": "y"}, "annotations": {"mine": "1"}},
        "spec": {"compress": {}},
    });
    assert_eq!(object, kept);
}

#[test]
fn secrets_are_found_wherever_they_are_named() {
    let mut found = BTreeSet::new();
    for spec in [
        json!({"tls": {"secretName": "a"}}),
        json!({"clientAuth": {"secretNames": ["b", "c"]}}),
        json!({"basicAuth": {"secret": "d"}, "other": [{"deep": {"caSecret": "e"}}]}),
        json!({"forwardAuth": {"tls": {"certSecret": ""}}}),
    ] {
        clean::secrets(&json!({"metadata": {"namespace": "n"}, "spec": spec}), &mut found);
    }
    let names: Vec<&str> = found.iter().map(|(_, name)| &**name).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert!(found.iter().all(|(namespace, _)| namespace == "n"));
}

#[test]
fn a_kind_is_asked_for_in_the_version_that_is_stored() {
    let definition = |versions: Value| json!({"spec": {"group": "g.io", "names": {"plural": "things", "kind": "Thing"}, "versions": versions}});
    let path = |versions: Value| resource(&definition(versions)).map(|resource| resource.path);
    let stored = json!([{"name": "v1", "served": true}, {"name": "v2", "served": true, "storage": true}]);
    assert_eq!(path(stored).unwrap(), "/apis/g.io/v2/things");
    let unserved = json!([{"name": "v1", "served": true}, {"name": "v2", "served": false, "storage": true}]);
    assert_eq!(path(unserved).unwrap(), "/apis/g.io/v1/things");
    assert_eq!(path(json!([{"name": "v1", "served": false}])), None);
}

#[test]
fn files_hold_what_was_written_and_nobody_else_reads_them() {
    use std::os::unix::fs::PermissionsExt;
    let root = std::env::temp_dir().join(format!("windrose-backup-{}", std::process::id()));
    let folder = root.join("one");
    files::make(&folder).unwrap();
    let odd = json!({
        "metadata": {"name": "a", "namespace": "n"},
        "spec": {"rule": "Host(`a`) && Path(`/: #'\"`)", "yes": "true", "number": "012", "lines": "a\n b\n", "empty": {}, "none": []},
    });
    files::write(&folder, "things.yaml", "g.io/v1", "Thing", std::slice::from_ref(&odd)).unwrap();
    fs::write(
        folder.join("more.yaml"),
        "# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n---\n",
    )
    .unwrap();
    fs::write(folder.join("notes.txt"), "no objects").unwrap();
    let read = files::read(&folder).unwrap();
    assert_eq!(read.len(), 2, "{read:?}");
    let thing = read.iter().find(|object| object["kind"] == "Thing").unwrap();
    assert_eq!((&thing["spec"], &thing["apiVersion"]), (&odd["spec"], &json!("g.io/v1")));
    let mode = fs::metadata(folder.join("things.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn what_others_need_comes_first() {
    let mut kinds = ["IngressRoute", "Secret", "CustomResourceDefinition", "Namespace", "ConfigMap"]
        .map(|kind| json!({"kind": kind}));
    kinds.sort_by_key(rank);
    let kinds = kinds.map(|object| object["kind"].as_str().unwrap().to_owned());
    assert_eq!(kinds, ["Namespace", "CustomResourceDefinition", "Secret", "ConfigMap", "IngressRoute"]);
}
