use serde_json::json;

use super::*;

/// A workload of `kube-system` with one container and volumes of these `ConfigMap`s.
fn workload(name: &str, container: &str, image: &str, mounts: &[&str]) -> Value {
    let volume =
        |name: &&str| json!({"name": name, "configMap": {"name": name, "optional": *name == KUBE_DNS}});
    json!({
        "metadata": {"namespace": "kube-system", "name": name},
        "spec": {"template": {"spec": {
            "containers": [{"name": container, "image": image}],
            "volumes": mounts.iter().map(volume).collect::<Vec<_>>(),
        }}},
    })
}

fn labelled_as(mut workload: Value, key: &str, value: &str) -> Value {
    workload["metadata"]["labels"] = json!({ key: value });
    workload
}

fn config_map(name: &str) -> Value {
    json!({"metadata": {"namespace": "kube-system", "name": name}, "data": {"Corefile": ".:53 {\n}\n"}})
}

fn seen(deployments: &[Value], config_maps: &[&str]) -> Seen {
    Seen {
        deployments: deployments.to_vec(),
        config_maps: config_maps.iter().map(|name| config_map(name)).collect(),
        ..Seen::default()
    }
}

fn core_dns(seen: &Seen) -> CoreDns {
    match Detected::of(seen) {
        Detected::CoreDns(found) => found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn coredns_is_found_by_the_names_of_distributions() {
    for (name, mounts, exist, patched, form) in [
        ("coredns", &["coredns"][..], &["coredns"][..], "coredns", Form::Corefile),
        (
            "coredns",
            &["coredns", "coredns-custom"],
            &["coredns", "coredns-custom"],
            "coredns-custom",
            Form::Custom,
        ),
        ("coredns", &["coredns", "coredns-custom"], &["coredns"], "coredns", Form::Corefile),
        ("coredns", &["coredns"], &["coredns", "coredns-custom"], "coredns", Form::Corefile),
        (
            "rke2-coredns-rke2-coredns",
            &["rke2-coredns-rke2-coredns"],
            &["coredns", "rke2-coredns-rke2-coredns"],
            "rke2-coredns-rke2-coredns",
            Form::Corefile,
        ),
        ("coredns", &["of-a-chart", "dns"], &["dns"], "dns", Form::Corefile),
    ] {
        let found = core_dns(&seen(&[workload(name, "coredns", "coredns:1.9.3", mounts)], exist));
        assert_eq!((found.config_map.as_str(), found.form), (patched, form));
        assert_eq!((found.workload.name.as_str(), found.version), (name, Version::Known(1, 9)));
    }
}

#[test]
fn a_version_is_what_the_image_says() {
    for (image, version) in [
        ("k8s.gcr.io/coredns/coredns:v1.8.4", Version::Known(1, 8)),
        ("602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1.7.0-eksbuild.1", Version::Known(1, 7)),
        ("rancher/mirrored-coredns-coredns:1.6.9", Version::Known(1, 6)),
        ("coredns/coredns:1.3.1", Version::Known(1, 3)),
        ("coredns/coredns:1.14", Version::Known(1, 14)),
        ("registry:5000/coredns:1.6.5@sha256:0123456789abcdef", Version::Known(1, 6)),
        ("coredns@sha256:0123456789abcdef", Version::Unknown),
        ("registry:5000/coredns", Version::Unknown),
        ("registry:1.2/coredns", Version::Unknown),
        ("coredns:latest", Version::Unknown),
        ("coredns:sha-12ab", Version::Unknown),
        ("coredns:1", Version::Unknown),
        ("coredns:1.x", Version::Unknown),
        ("coredns:99999999999.1", Version::Unknown),
        ("", Version::Unknown),
    ] {
        assert_eq!(Version::of_image(image), Ok(version), "{image}");
    }
    assert!(Version::Known(1, 6).has_upstream());
    assert!(!Version::Known(1, 7).has_upstream() && !Version::Unknown.has_upstream());
}

#[test]
fn a_coredns_that_is_too_old_is_said_even_beside_kube_dns() {
    let both = [
        workload("coredns", "coredns", "coredns:1.2.6", &["coredns"]),
        workload("kube-dns", "kubedns", "kube-dns:1.15", &["kube-dns"]),
    ];
    let Detected::None(problem) = Detected::of(&seen(&both, &["coredns", "kube-dns"])) else { panic!() };
    assert_eq!(
        problem.to_string(),
        "unable to find suitable DNS provider: unsupported CoreDNS version \"1.2.6\""
    );
}

#[test]
fn what_is_missing_is_said_as_traefik_mesh_says_it() {
    let Detected::None(problem) = Detected::of(&seen(&[], &["coredns"])) else { panic!() };
    assert_eq!(
        problem.to_string(),
        "unable to find suitable DNS provider: no supported DNS service available for installing traefik mesh"
    );
    let coredns = workload("coredns", "coredns", "coredns:1.9.3", &["coredns"]);
    let Detected::None(problem) = Detected::of(&seen(&[coredns], &[])) else { panic!() };
    assert_eq!(
        problem.to_string(),
        "unable to configure CoreDNS: unable to find CoreDNS configmap in namespace \"kube-system\""
    );
}

#[test]
fn coredns_goes_before_kube_dns() {
    let both = [
        workload("kube-dns", "kubedns", "kube-dns:1.15", &["kube-dns"]),
        workload("coredns", "coredns", "coredns:1.9.3", &["coredns"]),
    ];
    assert_eq!(core_dns(&seen(&both, &["coredns"])).workload.name, "coredns");
    let Detected::KubeDns(found) = Detected::of(&seen(&both[..1], &[])) else { panic!() };
    assert_eq!((found.workload.name.as_str(), found.is_optional), ("kube-dns", true));
}

#[test]
fn other_names_are_found_by_their_labels() {
    let dns = workload("cluster-dns", "dns", "registry.example/mirror/coredns:v1.11.1", &["cluster-dns"]);
    for (key, value) in [("k8s-app", "kube-dns"), ("kubernetes.io/name", "CoreDNS")] {
        let labelled = labelled_as(dns.clone(), key, value);
        let mut seen = seen(&[], &["cluster-dns"]);
        seen.daemon_sets = vec![workload("proxy", "proxy", "proxy:1", &[]), labelled];
        let found = core_dns(&seen);
        assert_eq!(found.workload.kind, Kind::DaemonSet);
        assert_eq!((found.config_map.as_str(), found.version), ("cluster-dns", Version::Known(1, 11)));
    }
    let kube_dns = workload("kube-dns-v20", "kubedns", "k8s-dns-kube-dns:1.22", &["kube-dns"]);
    let labelled = labelled_as(kube_dns, "k8s-app", "kube-dns");
    assert!(matches!(Detected::of(&seen(&[labelled], &[])), Detected::KubeDns(_)));
    let stranger = labelled_as(workload("dns", "dns", "unbound:1", &[]), "k8s-app", "kube-dns");
    assert_eq!(Detected::of(&seen(&[stranger], &[])), Detected::None(Problem::NoProvider));
}

#[test]
fn openshift_is_known_by_its_operator_whatever_else_was_tried_there() {
    let mut seen = seen(&[workload("coredns", "coredns", "coredns:1.9.3", &["coredns"])], &["coredns"]);
    seen.operator = Some(json!({"metadata": {"name": "default"}, "spec": {}}));
    assert_eq!(Detected::of(&seen), Detected::OpenShift);
}

#[test]
fn objects_of_another_shape_are_no_dns() {
    for object in [
        json!(null),
        json!({}),
        json!({"metadata": "coredns"}),
        json!([1]),
        json!({"metadata": {"labels": 1}}),
    ] {
        let seen = Seen {
            deployments: vec![object.clone()],
            daemon_sets: vec![object.clone()],
            config_maps: vec![object],
            operator: None,
        };
        assert_eq!(Detected::of(&seen), Detected::None(Problem::NoProvider));
    }
}
