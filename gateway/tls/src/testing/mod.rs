//! Certificates and handshakes for tests, all in memory.

use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use crate::certificate::{Certificate, load_certificate};
use crate::provider::provider;

/// No file exists.
pub(crate) fn no_files(_: &str) -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::NotFound.into())
}

/// An authority that signs for tests.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("test authority")
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        roots
    }

    pub(crate) fn issue(&self, names: &[&str]) -> Issued {
        self.issue_named(names.first().copied().unwrap_or("nobody"), names, &[])
    }

    pub(crate) fn issue_with_uri(&self, names: &[&str], uri: &str) -> Issued {
        self.issue_named(names.first().copied().unwrap_or("nobody"), names, &[uri])
    }

    fn issue_named(&self, common_name: &str, names: &[&str], uris: &[&str]) -> Issued {
        let names = names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let mut params = CertificateParams::new(names).unwrap();
        for uri in uris {
            params.subject_alt_names.push(SanType::URI((*uri).try_into().unwrap()));
        }
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Issued { cert_pem: certificate.pem(), key_pem: key.serialize_pem(), authority_pem: self.pem.clone() }
    }
}

/// A certificate with all that belongs to it.
pub(crate) struct Issued {
    pub(crate) cert_pem: String,
    pub(crate) key_pem: String,
    pub(crate) authority_pem: String,
}

impl Issued {
    pub(crate) fn new(names: &[&str]) -> Self {
        Authority::new().issue(names)
    }

    pub(crate) fn with_common_name(common_name: &str, names: &[&str]) -> Self {
        Authority::new().issue_named(common_name, names, &[])
    }

    /// A certificate that signs itself, as `openssl req -x509` makes it, once `change` has adjusted its contents.
    pub(crate) fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params =
            CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { cert_pem: pem.clone(), key_pem: key.serialize_pem(), authority_pem: pem }
    }

    pub(crate) fn certificate(&self) -> Certificate {
        load_certificate(self.cert_pem.as_bytes(), self.key_pem.as_bytes()).unwrap()
    }

    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![CertificateDer::from_pem_slice(self.cert_pem.as_bytes()).unwrap()]
    }

    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).unwrap()
    }
}

/// A client that trusts `authority` and offers h2 and http/1.1.
pub(crate) fn client(authority: &Authority, identity: Option<&Issued>) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(authority.roots());
    let mut config = match identity {
        Some(issued) => builder.with_client_auth_cert(issued.chain(), issued.key()).unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// Both ends of a finished handshake.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) client: ClientConnection,
    pub(crate) server: ServerConnection,
}

impl Pair {
    /// The leaf the client got.
    pub(crate) fn served(&self) -> CertificateDer<'static> {
        self.client.peer_certificates().unwrap()[0].clone().into_owned()
    }

    pub(crate) fn resumed(&self) -> bool {
        self.client.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }
}

/// Which side gave up first, and why.
#[derive(Debug)]
pub(crate) enum Failed {
    Client(rustls::Error),
    Server(rustls::Error),
}

pub(crate) fn handshake(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    name: &str,
) -> Result<Pair, Failed> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::clone(client), name).map_err(Failed::Client)?;
    let mut server = ServerConnection::new(Arc::clone(server)).map_err(Failed::Server)?;
    loop {
        let mut moved = 0;
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        moved += bytes.len();
        feed(&bytes, |input| server.read_tls(input)).unwrap();
        server.process_new_packets().map_err(Failed::Server)?;
        bytes.clear();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        moved += bytes.len();
        feed(&bytes, |input| client.read_tls(input)).unwrap();
        client.process_new_packets().map_err(Failed::Client)?;
        if moved == 0 {
            assert!(!client.is_handshaking() && !server.is_handshaking(), "handshake stalled");
            return Ok(Pair { client, server });
        }
    }
}

fn feed(mut bytes: &[u8], mut read: impl FnMut(&mut dyn io::Read) -> io::Result<usize>) -> io::Result<()> {
    while !bytes.is_empty() {
        read(&mut bytes)?;
    }
    Ok(())
}
