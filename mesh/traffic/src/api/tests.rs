//! Answers of a small shop: a web front end that asks a cart, which is split in two, and a stranger who is denied.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_topology::{Fact, Facts, Mesh, Ports, Settings, facts};

use super::*;
use crate::report::{self, Report, Slice};

/// 2019-04-08T22:26:00Z, at the end of a slice and a grace after it.
pub(super) const NOW: u64 = 1_554_762_363;

fn place<T: Fact>(table: &mut facts::Table<T>, namespace: &str, name: &str, object: Value) {
    table.insert((namespace.into(), name.into()), Arc::new(T::read(object).unwrap()));
}

pub(super) fn directory() -> Directory {
    let mut facts = Facts::default();
    let pods = [
        ("web-6b-1", "web-6b", "web", "10.0.0.1"),
        ("cart-5d-1", "cart-5d", "cart", "10.0.0.2"),
        ("cart-v2-7c-1", "cart-v2-7c", "cart-v2", "10.0.0.3"),
        ("thief", "", "thief", "10.0.0.4"),
    ];
    for (name, set, account, ip) in pods {
        let owner = json!([{"kind": "ReplicaSet", "apiVersion": "apps/v1", "name": set, "controller": true}]);
        let digest = set.rsplit('-').next().unwrap();
        let object = json!({
            "metadata": {"labels": {"app": account, "pod-template-hash": digest}, "ownerReferences": if set.is_empty() { json!([]) } else { owner }},
            "spec": {"serviceAccountName": account, "nodeName": "one", "containers": [{"ports": [{"containerPort": 8080}]}]},
            "status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}]}});
        place(&mut facts.pods, "shop", name, object);
    }
    for (name, pod) in [("cart", "cart-5d-1"), ("cart-v2", "cart-v2-7c-1"), ("quiet", "web-6b-1")] {
        let object = json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {"clusterIP": "10.1.0.1", "ports": [{"port": 80, "targetPort": 8080}]}});
        place(&mut facts.services, "shop", name, object);
        let slice = json!({
            "metadata": {"labels": {"kubernetes.io/service-name": name}}, "ports": [{"port": 8080}],
            "endpoints": [{"addresses": ["10.9.9.9"], "conditions": {"ready": true}, "targetRef": {"kind": "Pod", "name": pod, "namespace": "shop"}}]});
        place(&mut facts.slices, "shop", name, slice);
    }
    let split = json!({"metadata": {"name": "canary", "namespace": "shop"}, "spec": {
        "service": "cart", "backends": [{"service": "cart", "weight": 90}, {"service": "cart-v2", "weight": 10}]}});
    place(&mut facts.splits, "shop", "canary", split);
    let settings = Settings::default();
    let mut ports = Ports::default();
    ports.settle(&facts, &settings);
    let mesh = Mesh::build(&facts, &ports, &settings);
    Directory::new(
        &facts,
        &mesh.topology,
        crate::directory::Own { namespace: "maesh", nodes: "maesh-mesh", controllers: "controller" },
    )
}

pub(super) fn window(directory: &Directory) -> Window {
    let flow = |text: &str| serde_json::from_str::<report::Flow>(text).unwrap();
    let split = r#""service":"shop/cart","port":80,"split":"shop/canary""#;
    let flows = vec![
        flow(&format!(
            r#"{{"client":"10.0.0.1",{split},"backend":"shop/cart","server":"10.0.0.2","success":100,"failure":2,"latency":[[7,100],[14,2]]}}"#
        )),
        flow(&format!(
            r#"{{"client":"10.0.0.1",{split},"backend":"shop/cart-v2","server":"10.0.0.3","success":10,"latency":[[10,10]]}}"#
        )),
        flow(&format!(
            r#"{{"client":"10.0.0.4",{split},"policy":"TrafficSplit shop/canary","denied":7,"latency":[]}}"#
        )),
        flow(
            r#"{"client":"10.99.0.1","service":"shop/cart-v2","port":80,"server":"10.0.0.3","success":1,"latency":[[0,1]]}"#,
        ),
        flow(r#"{"success":1000,"latency":[]}"#),
    ];
    let mut window = Window::default();
    let slice = Slice { number: report::slice_at(NOW) - 2, flows };
    window.take(&Report { run: "a".into(), slices: vec![slice] }, directory, NOW).unwrap();
    window
}

fn ask_for(path: &str, query: &str, accept: &str) -> Answer {
    let directory = directory();
    answer(&Asked { path, query, accept }, &window(&directory), &directory, NOW)
}

fn ask(path: &str) -> Value {
    let answer = ask_for(&format!("/apis/metrics.smi-spec.io/v1alpha1/{path}"), "", "application/json");
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

/// Name, success and failure of each item.
fn counts(list: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            (
                text(&item["metadata"]["name"]),
                text(&item["metrics"][3]["value"]),
                text(&item["metrics"][4]["value"]),
            )
        })
        .collect()
}

#[test]
fn an_object_has_the_fields_of_the_interface() {
    assert_eq!(
        ask("namespaces/shop/deployments/cart"),
        json!({
            "apiVersion": "metrics.smi-spec.io/v1alpha1",
            "kind": "TrafficMetrics",
            "metadata": {
                "name": "cart", "namespace": "shop",
                "selfLink": "/apis/metrics.smi-spec.io/v1alpha1/namespaces/shop/deployments/cart",
                "creationTimestamp": "2019-04-08T22:26:00Z",
            },
            "timestamp": "2019-04-08T22:26:00Z",
            "window": "30s",
            "resource": {"kind": "Deployment", "namespace": "shop", "name": "cart"},
            "edge": {"direction": "from", "side": "server", "resource": null},
            "backend": null,
            "metrics": [
                {"name": "p99_response_latency", "unit": "ms", "value": "9"},
                {"name": "p90_response_latency", "unit": "ms", "value": "984m"},
                {"name": "p50_response_latency", "unit": "ms", "value": "902m"},
                {"name": "success_count", "value": "100"},
                {"name": "failure_count", "value": "2"},
            ],
        })
    );
}

#[test]
fn edges_are_those_that_were_seen_and_of_the_kind_that_was_asked_for() {
    let edges = ask("namespaces/shop/pods/web-6b-1/edges");
    let items = edges["items"].as_array().unwrap();
    let seen: Vec<(&str, &str, &str)> = items
        .iter()
        .map(|item| {
            let edge = &item["edge"];
            let text =
                |value: &'_ Value| -> &str { Box::leak(value.as_str().unwrap().to_owned().into_boxed_str()) };
            (text(&edge["direction"]), text(&edge["side"]), text(&edge["resource"]["name"]))
        })
        .collect();
    assert_eq!(seen, [("to", "client", "cart-5d-1"), ("to", "client", "cart-v2-7c-1")]);
    assert!(
        items
            .iter()
            .all(|item| item["resource"]["name"] == "web-6b-1" && item["edge"]["resource"]["kind"] == "Pod")
    );
    assert_eq!(edges["resource"], json!({"kind": "Pod", "namespace": "shop", "name": "web-6b-1"}));
    // The other end sees the same from its side, and nobody whom we do not know.
    let edges = ask("namespaces/shop/pods/cart-v2-7c-1/edges");
    assert_eq!(edges["items"].as_array().unwrap().len(), 1);
    assert_eq!(edges["items"][0]["edge"]["resource"]["name"], "web-6b-1");
    assert_eq!(edges["items"][0]["edge"]["direction"], "from");
    assert_eq!(edges["items"][0]["metrics"][3]["value"], "10");
    assert_eq!(ask("namespaces/shop/edges")["items"].as_array().unwrap().len(), 2);
}

#[test]
fn lists_have_all_of_a_kind_with_zeros_for_those_without_traffic() {
    let is = |path: &str, expected: &[(&str, &str, &str)]| {
        let own = |(name, success, failure): &(&str, &str, &str)| {
            ((*name).to_owned(), (*success).to_owned(), (*failure).to_owned())
        };
        assert_eq!(counts(&ask(path)), expected.iter().map(own).collect::<Vec<_>>(), "{path}");
    };
    is("namespaces/shop/services", &[("cart", "110", "2"), ("cart-v2", "11", "0"), ("quiet", "0", "0")]);
    is("deployments", &[("cart", "100", "2"), ("cart-v2", "11", "0"), ("web", "0", "0")]);
    is(
        "namespaces/shop/replicasets",
        &[("cart-5d", "100", "2"), ("cart-v2-7c", "11", "0"), ("web-6b", "0", "0")],
    );
    is(
        "namespaces/shop/serviceaccounts",
        &[("cart", "100", "2"), ("cart-v2", "11", "0"), ("thief", "0", "0"), ("web", "0", "0")],
    );
    is("namespaces", &[("shop", "111", "2")]);
    is("nodes", &[("one", "111", "2")]);
    is("namespaces/other/pods", &[]);
    is("statefulsets", &[]);
}

#[test]
fn a_split_has_an_item_for_each_backend() {
    let list = ask("namespaces/shop/trafficsplits/canary");
    assert_eq!(list["kind"], "TrafficMetricsList");
    let backends: Vec<&Value> =
        list["items"].as_array().unwrap().iter().map(|item| &item["backend"]).collect();
    assert_eq!(
        backends,
        [
            &json!({"apex": "cart", "name": "cart", "weight": 90}),
            &json!({"apex": "cart", "name": "cart-v2", "weight": 10})
        ]
    );
    assert_eq!(counts(&list).iter().map(|(_, success, _)| &**success).collect::<Vec<_>>(), ["100", "10"]);
    assert_eq!(list["items"][0]["edge"], json!({"direction": "from", "side": "client", "resource": null}));
}

#[test]
fn what_was_denied_is_no_success_and_no_failure_and_told_beside_them() {
    let cart = ask("namespaces/shop/services/cart");
    assert_eq!(cart["metadata"]["annotations"], json!({"mesh.traefik.io/denied-count": "7"}));
}

#[test]
fn labels_choose_what_is_listed() {
    let path = "/apis/metrics.smi-spec.io/v1alpha1/namespaces/shop/deployments";
    let list = ask_for(path, "labelSelector=app%20in%20(cart,web)", "").body;
    assert_eq!(counts(&list).into_iter().map(|(name, ..)| name).collect::<Vec<_>>(), ["cart", "web"]);
    assert_eq!(list["selector"]["matchExpressions"][0]["key"], "app");
    let split = "/apis/metrics.smi-spec.io/v1alpha1/trafficsplits";
    assert_eq!(ask_for(split, "labelSelector=app=cart", "").status, 400);
}

#[test]
fn what_is_not_there_is_not_found() {
    let cases = [
        ("pods/x/y", 404),
        ("widgets", 404),
        ("namespaces/shop/pods/none", 404),
        ("namespaces/shop/pods/none/edges", 404),
        ("namespaces/shop/nodes", 404),
        ("namespaces/none", 404),
        ("namespaces//pods", 404),
        ("namespaces/shop/trafficsplits/canary/edges", 404),
        ("namespaces/shop/pods/", 200),
        ("namespaces/shop/services/quiet", 200),
        ("namespaces/shop/services/quiet/edges", 200),
    ];
    for (path, status) in cases {
        let answer = ask_for(&format!("/apis/metrics.smi-spec.io/v1alpha1/{path}"), "", "");
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
    assert_eq!(
        ask_for("/apis/metrics.smi-spec.io/v1alpha1/widgets", "", "").body["error"],
        "Unsupported resource: widgets"
    );
    for path in ["", "/", "/apis/other", "/apis/metrics.smi-spec.io/v9/pods", "/api/pods", "/apisx"] {
        assert_eq!(ask_for(path, "", "").status, 404, "{path}");
    }
    assert_eq!(ask_for("/apis/metrics.smi-spec.io/v1alpha1/pods", "watch=1", "").status, 405);
}

#[test]
fn discovery_names_every_kind_in_every_version() {
    for version in ["v1alpha1", "v1alpha2"] {
        let list = ask_for(&format!("/apis/metrics.smi-spec.io/{version}"), "", "").body;
        assert_eq!(list["groupVersion"], format!("metrics.smi-spec.io/{version}"));
        let names: BTreeSet<&str> =
            list["resources"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        for name in [
            "pods",
            "pods/edges",
            "deployments",
            "namespaces",
            "namespaces/edges",
            "trafficsplits",
            "services",
        ] {
            assert!(names.contains(name), "{name}");
        }
    }
    let kinds = |version: &str| -> BTreeSet<String> {
        let list = ask_for(&format!("/apis/metrics.smi-spec.io/{version}"), "", "").body;
        list["resources"].as_array().unwrap().iter().map(|one| one["kind"].to_string()).collect()
    };
    assert_eq!((kinds("v1alpha1").len(), kinds("v1alpha2").len()), (1, 12));
    assert_eq!(ask_for("/apis/", "", "").body["groups"][0]["name"], "metrics.smi-spec.io");
    assert_eq!(ask_for("/apis/metrics.smi-spec.io", "", "").body["preferredVersion"]["version"], "v1alpha1");
}

#[test]
fn a_table_is_for_those_who_ask_for_one_first() {
    let path = "/apis/metrics.smi-spec.io/v1alpha1/namespaces/shop/services";
    let table =
        ask_for(path, "limit=500", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json").body;
    assert_eq!(table["kind"], "Table");
    let cells = |row: usize| table["rows"][row]["cells"].clone();
    assert_eq!(cells(0), json!(["cart", "from", "*", "98.21%", "3.7", "0.912ms", "2ms", "9ms", 7]));
    assert_eq!(cells(2), json!(["quiet", "from", "*", "-", "0.0", "-", "-", "-", 0]));
    let columns = table["columnDefinitions"].as_array().unwrap().len();
    assert_eq!(columns, cells(0).as_array().unwrap().len());
    let plain = ask_for(path, "", "application/json, application/json;as=Table;v=v1;g=meta.k8s.io").body;
    assert_eq!(plain["kind"], "TrafficMetricsList");
}
