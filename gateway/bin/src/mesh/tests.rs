//! Words of the mesh.

use super::{Mesh, WordError};

fn flags(part: &str, words: &[&str], variables: &[(&str, &str)]) -> Result<Vec<String>, WordError> {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Mesh::of(part, words).unwrap().flags(&variables).map(Option::unwrap_or_default)
}

#[test]
fn the_controllers_words_are_options_of_its_provider() {
    let seen = flags(
        "controller",
        &["--ACL", "--defaultmode=tcp", "--namespace", "mesh", "--apiport=9100", "--log.filePath=/x"],
        &[],
    );
    assert_eq!(
        seen.unwrap(),
        [
            "--entryPoints.mesh.address=:9100",
            "--providers.meshController=true",
            "--providers.meshController.defaultMode=tcp",
            "--providers.meshController.namespace=mesh",
            "--providers.meshController.acl=true",
            "--log.level=ERROR",
            "--log.format=common",
            "--log.filePath=/x",
        ]
    );
}

#[test]
fn variables_count_where_no_word_is_written() {
    let variables = [("TRAEFIK_MESH_DEFAULTMODE", "udp"), ("TRAEFIK_MESH_APIPORT", "9001"), ("HOME", "/")];
    let seen = flags("controller", &[], &variables).unwrap();
    assert!(seen.contains(&"--entryPoints.mesh.address=:9001".to_owned()), "{seen:?}");
    assert!(seen.contains(&"--providers.meshController.defaultMode=udp".to_owned()), "{seen:?}");
    let seen = flags("controller", &["--acl=false"], &variables).unwrap();
    assert!(seen.contains(&"--entryPoints.mesh.address=:9000".to_owned()), "{seen:?}");
    let mixed = flags("controller", &[], &[("TRAEFIK_MESH_ACL", "true"), ("MAESH_ACL", "true")]);
    assert_eq!(mixed, Err(WordError::Mixed));
}

#[test]
fn a_written_address_counts_before_the_one_in_a_kubeconfig() {
    let variables = [("KUBECONFIG", "/admin.conf")];
    let seen = flags("controller", &["--masterURL=https://a:6443"], &variables).unwrap();
    for flag in [
        "--providers.meshController.kubeconfig=/admin.conf",
        "--providers.meshController.endpoint=https://a:6443",
    ] {
        assert!(seen.contains(&flag.to_owned()), "{seen:?}");
    }
    let seen = flags("controller", &["--acl"], &variables).unwrap();
    assert!(!seen.iter().any(|flag| flag.contains("kubeconfig")), "{seen:?}");
}

#[test]
fn words_that_nobody_knows_are_refused() {
    let unknown = |word: &str| Err(WordError::Unknown(word.to_owned()));
    assert_eq!(flags("controller", &["--alc"], &[]), unknown("--alc"));
    assert_eq!(flags("controller", &["start"], &[]), unknown("start"));
    assert_eq!(flags("node", &["--acl"], &[]), unknown("--acl"));
    let none = flags("controller", &["--namespace"], &[]);
    assert_eq!(none, Err(WordError::NoValue("--namespace".to_owned())));
    assert!(matches!(flags("controller", &["--acl=maybe"], &[]), Err(WordError::Value(..))));
    assert!(matches!(flags("controller", &["--logLevel=loud"], &[]), Err(WordError::Value(..))));
    assert!(matches!(flags("controller", &["--logFormat=xml"], &[]), Err(WordError::Value(..))));
    assert!(matches!(flags("node", &["--limitTCPPort=many"], &[]), Err(WordError::Value(..))));
}

#[test]
fn a_node_listens_where_the_controllers_routing_says() {
    let seen =
        flags("node", &["--limitHTTPPort=2", "--limitTCPPort=1", "--limitUDPPort=1", "--host=::1"], &[]);
    let seen = seen.unwrap();
    for flag in [
        "--entryPoints.readiness.address=[::1]:1081",
        "--entryPoints.http-5001.address=[::1]:5001",
        "--entryPoints.tcp-10000.address=[::1]:10000",
        "--entryPoints.udp-15000.address=[::1]:15000/udp",
        "--providers.meshNode.endpoint=http://traefik-mesh-controller.maesh.svc.cluster.local:9000",
    ] {
        assert!(seen.iter().any(|seen| seen == flag), "{flag}: {seen:?}");
    }
    assert!(!seen.iter().any(|flag| flag.contains("5002")), "{seen:?}");
}

#[test]
fn a_node_that_ends_is_told_how_long_it_is_still_asked() {
    let seen = flags("node", &["--limitHTTPPort=1", "--requestAcceptGraceTimeout=5s"], &[]).unwrap();
    let graces: Vec<&String> =
        seen.iter().filter(|flag| flag.contains("requestAcceptGraceTimeout")).collect();
    assert_eq!(graces.len(), 1 + 25 + 25, "{seen:?}");
    assert_eq!(graces[0], "--entryPoints.http-5000.transport.lifeCycle.requestAcceptGraceTimeout=5s");
    let none = flags("node", &[], &[]).unwrap();
    assert!(!none.iter().any(|flag| flag.contains("requestAcceptGraceTimeout")), "{none:?}");
}

#[test]
fn figures_are_kept_where_they_are_asked_for_and_only_then_is_there_a_port() {
    let seen = flags("controller", &["--trafficMetrics", "--apiHost=10.0.0.1"], &[]);
    let seen = seen.unwrap();
    assert!(seen.contains(&"--entryPoints.metricsAPI.address=10.0.0.1:9443".to_owned()), "{seen:?}");
    assert!(seen.contains(&"--providers.meshController.trafficMetrics=true".to_owned()), "{seen:?}");
    let seen = flags("controller", &["--trafficMetrics", "--metricsPort=443"], &[]).unwrap();
    assert!(seen.contains(&"--entryPoints.metricsAPI.address=:443".to_owned()), "{seen:?}");
    let seen = flags("controller", &["--metricsPort=443"], &[]).unwrap();
    assert!(!seen.iter().any(|flag| flag.contains("metricsAPI")), "{seen:?}");
}
