//! The options under `providers.kubernetesCRD` and `providers.kubernetesIngress`.

mod nginx;
mod selector;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;
use windrose_config::dynamic_config::ServersTransport;
use windrose_config::redact::FileOrContent;
use windrose_config::{GoDuration, Located, Problem, Shape, Source, Tree, decode};
use windrose_providers_core::Wishes;

pub use nginx::NginxOptions;
pub use selector::{SelectorError, check as check_selector};

/// How the API server is reached, and what of it is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Reach {
    /// Where the API server listens; empty means what the surroundings say.
    pub endpoint: Arc<str>,
    /// A kubeconfig in place of the one that the surroundings name.
    pub kubeconfig: Arc<str>,
    /// Who we are, when the surroundings do not say so.
    pub token: FileOrContent,
    /// A file of authorities in place of the system's.
    pub ca_file: Arc<str>,
    /// The namespaces looked at; empty means all.
    pub namespaces: Box<[Arc<str>]>,
}

/// Which references one object may make to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Whether an object may name objects of other namespaces.
    pub cross_namespace: bool,
    /// Whether Services of type ExternalName are used.
    pub external_names: bool,
    /// Whether Services without endpoints are kept, which answer 503.
    pub empty_services: bool,
    /// The namespaces whose objects may name objects of other providers; `None` means all.
    pub cross_provider: Option<Box<[Arc<str>]>>,
    /// Whether the cluster's own balancing is used unless an object says otherwise.
    pub native_lb: bool,
    /// Whether objects without a namespace are looked at: nodes and ingress classes.
    pub cluster_scope: bool,
}

/// The options of `providers.kubernetesCRD`.
#[derive(Debug, Clone)]
pub struct CrdOptions {
    /// How the API server is reached.
    pub reach: Reach,
    /// Which references are followed.
    pub trust: Trust,
    /// The class whose objects are taken; empty means `traefik` and those without one.
    pub ingress_class: Arc<str>,
    /// What the labels of routing objects must satisfy, in Kubernetes' syntax.
    pub label_selector: Arc<str>,
    /// The least time between two looks at what has changed.
    pub throttle: GoDuration,
    /// The only namespace that may declare the default TLS options and store; empty means any.
    pub default_tls_namespace: Arc<str>,
    /// Whether names say which part of them is the namespace, so that no two objects can get the same one.
    pub safe_naming: bool,
    /// The only namespace that may say what is recorded of requests; empty means any.
    pub recording_namespace: Arc<str>,
    /// The transport of services that name none.
    pub transport: ServersTransport,
    /// Where it is said what is to be recorded.
    pub wishes: Wishes,
}

/// The options of `providers.kubernetesIngress`.
#[derive(Debug, Clone)]
pub struct IngressOptions {
    /// How the API server is reached.
    pub reach: Reach,
    /// Which references are followed.
    pub trust: Trust,
    /// The class whose objects are taken; empty means those of our controller.
    pub ingress_class: Arc<str>,
    /// What the labels of Ingresses must satisfy, in Kubernetes' syntax.
    pub label_selector: Arc<str>,
    /// The least time between two looks at what has changed.
    pub throttle: GoDuration,
    /// Whether a prefix ends at the end of a part of the path.
    pub strict_prefixes: bool,
    /// What is written into the status of Ingresses; `None` means nothing.
    pub published: Option<Published>,
}

/// The address that clients reach the gateway by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// That of a Service.
    Service {
        /// Its namespace.
        namespace: Arc<str>,
        /// Its name.
        name: Arc<str>,
    },
    /// This one.
    Fixed {
        /// An address, or empty.
        ip: Arc<str>,
        /// A name, or empty.
        hostname: Arc<str>,
    },
    /// These addresses and names.
    All(Box<[Arc<str>]>),
}

impl CrdOptions {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<WrittenCrd>()
    }

    /// Reads the options as they stand under `providers.kubernetesCRD`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: WrittenCrd = decode(options, source)?;
        check(&written.label_selector, options, source)?;
        Ok(Self {
            reach: Reach {
                endpoint: written.endpoint,
                kubeconfig: Arc::default(),
                token: written.token,
                ca_file: written.cert_auth_file_path,
                namespaces: written.namespaces,
            },
            trust: Trust {
                cross_namespace: written.allow_cross_namespace,
                external_names: written.allow_external_name_services,
                empty_services: written.allow_empty_services,
                cross_provider: written.cross_provider_namespaces,
                native_lb: written.native_lb_by_default,
                cluster_scope: !written.disable_cluster_scope_resources,
            },
            ingress_class: written.ingress_class,
            label_selector: written.label_selector.value,
            throttle: written.throttle_duration,
            default_tls_namespace: written.default_tls_resources_namespace,
            safe_naming: written.safe_naming,
            recording_namespace: written.recording_namespace,
            transport: ServersTransport::default(),
            wishes: Wishes::default(),
        })
    }
}

impl IngressOptions {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<WrittenIngress>()
    }

    /// Reads the options as they stand under `providers.kubernetesIngress`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: WrittenIngress = decode(options, source)?;
        check(&written.label_selector, options, source)?;
        let published = match &written.ingress_endpoint {
            Some(endpoint) => endpoint.published(options, source)?,
            None => None,
        };
        let cluster_scope = !written.disable_cluster_scope_resources && !written.disable_ingress_class_lookup;
        Ok(Self {
            reach: Reach {
                endpoint: written.endpoint,
                kubeconfig: Arc::default(),
                token: written.token,
                ca_file: written.cert_auth_file_path,
                namespaces: written.namespaces,
            },
            trust: Trust {
                cross_namespace: true,
                external_names: written.allow_external_name_services,
                empty_services: written.allow_empty_services,
                cross_provider: written.cross_provider_namespaces,
                native_lb: written.native_lb_by_default,
                cluster_scope,
            },
            ingress_class: written.ingress_class,
            label_selector: written.label_selector.value,
            throttle: written.throttle_duration,
            strict_prefixes: written.strict_prefix_matching,
            published,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WrittenCrd {
    endpoint: Arc<str>,
    token: FileOrContent,
    cert_auth_file_path: Arc<str>,
    namespaces: Box<[Arc<str>]>,
    label_selector: Located<Arc<str>>,
    throttle_duration: GoDuration,
    ingress_class: Arc<str>,
    allow_cross_namespace: bool,
    allow_external_name_services: bool,
    allow_empty_services: bool,
    #[serde(rename = "nativeLBByDefault")]
    native_lb_by_default: bool,
    disable_cluster_scope_resources: bool,
    cross_provider_namespaces: Option<Box<[Arc<str>]>>,
    #[serde(rename = "defaultTLSResourcesNamespace")]
    default_tls_resources_namespace: Arc<str>,
    recording_namespace: Arc<str>,
    safe_naming: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WrittenIngress {
    endpoint: Arc<str>,
    token: FileOrContent,
    cert_auth_file_path: Arc<str>,
    namespaces: Box<[Arc<str>]>,
    label_selector: Located<Arc<str>>,
    throttle_duration: GoDuration,
    ingress_class: Arc<str>,
    ingress_endpoint: Option<Endpoint>,
    allow_external_name_services: bool,
    allow_empty_services: bool,
    #[serde(rename = "nativeLBByDefault")]
    native_lb_by_default: bool,
    disable_cluster_scope_resources: bool,
    disable_ingress_class_lookup: bool,
    strict_prefix_matching: bool,
    cross_provider_namespaces: Option<Box<[Arc<str>]>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Endpoint {
    ip: Arc<str>,
    hostname: Arc<str>,
    published_service: Located<Arc<str>>,
}

impl Endpoint {
    /// traefik: a published service counts before an address.
    fn published(&self, options: &Tree, source: &Arc<Source>) -> Result<Option<Published>, Vec<Problem>> {
        if self.published_service.is_empty() {
            if self.ip.is_empty() && self.hostname.is_empty() {
                return Ok(None);
            }
            return Ok(Some(Published::Fixed { ip: self.ip.clone(), hostname: self.hostname.clone() }));
        }
        match self.published_service.split_once('/') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
                Ok(Some(Published::Service { namespace: namespace.into(), name: name.into() }))
            }
            _ => {
                let mark = or(self.published_service.mark, options);
                let message = "publishedService is no Service, write namespace/name";
                Err(vec![Problem::error(message).at(source, mark)])
            }
        }
    }
}

fn check(selector: &Located<Arc<str>>, options: &Tree, source: &Arc<Source>) -> Result<(), Vec<Problem>> {
    check_selector(selector).map_err(|error| {
        let message = format!("labelSelector cannot be used: {error}");
        vec![Problem::error(message).at(source, or(selector.mark, options))]
    })
}

fn or(mark: windrose_config::Mark, options: &Tree) -> windrose_config::Mark {
    if mark.line == 0 { options.mark } else { mark }
}
