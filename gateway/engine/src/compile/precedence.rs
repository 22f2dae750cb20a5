//! Whose router goes first when priorities are equal.

use windrose_config::static_config::Providers;

/// A provider's rank: the lower goes first.
pub(super) fn rank(providers: &Providers, provider: &str) -> u16 {
    let written = || providers.precedence.iter().map(|name| &***name);
    let found = if providers.precedence.is_empty() {
        DEFAULT.iter().position(|name| is(name, provider))
    } else {
        written().position(|name| is(name, provider))
    };
    found.and_then(|found| u16::try_from(found).ok()).unwrap_or(u16::MAX)
}

/// Whether a provider has this name, or is one of its namespaces (`nomad-east`).
fn is(name: &str, provider: &str) -> bool {
    provider.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The order of providers unless `providers.precedence` says otherwise.
const DEFAULT: [&str; 17] = [
    "kubernetesgateway",
    "kubernetescrd",
    "kubernetes",
    "kubernetesingressnginx",
    "swarm",
    "docker",
    "file",
    "redis",
    "knative",
    "consul",
    "consulcatalog",
    "nomad",
    "etcd",
    "ecs",
    "http",
    "zookeeper",
    "rest",
];
