//! The providers that follow a Kubernetes cluster: our own kinds (`kubernetescrd`), Ingresses (`kubernetes`), and those
//! written for ingress-nginx (`kubernetesingressnginx`).
//!
//! One set of watches ([`watch`]) keeps what is used of each object ([`objects`]); a pure translation ([`translate`])
//! makes routing and verdicts of it; a provider publishes both. Must not know the engine.

pub mod backup;
pub mod client;
pub mod diagnose;
pub mod lease;
pub mod objects;
pub mod options;
mod provider;
mod ready;
pub mod survey;
pub mod translate;
pub mod watch;

pub use options::{CrdOptions, IngressOptions, NginxOptions};
pub use provider::{KubernetesProvider, Recorder};
pub use ready::{Clusters, ready_crd, ready_ingress, ready_nginx};

/// The name that qualifies what objects of our own kinds declare.
pub const CRD: &str = "kubernetescrd";
/// The name that qualifies what Ingresses declare.
pub const INGRESS: &str = "kubernetes";
/// The name that qualifies what Ingresses of ingress-nginx declare.
pub const NGINX: &str = "kubernetesingressnginx";
