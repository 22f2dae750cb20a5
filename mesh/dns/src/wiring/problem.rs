//! Why nothing can be changed, in words for whoever runs the cluster.

use thiserror::Error;

use super::corefile::CorefileError;
use super::openshift::OperatorError;
use super::stubs::StubError;

/// Why the DNS of the cluster stays as it is. The words are those of Traefik Mesh where it has the same problem.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// There is no DNS that we know.
    #[error(
        "unable to find suitable DNS provider: no supported DNS service available for installing traefik mesh"
    )]
    NoProvider,
    /// This CoreDNS cannot be configured.
    #[error("unable to find suitable DNS provider: unsupported CoreDNS version {0:?}")]
    TooOld(String),
    /// CoreDNS runs, and what it is configured with was not found.
    #[error("unable to configure CoreDNS: unable to find CoreDNS configmap in namespace {0:?}")]
    NoConfigMap(String),
    /// Its Corefile stays as it is.
    #[error("unable to configure CoreDNS: {0}")]
    Corefile(#[from] CorefileError),
    /// The stub domains of kube-dns stay as they are.
    #[error("unable to configure KubeDNS: {0}")]
    Stubs(#[from] StubError),
    /// The servers of OpenShift's operator stay as they are.
    #[error("unable to configure the DNS operator of OpenShift: {0}")]
    Operator(#[from] OperatorError),
    /// A namespace or domain that cannot be written into a configuration.
    #[error("{0:?} is no name of DNS")]
    NotAName(String),
}
