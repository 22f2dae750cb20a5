//! The providers there are, and those that an install configuration asks for.
//!
//! One line of [`KINDS`] for each, and a feature of this crate for those with a client of their own. Options are read
//! here, so that a wrong one stops the start; whoever runs, checks or tests providers takes them from here.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use windrose_config::static_config::Loaded;
use windrose_config::{Problem, Source, StaticConfig, Tree};
use windrose_provider_file as file;
use windrose_providers_core::{Ready, Supervised, Wishes};

/// A provider that may be asked for.
pub struct Kind {
    /// Its name below `providers`.
    pub name: &'static str,
    /// Reads its options; one entry may give several providers.
    read: fn(&Asked<'_>) -> Outcome,
}

/// What providers share with the rest of the program.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// Has the files of the file provider read again.
    pub files: file::Reload,
    /// What providers want recorded.
    pub wishes: Wishes,
    /// What is sent to the REST provider.
    #[cfg(feature = "rest")]
    pub rest: windrose_provider_rest::Inlet,
    /// What is known of Kubernetes clusters.
    #[cfg(feature = "kubernetes")]
    pub clusters: windrose_provider_kubernetes::Clusters,
    /// What the controller of a mesh shows.
    #[cfg(feature = "mesh")]
    pub mesh: windrose_mesh_controller::Shown,
    /// What a node of a mesh counts.
    #[cfg(feature = "mesh")]
    pub counted: windrose_mesh_node::Counted,
}

/// One entry below `providers`.
struct Asked<'a> {
    options: &'a Tree,
    source: &'a Arc<Source>,
    settings: &'a StaticConfig,
    around: &'a Around,
}

type Outcome = Result<Vec<Ready>, Vec<Problem>>;

/// All there are.
pub static KINDS: &[Kind] = &[
    Kind { name: "file", read: |asked| file::ready(asked.options, asked.source, &asked.around.files) },
    #[cfg(feature = "docker")]
    Kind { name: "docker", read: |asked| windrose_provider_docker::ready(asked.options, asked.source) },
    #[cfg(feature = "docker")]
    Kind { name: "swarm", read: |asked| windrose_provider_docker::ready_swarm(asked.options, asked.source) },
    #[cfg(feature = "http")]
    Kind { name: "http", read: |asked| windrose_provider_http::ready(asked.options, asked.source) },
    #[cfg(feature = "redis")]
    Kind { name: "redis", read: |asked| windrose_provider_redis::ready(asked.options, asked.source) },
    #[cfg(feature = "consul")]
    Kind { name: "consul", read: |asked| windrose_provider_consul::ready_kv(asked.options, asked.source) },
    #[cfg(feature = "consul")]
    Kind {
        name: "consulCatalog",
        read: |asked| windrose_provider_consul::ready_catalog(asked.options, asked.source),
    },
    #[cfg(feature = "etcd")]
    Kind { name: "etcd", read: |asked| windrose_provider_etcd::ready(asked.options, asked.source) },
    #[cfg(feature = "zookeeper")]
    Kind { name: "zooKeeper", read: |asked| windrose_provider_zookeeper::ready(asked.options, asked.source) },
    #[cfg(feature = "nomad")]
    Kind { name: "nomad", read: |asked| windrose_provider_nomad::ready(asked.options, asked.source) },
    #[cfg(feature = "ecs")]
    Kind { name: "ecs", read: |asked| windrose_provider_ecs::ready(asked.options, asked.source) },
    #[cfg(feature = "rest")]
    Kind {
        name: "rest",
        read: |asked| windrose_provider_rest::ready(asked.options, asked.source, &asked.around.rest),
    },
    #[cfg(feature = "kubernetes")]
    Kind {
        name: "kubernetesCRD",
        read: |asked| {
            let Around { clusters, wishes, .. } = asked.around;
            let beside = (&asked.settings.servers_transport.transport(), wishes);
            windrose_provider_kubernetes::ready_crd(asked.options, asked.source, clusters, beside)
        },
    },
    #[cfg(feature = "kubernetes")]
    Kind {
        name: "kubernetesIngress",
        read: |asked| kubernetes(asked, windrose_provider_kubernetes::ready_ingress),
    },
    #[cfg(feature = "kubernetes")]
    Kind {
        name: "kubernetesIngressNGINX",
        read: |asked| kubernetes(asked, windrose_provider_kubernetes::ready_nginx),
    },
    #[cfg(feature = "mesh")]
    Kind {
        name: "meshController",
        read: |asked| windrose_mesh_controller::ready(asked.options, asked.source, &asked.around.mesh),
    },
    #[cfg(feature = "mesh")]
    Kind {
        name: "meshNode",
        read: |asked| windrose_mesh_node::ready(asked.options, asked.source, &asked.around.counted),
    },
];

#[cfg(feature = "kubernetes")]
fn kubernetes(
    asked: &Asked<'_>,
    read: fn(&Tree, &Arc<Source>, &windrose_provider_kubernetes::Clusters) -> Outcome,
) -> Outcome {
    read(asked.options, asked.source, &asked.around.clusters)
}

/// Whether a provider of an install configuration may say what is recorded.
#[must_use]
pub fn may_wish(settings: &StaticConfig) -> bool {
    settings.providers.find("kubernetesCRD").is_some()
}

/// What an install configuration asks for, its options read.
#[derive(Debug, Default)]
pub struct Providers(Vec<Ready>);

impl Providers {
    /// Reads the options of every provider that is switched on.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn read(loaded: &Loaded, around: &Around) -> Result<Self, Vec<Problem>> {
        let (all, problems) = Self::examine(loaded, around);
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }

    /// Reads as many of them as can be read, with what is wrong with the options of the others.
    #[must_use]
    pub fn examine(loaded: &Loaded, around: &Around) -> (Self, Vec<Problem>) {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        let source = &loaded.source;
        for provider in &loaded.config.providers.enabled {
            let Some(kind) = KINDS.iter().find(|kind| provider.name.eq_ignore_ascii_case(kind.name)) else {
                let problem = Problem::error(format!("there is no provider `{}`", provider.name));
                let length = provider.name.chars().count();
                problems.push(problem.at(source, provider.mark).spanning(length));
                continue;
            };
            let asked = Asked { options: &provider.options, source, settings: &loaded.config, around };
            match (kind.read)(&asked) {
                Ok(ready) => all.extend(ready),
                Err(wrong) => problems.extend(wrong),
            }
        }
        (Self(all), problems)
    }

    /// The names that qualify what they declare.
    pub fn names(&self) -> impl Iterator<Item = Arc<str>> {
        self.0.iter().map(|ready| Arc::clone(ready.name()))
    }

    /// The providers to keep running.
    pub fn supervised(self) -> impl Iterator<Item = Supervised> {
        self.0.into_iter().map(Ready::supervised)
    }
}

impl IntoIterator for Providers {
    type Item = Ready;
    type IntoIter = std::vec::IntoIter<Ready>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).finish_non_exhaustive()
    }
}
