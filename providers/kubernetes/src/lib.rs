//! The providers that follow a Kubernetes cluster: our own kinds (`kubernetescrd`) and Ingresses (`kubernetes`).
//!
//! One set of watches ([`watch`]) keeps what is used of each object ([`objects`]); a pure translation ([`translate`])
//! makes routing and verdicts of it; a provider publishes both. Must not know the engine.

pub mod client;
pub mod objects;
pub mod options;
mod provider;
mod ready;
pub mod translate;
pub mod watch;

pub use options::{CrdOptions, IngressOptions};
pub use provider::KubernetesProvider;
pub use ready::{Clusters, ready_crd, ready_ingress};

/// The name that qualifies what objects of our own kinds declare.
pub const CRD: &str = "kubernetescrd";
/// The name that qualifies what Ingresses declare.
pub const INGRESS: &str = "kubernetes";
