//! A small shop, some of it wrong, as people see it.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_topology::{Fact, Facts, Mesh, Ports, Settings, facts};
use windrose_provider_kubernetes::watch::{Unseen, Why};

use super::*;

fn place<T: Fact>(table: &mut facts::Table<T>, name: &str, object: Value) {
    table.insert(("shop".into(), name.into()), Arc::new(T::read(object).unwrap()));
}

fn service(facts: &mut Facts, name: &str, annotations: &Value) {
    let object = json!({
        "metadata": {"annotations": annotations},
        "spec": {"clusterIP": "10.0.0.9", "ports": [{"name": "web", "port": 80, "targetPort": 8080}]}});
    place(&mut facts.services, name, object);
    let pod = json!({
        "metadata": {}, "spec": {"serviceAccountName": name, "nodeName": "one", "containers": []},
        "status": {"phase": "Running", "podIP": "10.1.0.1"}});
    place(&mut facts.pods, name, pod);
    let slice = json!({
        "metadata": {"labels": {"kubernetes.io/service-name": name}}, "ports": [{"name": "web", "port": 8080}],
        "endpoints": [{"addresses": ["10.1.0.1"], "targetRef": {"kind": "Pod", "name": name, "namespace": "shop"}}]});
    place(&mut facts.slices, name, slice);
}

/// What is seen, with access control or without.
fn sight(acl: bool) -> Sight {
    let mut facts = Facts::default();
    let note = "kubectl.kubernetes.io/last-applied-configuration";
    service(
        &mut facts,
        "cart",
        &json!({"mesh.traefik.io/retry-attempts": "2", "mesh.traefik.io/retry": "2", note: "hidden"}),
    );
    service(&mut facts, "cart-v2", &json!({}));
    service(&mut facts, "broken", &json!({"mesh.traefik.io/traffic-type": "<script>alert(1)</script>"}));
    service(&mut facts, "queue", &json!({"mesh.traefik.io/traffic-type": "tcp"}));
    let split = json!({"spec": {
        "service": "cart", "matches": [{"kind": "HTTPRouteGroup", "name": "calls"}],
        "backends": [{"service": "cart-v2", "weight": 9}, {"service": "none", "weight": 1}]}});
    place(&mut facts.splits, "canary", split);
    let gone = json!({"spec": {"service": "cart", "backends": [{"service": "none", "weight": 1}]}});
    place(&mut facts.splits, "gone", gone);
    let matches = json!([
        {"name": "secret", "pathRegex": "/admin", "methods": ["GET"], "headers": [{"Authorization": "Bearer opensesame"}, {"x-b": "^b$"}]},
        {"name": "other", "pathRegex": "/other"}]);
    place(&mut facts.http_groups, "calls", json!({"spec": {"matches": matches}}));
    let target = json!({"spec": {
        "destination": {"kind": "ServiceAccount", "name": "cart"},
        "sources": [{"kind": "ServiceAccount", "name": "cart-v2", "namespace": "shop"}],
        "rules": [{"kind": "HTTPRouteGroup", "name": "calls", "matches": ["secret"]}, {"kind": "TCPRoute", "name": "none"}]}});
    place(&mut facts.targets, "open", target);
    let settings = Settings { acl, ..Settings::default() };
    let mut ports = Ports::default();
    ports.settle(&facts, &settings);
    let Mesh { topology, shadows, subjects, problems, .. } = Mesh::build(&facts, &ports, &settings);
    Sight {
        problems: problems.iter().map(Row::from).collect(),
        splits: Sight::splits(&subjects),
        facts,
        settings,
        topology,
        shadows,
    }
}

fn query(text: &str) -> Query {
    Query::read(Some(text), &["status", "from", "denied"]).unwrap()
}

fn names(listed: &Listed) -> Vec<&str> {
    listed.items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn services_are_found_by_name_namespace_and_kind() {
    let sight = sight(false);
    for (text, expected) in [
        ("", &["broken", "cart", "cart-v2", "queue"][..]),
        ("search=CART", &["cart", "cart-v2"]),
        ("search=cart.shop", &["cart"]),
        ("search=tcp", &["queue"]),
        ("status=tcp", &["queue"]),
        ("status=wrong", &["broken"]),
        ("per_page=2&page=2", &["cart-v2", "queue"]),
        ("per_page=2&page=9", &[]),
    ] {
        assert_eq!(names(&sight.list_services(&query(text))), expected, "{text}");
    }
    let part = |text| sight.list_services(&query(text));
    assert_eq!(
        (part("per_page=3").total, part("per_page=3").next, part("per_page=3&page=2").next),
        (4, 2, 1)
    );
}

#[test]
fn a_service_says_by_which_entry_points_it_is_reached() {
    let sight = sight(false);
    let port = |name: &str| {
        sight.one_service(&Key { namespace: "shop".into(), name: name.into() }).unwrap()["ports"][0].clone()
    };
    assert_eq!(port("cart"), json!({"name": "web", "port": 80, "protocol": "TCP", "entryPoint": 5000}));
    assert_eq!(port("queue")["entryPoint"], 10000);
    assert_eq!(port("broken")["entryPoint"], Value::Null);
    assert_eq!(sight.one_service(&Key { namespace: "other".into(), name: "cart".into() }), None);
}

#[test]
fn a_service_shows_all_that_is_known_and_nothing_of_others() {
    let seen = sight(true).one_service(&Key { namespace: "shop".into(), name: "cart".into() }).unwrap();
    assert_eq!(seen["names"], json!(["cart.shop.traefik.mesh", "cart.shop.maesh"]));
    assert_eq!(
        seen["annotations"]["inForce"],
        json!([{"name": "mesh.traefik.io/retry-attempts", "value": "2"}])
    );
    assert_eq!(seen["annotations"]["idle"], json!([{"name": "mesh.traefik.io/retry", "value": "2"}]));
    assert_eq!(
        seen["members"],
        json!([{"name": "cart", "ip": "10.1.0.1", "node": "one", "serviceAccount": "cart"}])
    );
    assert_eq!(seen["splits"], json!(["shop/canary", "shop/gone"]));
    assert!(!seen.to_string().contains("hidden"), "{seen}");
    let broken = sight(true).one_service(&Key { namespace: "shop".into(), name: "broken".into() }).unwrap();
    assert_eq!(broken["trafficType"], "");
    assert!(broken["messages"][0].as_str().unwrap().contains("unsupported traffic type"), "{broken}");
}

#[test]
fn splits_and_targets_say_what_is_written_but_no_credentials() {
    let sight = sight(true);
    let splits = sight.list_splits(&query(""));
    let split = &splits.items[0];
    assert_eq!(split["root"], "shop/cart");
    assert_eq!(
        split["backends"],
        json!([{"service": "shop/cart-v2", "weight": 9, "isThere": true}, {"service": "shop/none", "weight": 1, "isThere": false}])
    );
    assert!(!split["messages"].as_array().unwrap().is_empty(), "{split}");
    assert_eq!(split["isFollowed"], true, "what is left of it is followed");
    assert_eq!(splits.items[1]["isFollowed"], false, "nothing is left of it");
    let targets = sight.list_targets(&query(""));
    let target = &targets.items[0];
    assert_eq!((&target["sources"], &target["destination"]), (&json!(["shop/cart-v2"]), &json!("shop/cart")));
    let rule = &target["rules"][0];
    assert_eq!(rule["matches"].as_array().unwrap().len(), 1, "only the match that is named");
    assert_eq!(
        rule["matches"][0]["headers"],
        json!([{"name": "Authorization", "value": null}, {"name": "x-b", "value": "^b$"}])
    );
    assert_eq!(target["rules"][1], json!({"kind": "TCPRoute", "name": "none", "isThere": false}));
    assert!(!format!("{split}{target}").contains("opensesame"));
    assert_eq!(
        sight.list_splits(&query("search=none")).total,
        0,
        "a backend that is not there is not searched for"
    );
    assert_eq!(sight.list_targets(&query("search=cart-v2")).total, 1);
}

#[test]
fn problems_are_told_with_their_object_the_mesh_itself_first() {
    let sight = sight(true);
    let own = [Row::of_mesh("no DNS".to_owned())];
    let listed = sight.list_problems(&own, &query(""));
    assert_eq!(listed.items[0], json!({"severity": "error", "object": null, "message": "no DNS"}));
    let kinds: Vec<&Value> = listed.items.iter().map(|item| &item["object"]["kind"]).collect();
    for kind in ["Service", "TrafficSplit", "TrafficTarget"] {
        assert!(kinds.contains(&&json!(kind)), "{kind} of {kinds:?}");
    }
    assert_eq!(
        sight.list_problems(&own, &query("search=trafficsplit&status=error")).total,
        kinds.iter().filter(|kind| **kind == "TrafficSplit").count()
    );
    assert_eq!(sight.list_problems(&own, &query("status=warning")).total, 0);
}

#[test]
fn a_kind_is_missed_when_no_version_of_it_is_there() {
    let wanted = [
        ("TrafficTarget", "/apis/access.smi-spec.io/v1alpha1"),
        ("TrafficTarget", "/apis/access.smi-spec.io/v1alpha2"),
        ("TCPRoute", "/apis/specs.smi-spec.io/v1alpha4"),
    ];
    let gone = |api, why| Unseen { name: "TrafficTarget", api, plural: "traffictargets", why };
    let [one, other] = [wanted[0].1, wanted[1].1];
    let told = |acl, list: &[Unseen]| unseen(&wanted, list, &Settings { acl, ..Settings::default() });
    assert_eq!(told(true, &[gone(one, Why::Absent)]), [], "the other version is there");
    let both = [gone(one, Why::Absent), gone(other, Why::Absent)];
    for (acl, severity) in [(true, "error"), (false, "warning")] {
        let [row] = &told(acl, &both)[..] else { panic!("{:?}", told(acl, &both)) };
        let seen = serde_json::to_value(row).unwrap();
        assert_eq!(seen["severity"], severity);
        assert_eq!(seen["object"]["name"], "traffictargets.access.smi-spec.io");
    }
    let [hidden] = &told(true, &[gone(one, Why::Absent), gone(other, Why::Forbidden)])[..] else {
        panic!("one row")
    };
    assert!(hidden.message.contains("give list and watch"), "{hidden:?}");
    let (api, plural) = ("/apis/traefik.io/v1alpha1", "middlewares");
    let of_edge = Unseen { name: "Middleware", api, plural, why: Why::Absent };
    assert_eq!(told(true, &[of_edge]), [], "a mesh can do without");
}

#[test]
fn the_overview_counts() {
    let sight = sight(true);
    let own = [Row::of_mesh("no DNS".to_owned())];
    let seen = sight.overview(&State { nodes: (2, 1), tag: "abc", own: &own, keeps_figures: false });
    assert_eq!(seen["services"], json!({"total": 4, "wrong": 1}));
    assert_eq!((&seen["served"], &seen["pods"]), (&json!(3), &json!(4)));
    assert_eq!(seen["nodes"], json!({"total": 2, "ready": 1}));
    assert_eq!(seen["targets"]["total"], 1);
    assert_eq!(seen["entryPoints"]["tcp"], json!({"taken": 1, "limit": 25}));
    assert_eq!(seen["entryPoints"]["udp"], json!({"taken": 0, "limit": 25}));
    assert_eq!(seen["problems"]["errors"], sight.problems.len() + 1);
    assert_eq!(seen["settings"]["acl"], true);
}

#[test]
fn what_cannot_be_asked_is_told() {
    let refused = |text: &str| Query::read(Some(text), &["status"]).unwrap_err().to_string();
    assert_eq!(refused("page=0"), "page is a number above 0");
    assert_eq!(refused("per_page=x"), "per_page is a number above 0");
    assert_eq!(refused("sort=name"), "sort is no parameter here");
    assert_eq!(
        query("from=shop").service("from").unwrap_err().to_string(),
        "from is a Service, as namespace/name"
    );
    assert!(query("from=a/b/c").service("from").is_err());
    assert_eq!(query("from=shop%2Fcart").service("from").unwrap().unwrap().to_string(), "cart@shop");
    assert!(query("denied=yes").choice("denied").is_err());
    assert_eq!((query("denied=true").choice("denied"), query("").choice("denied")), (Ok(true), Ok(false)));
    assert_eq!(query("per_page=100000").rows, (0, 1000));
}
