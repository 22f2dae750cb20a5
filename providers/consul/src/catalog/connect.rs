//! The mesh: who we are in it, whom we trust, and how its services are reached.

use std::sync::Arc;

use serde::Deserialize;
use windrose_config::Located;
use windrose_config::dynamic_config::{ServersTransport, TcpServersTransport, TcpTransportTls, TlsKeyPair};
use windrose_config::redact::FileOrContent;
use windrose_providers_core::labels::normalize;

use super::instance::Entry;
use crate::api::{Consul, ConsulError, escaped};

/// Our certificate, and the authorities of the mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mesh {
    domain: String,
    roots: Vec<String>,
    certificate: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Roots {
    trust_domain: String,
    roots: Vec<Root>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Root {
    root_cert: String,
    #[serde(default)]
    intermediate_certs: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Leaf {
    #[serde(rename = "CertPEM")]
    certificate: String,
    #[serde(rename = "PrivateKeyPEM")]
    key: String,
}

impl Mesh {
    /// Asks the agent, which renews what it gives in time.
    pub(super) async fn of(consul: &Consul, service: &str) -> Result<Option<Self>, ConsulError> {
        let roots = consul.get::<Roots>("/v1/agent/connect/ca/roots", &[]).await?.value;
        let path = format!("/v1/agent/connect/ca/leaf/{}", escaped(service));
        let leaf = consul.get::<Leaf>(&path, &[]).await?.value;
        let (Some(roots), Some(leaf)) = (roots, leaf) else { return Ok(None) };
        let of_root = |root: Root| {
            let mut all = vec![root.root_cert];
            all.extend(root.intermediate_certs.unwrap_or_default());
            all
        };
        Ok(Some(Self {
            domain: roots.trust_domain,
            roots: roots.roots.into_iter().flat_map(of_root).collect(),
            certificate: leaf.certificate,
            key: leaf.key,
        }))
    }

    /// How servers of this service are reached over HTTP.
    pub(super) fn transport(&self, name: &str, entry: &Entry) -> ServersTransport {
        ServersTransport {
            server_name: (&*transport_name(name, entry)).into(),
            // Names in certificates of the mesh are URIs; chain and URI are verified all the same.
            insecure_skip_verify: true,
            root_cas: self.roots(),
            certificates: self.shown(),
            peer_cert_uri: self.uri(name, entry).into(),
            ..ServersTransport::default()
        }
    }

    /// How servers of this service are reached over TCP.
    pub(super) fn tcp_transport(&self, name: &str, entry: &Entry) -> TcpServersTransport {
        TcpServersTransport {
            tls: Some(Box::new(TcpTransportTls {
                server_name: transport_name(name, entry),
                insecure_skip_verify: true,
                root_cas: self.roots(),
                certificates: self.shown(),
                peer_cert_uri: self.uri(name, entry).into(),
                ..TcpTransportTls::default()
            })),
            ..TcpServersTransport::default()
        }
    }

    fn roots(&self) -> Box<[FileOrContent]> {
        self.roots.iter().map(|root| FileOrContent::new(root.as_str())).collect()
    }

    fn shown(&self) -> Box<[TlsKeyPair]> {
        let cert_file = Located::from(FileOrContent::new(self.certificate.as_str()));
        let key_file = Located::from(FileOrContent::new(self.key.as_str()));
        Box::new([TlsKeyPair { cert_file, key_file }])
    }

    /// What a server of this service has in its certificate.
    fn uri(&self, name: &str, entry: &Entry) -> String {
        let (domain, datacenter) = (&self.domain, &entry.node.datacenter);
        format!("spiffe://{domain}/ns/{}/dc/{datacenter}/svc/{name}", entry.namespace())
    }
}

/// The name of the transport to a service of the mesh. traefik: the same.
pub(super) fn transport_name(name: &str, entry: &Entry) -> Arc<str> {
    normalize(&format!("tls-{}-{}-{name}", entry.namespace(), entry.node.datacenter)).into()
}
