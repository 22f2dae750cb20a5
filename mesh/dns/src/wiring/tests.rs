//! Whole clusters: a plan is carried out on the objects, and looked at again.

use serde_json::json;

use super::*;
use crate::Zone;

const COREFILE: &str = ".:53 {\n    errors\n    forward . /etc/resolv.conf\n}\n";

fn workload(name: &str, image: &str, mounts: &[&str]) -> Value {
    let volume = |name: &&str| json!({"name": name, "configMap": {"name": name, "optional": true}});
    json!({
        "metadata": {"namespace": "kube-system", "name": name},
        "spec": {"template": {"spec": {
            "containers": [{"name": "coredns", "image": image}],
            "volumes": mounts.iter().map(volume).collect::<Vec<_>>(),
        }}},
    })
}

fn config_map(name: &str, data: &Value) -> Value {
    json!({"metadata": {"namespace": "kube-system", "name": name, "resourceVersion": "41"}, "data": data})
}

fn wanted() -> Wanted {
    Wanted::new("mesh", "cluster.local").unwrap().with_server("10.96.0.200:53".parse().unwrap())
}

/// Writes what the steps say into the objects, and says which workloads start again.
fn take(seen: &mut Seen, steps: &[Step]) -> Vec<String> {
    let mut restarted = Vec::new();
    for step in steps {
        match step {
            Step::Write(change) => {
                let place = seen.config_maps.iter_mut().find(|object| name(object) == change.name);
                match (place, &change.base) {
                    (None, Base::Missing) => seen.config_maps.push(change.body()),
                    (Some(object), Base::Read(version)) => {
                        assert_eq!(
                            change.body().pointer("/metadata/resourceVersion"),
                            version.clone().map(Value::from).as_ref()
                        );
                        merge(object, &change.body());
                    }
                    (place, base) => panic!("{base:?} of {place:?}"),
                }
            }
            Step::Restart(workload) => restarted.push(format!("{:?} {}", workload.kind, workload.name)),
            Step::Operator(change) => merge(seen.operator.as_mut().unwrap(), &change.body()),
        }
    }
    restarted
}

/// A merge patch (RFC 7396).
fn merge(object: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else { return *object = patch.clone() };
    if !object.is_object() {
        *object = json!({});
    }
    for (key, value) in fields {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut object[key], value);
        }
    }
}

/// Plans until nothing is left to do, and takes it back.
fn there_and_back(before: &Seen, restarts: &[&str]) -> Seen {
    let mut now = before.clone();
    let steps = plan(before, &wanted()).unwrap();
    assert_eq!(take(&mut now, &steps), restarts);
    assert_eq!(plan(&now, &wanted()), Ok(vec![]), "a plan for what a plan has made");
    let mut back = now.clone();
    assert_eq!(take(&mut back, &undo(&now)), restarts);
    assert_eq!(undo(&back), []);
    assert_eq!(back.config_maps, before.config_maps);
    assert_eq!(back.operator, before.operator);
    now
}

#[test]
fn a_corefile_is_patched_and_coredns_starts_again() {
    let before = Seen {
        deployments: vec![workload("coredns", "coredns:1.11.1", &["coredns"])],
        config_maps: vec![config_map(
            "coredns",
            &json!({"Corefile": COREFILE, "NodeHosts": "10.0.0.1 node\n"}),
        )],
        ..Seen::default()
    };
    let now = there_and_back(&before, &["Deployment coredns"]);
    let text = data(&now.config_maps[0], "Corefile").unwrap();
    assert_eq!(Some(text), patch(COREFILE, &wanted(), Version::Known(1, 11)).unwrap().as_deref());
}

#[test]
fn a_corefile_that_is_not_there_is_not_made_up() {
    let seen = Seen {
        deployments: vec![workload("coredns", "coredns:1.11.1", &["coredns"])],
        config_maps: vec![config_map("coredns", &json!({"corefile": COREFILE}))],
        ..Seen::default()
    };
    assert_eq!(plan(&seen, &wanted()), Err(Problem::NoConfigMap("kube-system".into())));
}

#[test]
fn aks_has_a_key_for_each_zone() {
    let before = Seen {
        deployments: vec![workload("coredns", "coredns:v1.6.6", &["coredns", "coredns-custom"])],
        config_maps: vec![
            config_map("coredns", &json!({"Corefile": COREFILE})),
            config_map(
                "coredns-custom",
                &json!({"corp.server": "corp.example:53 {\n    forward . 10.0.0.1\n}\n"}),
            ),
        ],
        ..Seen::default()
    };
    let now = there_and_back(&before, &["Deployment coredns"]);
    assert_eq!(data(&now.config_maps[0], "Corefile"), Some(COREFILE));
    for zone in Zone::TRAEFIK {
        let block = block(zone, &wanted(), Version::Known(1, 6)).unwrap();
        assert_eq!(
            data(&now.config_maps[1], &format!("{zone}.server")),
            Some(format!("\n{block}\n").as_str())
        );
    }

    // A mesh was there before there was anything custom: CoreDNS refuses a zone that is there twice.
    let mut twice = before.clone();
    let old = patch(COREFILE, &wanted(), Version::Known(1, 6)).unwrap().unwrap();
    twice.config_maps[0]["data"]["Corefile"] = json!(old);
    let steps = plan(&twice, &wanted()).unwrap();
    take(&mut twice, &steps);
    assert_eq!(twice.config_maps, now.config_maps);

    let mut taken = before;
    taken.config_maps[1]["data"]["mine.server"] = json!("traefik.mesh:53 {\n    forward . 10.0.0.1\n}\n");
    assert!(matches!(
        plan(&taken, &wanted()),
        Err(Problem::Corefile(CorefileError::Taken(Zone::TraefikMesh, ..)))
    ));
}

#[test]
fn aks_without_any_custom_text_gets_its_keys() {
    let mut custom = config_map("coredns-custom", &json!({}));
    custom.as_object_mut().unwrap().remove("data");
    let mut now = Seen {
        deployments: vec![workload("coredns", "coredns:v1.9.4", &["coredns", "coredns-custom"])],
        config_maps: vec![config_map("coredns", &json!({"Corefile": COREFILE})), custom],
        ..Seen::default()
    };
    let steps = plan(&now, &wanted()).unwrap();
    assert_eq!(take(&mut now, &steps), ["Deployment coredns"]);
    assert_eq!(plan(&now, &wanted()), Ok(vec![]));
    let steps = undo(&now);
    take(&mut now, &steps);
    assert_eq!(now.config_maps[1]["data"], json!({}));
}

#[test]
fn kube_dns_gets_stub_domains() {
    let stubs =
        json!({"stubDomains": "{\"corp.example\":[\"10.0.0.1\"]}", "upstreamNameservers": "[\"1.1.1.1\"]"});
    let mut kube_dns = workload("kube-dns", "kube-dns:1.15", &["kube-dns"]);
    kube_dns["spec"]["template"]["spec"]["containers"][0]["name"] = json!("kubedns");
    let before = Seen {
        deployments: vec![kube_dns.clone()],
        config_maps: vec![config_map("kube-dns", &stubs)],
        ..Seen::default()
    };
    let now = there_and_back(&before, &["Deployment kube-dns"]);
    assert_eq!(
        data(&now.config_maps[0], "stubDomains"),
        Some(r#"{"corp.example":["10.0.0.1"],"maesh":["10.96.0.200"],"traefik.mesh":["10.96.0.200"]}"#)
    );

    let mut bare = Seen { deployments: vec![kube_dns], ..Seen::default() };
    let unknown = Wanted::new("mesh", "cluster.local").unwrap();
    assert_eq!(plan(&bare, &unknown), Err(Problem::Stubs(StubError::NoServer)));
    let steps = plan(&bare, &wanted()).unwrap();
    assert_eq!(take(&mut bare, &steps), ["Deployment kube-dns"]);
    assert_eq!(bare.config_maps[0]["kind"], "ConfigMap");
    assert_eq!(plan(&bare, &wanted()), Ok(vec![]));

    bare.config_maps.clear();
    bare.deployments[0]["spec"]["template"]["spec"]["volumes"] = json!([]);
    assert_eq!(plan(&bare, &wanted()), Err(Problem::Stubs(StubError::Missing("kube-system".into()))));
}

#[test]
fn openshift_has_its_operator_and_nothing_starts_again() {
    let before = Seen {
        operator: Some(json!({"metadata": {"name": "default"}, "spec": {"logLevel": "Normal"}})),
        ..Seen::default()
    };
    let now = there_and_back(&before, &[]);
    assert_eq!(now.operator.unwrap()["spec"]["servers"][0]["zones"], json!(["maesh", "traefik.mesh"]));
}

#[test]
fn blocks_go_even_where_nothing_could_be_put() {
    let old = patch(COREFILE, &wanted(), Version::Known(1, 3)).unwrap().unwrap();
    let seen = Seen {
        deployments: vec![workload("coredns", "coredns:1.2.0", &["coredns"])],
        daemon_sets: vec![workload("node-dns", "coredns:1.2.0", &["coredns"])],
        config_maps: vec![config_map("coredns", &json!({"Corefile": old}))],
        operator: None,
    };
    assert_eq!(plan(&seen, &wanted()), Err(Problem::TooOld("1.2.0".into())));
    let mut now = seen.clone();
    assert_eq!(take(&mut now, &undo(&seen)), ["Deployment coredns", "DaemonSet node-dns"]);
    assert_eq!(data(&now.config_maps[0], "Corefile"), Some(COREFILE));
}

#[test]
fn a_restart_is_an_annotation_of_the_pods() {
    let workload =
        Workload { kind: Kind::Deployment, namespace: "kube-system".into(), name: "coredns".into() };
    assert_eq!(
        workload.restart("0f8fad5b"),
        json!({"spec": {"template": {"metadata": {"annotations": {"traefik-mesh-hash": "0f8fad5b"}}}}})
    );
}

#[test]
fn what_is_no_name_of_dns_becomes_no_part_of_a_configuration() {
    for (namespace, domain) in [
        ("mesh", "cluster.local {\n}"),
        ("mesh", "cluster..local"),
        ("mesh", ""),
        ("", "cluster.local"),
        ("a.b", "cluster.local"),
        ("mesh }", "cluster.local"),
        ("-mesh", "cluster.local"),
    ] {
        assert!(
            matches!(Wanted::new(namespace, domain), Err(Problem::NotAName(_))),
            "{namespace:?} {domain:?}"
        );
    }
}
