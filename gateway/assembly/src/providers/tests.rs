use windrose_config::source::flags;
use windrose_config::{StaticConfig, refuse};

use super::*;

fn read(written: &[&str]) -> Result<Vec<String>, String> {
    let arguments: Vec<String> = written.iter().map(|flag| (*flag).to_owned()).collect();
    let told = |wrong: Vec<Problem>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let flags = flags::parse(&arguments, &StaticConfig::shape()).map_err(told)?;
    let loaded = StaticConfig::load(flags.tree, &flags.source, refuse::STATIC).map_err(told)?;
    let providers = Providers::read(&loaded, &Around::default()).map_err(told)?;
    Ok(providers.names().map(|name| name.to_string()).collect())
}

#[test]
fn providers_are_those_that_are_asked_for() {
    assert_eq!(read(&[]).unwrap(), [""; 0]);
    assert_eq!(read(&["--providers.file.directory=/routes"]).unwrap(), ["file"]);
    let all = read(&["--providers.docker", "--providers.swarm=true", "--providers.docker.watch=false"]);
    assert_eq!(all.unwrap(), ["docker", "swarm"]);
    assert_eq!(read(&["--providers.docker=false"]).unwrap(), [""; 0]);
    let stores = [
        "--providers.redis",
        "--providers.consul.namespaces=a,b",
        "--providers.zooKeeper",
        "--providers.ETCD",
    ];
    assert_eq!(read(&stores).unwrap(), ["redis", "consul-a", "consul-b", "zookeeper", "etcd"]);
    let catalogs = ["--providers.consulcatalog", "--providers.nomad", "--providers.ecs", "--providers.rest"];
    assert_eq!(read(&catalogs).unwrap(), ["consulcatalog", "nomad", "ecs", "rest"]);
    assert_eq!(read(&["--providers.http.endpoint=http://a/"]).unwrap(), ["http"]);
    let mesh = ["--providers.meshController.acl=true", "--providers.meshNode.endpoint=http://a:9000"];
    assert_eq!(read(&mesh).unwrap(), ["meshController", "mesh"]);
    assert!(read(&["--providers.knative"]).unwrap_err().contains("knative"));
}

#[test]
fn wrong_options_have_a_place() {
    let wrong = read(&["--providers.file.filename=a", "--providers.file.directory=b"]).unwrap_err();
    assert!(wrong.contains("remove one of them"), "{wrong}");
    let wrong = read(&["--providers.file.watch=perhaps", "--providers.file.filename=a"]).unwrap_err();
    assert!(wrong.starts_with("--providers.file.watch: error: "), "{wrong}");
    let wrong = read(&["--providers.docker.exposedByDefaults=false"]).unwrap_err();
    assert!(wrong.ends_with("unknown field `exposedByDefaults`"), "{wrong}");
    let wrong = read(&["--providers.docker.constraints=Label(`a`)"]).unwrap_err();
    assert!(wrong.starts_with("--providers.docker.constraints: error: "), "{wrong}");
}

#[cfg(feature = "kubernetes")]
#[test]
fn options_of_kubernetes_are_read_from_flags() {
    let flags = [
        "--providers.kubernetescrd",
        "--providers.kubernetescrd.allowCrossNamespace=true",
        "--providers.kubernetescrd.namespaces=a,b",
        "--providers.kubernetescrd.nativelbbydefault",
        "--providers.kubernetesingress.ingressendpoint.hostname=example.com",
        "--providers.kubernetesingressnginx.configmap=ingress-nginx/controller",
    ];
    assert_eq!(read(&flags).unwrap(), ["kubernetescrd", "kubernetes", "kubernetesingressnginx"]);
    let wrong = read(&["--providers.kubernetesingressnginx.allowsnippetannotations=true"]).unwrap_err();
    assert!(wrong.contains("snippets"), "{wrong}");
    let wrong = read(&["--providers.kubernetescrd.labelselector=a b"]).unwrap_err();
    assert!(wrong.starts_with("--providers.kubernetescrd.labelselector: error: labelSelector"), "{wrong}");
}
