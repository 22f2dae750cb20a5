//! Whose an address is.

use serde_json::{Value, json};
use windrose_mesh_topology::{Fact, facts};

use super::*;

fn pod(name: &str, ip: &str, more: &Value) -> ((Arc<str>, Arc<str>), Arc<facts::Pod>) {
    let mut object = json!({
        "metadata": {"name": name, "namespace": "shop", "labels": {}, "ownerReferences": []},
        "spec": {"serviceAccountName": "cart", "nodeName": "one"},
        "status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}]},
    });
    windrose_mesh_topology::change::merge(&mut object, more.clone());
    (("shop".into(), name.into()), Arc::new(facts::Pod::read(object).unwrap()))
}

fn directory(pods: impl IntoIterator<Item = ((Arc<str>, Arc<str>), Arc<facts::Pod>)>) -> Directory {
    let facts = Facts { pods: pods.into_iter().collect(), ..Facts::default() };
    Directory::new(
        &facts,
        &Topology::default(),
        Own { namespace: "shop", nodes: "maesh-mesh", controllers: "controller" },
    )
}

fn owners(kind: &str, api: &str, name: &str, digest: &str) -> Vec<String> {
    let of = json!({"metadata": {
        "labels": {"pod-template-hash": digest},
        "ownerReferences": [{"kind": kind, "apiVersion": api, "name": name, "controller": true}]}});
    let directory = directory([pod("a", "10.0.0.1", &of)]);
    let pod = directory.pod("10.0.0.1".parse().unwrap()).unwrap();
    pod.owners.iter().map(|(kind, name)| format!("{kind}/{name}")).collect()
}

#[test]
fn a_pod_belongs_to_what_made_it_and_to_what_made_that() {
    let cases = [
        (
            "ReplicaSet",
            "apps/v1",
            "cart-v2-5d9c",
            "5d9c",
            vec!["ReplicaSet/cart-v2-5d9c", "Deployment/cart-v2"],
        ),
        ("ReplicaSet", "apps/v1", "cart", "", vec!["ReplicaSet/cart"]),
        ("ReplicaSet", "apps/v1", "5d9c", "5d9c", vec!["ReplicaSet/5d9c"]),
        ("StatefulSet", "apps/v1", "db", "", vec!["StatefulSet/db"]),
        ("Job", "batch/v1", "once", "", vec!["Job/once"]),
        ("ReplicationController", "v1", "old", "", vec!["ReplicationController/old"]),
        ("Deployment", "other.example/v1", "cart", "", vec![]),
    ];
    for (kind, api, name, digest, expected) in cases {
        assert_eq!(owners(kind, api, name, digest), expected, "{kind} {name}");
    }
}

#[test]
fn addresses_that_others_may_have_are_nobodys() {
    let directory = directory([
        pod("a", "10.0.0.1", &json!({})),
        pod("host", "10.0.0.2", &json!({"spec": {"hostNetwork": true}})),
        pod("over", "10.0.0.3", &json!({"status": {"phase": "Succeeded"}})),
    ]);
    let known = |address: &str| directory.pod(address.parse().unwrap()).is_some();
    assert_eq!((known("10.0.0.1"), known("10.0.0.2"), known("10.0.0.3")), (true, false, false));
    assert!(known("::ffff:10.0.0.1"));
}

#[test]
fn only_pods_of_the_mesh_itself_are_its_nodes() {
    let node = json!({"metadata": {"labels": {"component": "maesh-mesh"}}});
    let mut elsewhere = pod("b", "10.0.0.2", &node);
    elsewhere.0.0 = "other".into();
    let directory = directory([pod("a", "10.0.0.1", &node), elsewhere, pod("c", "10.0.0.3", &json!({}))]);
    let is_node = |address: &str| directory.is_node(address.parse().unwrap());
    assert_eq!((is_node("10.0.0.1"), is_node("10.0.0.2"), is_node("10.0.0.3")), (true, false, false));
}
