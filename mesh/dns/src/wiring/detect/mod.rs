//! Which DNS the cluster runs.
//!
//! OpenShift says so itself. CoreDNS and kube-dns are found by the names that distributions give them, then by their
//! labels. Must not know what is to be written.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::Seen;
use super::object::{data, items, mounts, name, namespace, text, workload};
use super::problem::Problem;
use super::step::{Kind, Workload};
use super::version::Version;

/// The DNS of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detected {
    /// CoreDNS, which the cluster's operator may configure.
    CoreDns(CoreDns),
    /// kube-dns.
    KubeDns(KubeDns),
    /// OpenShift's CoreDNS, which only the DNS operator configures.
    OpenShift,
    /// None that can be configured, and why.
    None(Problem),
}

/// A CoreDNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreDns {
    /// What runs it.
    pub workload: Workload,
    /// Its release.
    pub version: Version,
    /// The `ConfigMap` that is to be patched, in the namespace of the workload.
    pub config_map: String,
    /// What that `ConfigMap` holds.
    pub form: Form,
}

/// How CoreDNS is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One text, in the key `Corefile`.
    Corefile,
    /// Server blocks in keys that end with `.server`, beside a Corefile that others own (AKS).
    Custom,
}

/// A kube-dns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeDns {
    /// What runs it.
    pub workload: Workload,
    /// Whether it runs without its `ConfigMap`, which then may be created.
    pub is_optional: bool,
}

impl Detected {
    /// Looks through what was seen.
    #[must_use]
    pub fn of(seen: &Seen) -> Self {
        if seen.operator.is_some() {
            return Self::OpenShift;
        }
        let named = CORE_DNS.iter().find_map(|name| seen.deployment(name));
        if let Some(deployment) = named {
            return core_dns(seen, deployment, Kind::Deployment);
        }
        if let Some(deployment) = seen.deployment(KUBE_DNS) {
            return kube_dns(deployment, Kind::Deployment);
        }
        for (workload, kind) in seen.workloads() {
            match labelled(workload) {
                Some(Software::CoreDns) => return core_dns(seen, workload, kind),
                Some(Software::KubeDns) => return kube_dns(workload, kind),
                None => {}
            }
        }
        Self::None(Problem::NoProvider)
    }
}

fn core_dns(seen: &Seen, object: &Value, kind: Kind) -> Detected {
    let version = match Version::of_image(image(object)) {
        Ok(version) => version,
        Err(problem) => return Detected::None(problem),
    };
    let Some((config_map, form)) = config_map(seen, object) else {
        return Detected::None(Problem::NoConfigMap(namespace(object).to_owned()));
    };
    Detected::CoreDns(CoreDns {
        workload: workload(object, kind),
        version,
        config_map: config_map.to_owned(),
        form,
    })
}

fn kube_dns(object: &Value, kind: Kind) -> Detected {
    let is_optional = mounts(object).iter().any(|mount| mount.config_map == KUBE_DNS && mount.is_optional);
    Detected::KubeDns(KubeDns { workload: workload(object, kind), is_optional })
}

/// The image of the container that is CoreDNS.
fn image(workload: &Value) -> &str {
    let containers = items(workload, "/spec/template/spec/containers");
    let named = containers.iter().find(|container| text(container, "/name") == "coredns");
    let found =
        named.or_else(|| containers.iter().find(|container| text(container, "/image").contains("coredns")));
    found.map_or("", |container| text(container, "/image"))
}

/// What is to be patched: it exists, and the pods have it as a volume.
fn config_map<'a>(seen: &Seen, workload: &'a Value) -> Option<(&'a str, Form)> {
    let namespace = namespace(workload);
    let mounts = mounts(workload);
    let mounted = |wanted: &str| {
        let found = mounts.iter().find(|mount| mount.config_map == wanted)?;
        seen.config_map(namespace, wanted)?;
        Some(found.config_map)
    };
    if let Some(custom) = mounted(CUSTOM) {
        return Some((custom, Form::Custom));
    }
    if let Some(name) = CORE_DNS.iter().find_map(|name| mounted(name)) {
        return Some((name, Form::Corefile));
    }
    let holds_corefile = |wanted: &str| data(seen.config_map(namespace, wanted)?, COREFILE);
    mounts
        .iter()
        .find(|mount| holds_corefile(mount.config_map).is_some())
        .map(|mount| (mount.config_map, Form::Corefile))
}

enum Software {
    CoreDns,
    KubeDns,
}

/// What a workload with a label of cluster DNS runs. CoreDNS took the label of kube-dns over.
fn labelled(workload: &Value) -> Option<Software> {
    let label = |key: &str| workload.pointer("/metadata/labels")?.get(key)?.as_str();
    if label("kubernetes.io/name") != Some("CoreDNS") && label("k8s-app") != Some(KUBE_DNS) {
        return None;
    }
    if !image(workload).is_empty() {
        return Some(Software::CoreDns);
    }
    let is_kube_dns = name(workload).starts_with(KUBE_DNS)
        || items(workload, "/spec/template/spec/containers")
            .iter()
            .any(|one| text(one, "/name") == "kubedns");
    is_kube_dns.then_some(Software::KubeDns)
}

/// What CoreDNS is called, Deployment and `ConfigMap` alike; the second by RKE2.
const CORE_DNS: [&str; 2] = ["coredns", "rke2-coredns-rke2-coredns"];
/// What AKS lets its users write.
pub(super) const CUSTOM: &str = "coredns-custom";
/// Deployment, `ConfigMap` and label of kube-dns.
pub(super) const KUBE_DNS: &str = "kube-dns";
/// The key of the text.
pub(super) const COREFILE: &str = "Corefile";
