//! The input: one form for the transports of HTTP and TCP, and for whoever else speaks TLS to a server.

use windrose_config::dynamic_config::{PeerCertSan, ServersTransport, TcpTransportTls, TlsKeyPair};
use windrose_config::redact::FileOrContent;
use windrose_config::static_config::ClientTls;

/// TLS settings as written, borrowed from wherever they were. Empty texts and lists count as not written.
#[derive(Debug, Clone, Default)]
pub struct ClientTlsOptions<'a> {
    /// Name to ask for and to verify, in place of the host of the URL.
    pub server_name: &'a str,
    /// Take any certificate. The names of `peer_cert_uri` and `peer_cert_sans` are verified nevertheless, and then
    /// the chain too.
    pub insecure_skip_verify: bool,
    /// Authorities in place of the system's.
    pub root_cas: Vec<&'a FileOrContent>,
    /// Whether those of the system are trusted beside them.
    pub system_too: bool,
    /// Certificates to show, each with its key.
    pub certificates: Vec<(&'a FileOrContent, &'a FileOrContent)>,
    /// Names of cipher suites.
    pub cipher_suites: Vec<&'a str>,
    /// Smallest version; needs the largest.
    pub min_version: &'a str,
    /// Largest version.
    pub max_version: &'a str,
    /// What to speak inside.
    pub offer: Offer,
    /// URI the server's certificate must carry.
    pub peer_cert_uri: &'a str,
    /// Names of which the server's certificate must carry one.
    pub peer_cert_sans: &'a [PeerCertSan],
    /// Whether trust by SPIFFE is asked for.
    pub spiffe: bool,
}

/// Which protocols are offered to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Offer {
    /// HTTP/2, then HTTP/1.1.
    #[default]
    Http,
    /// HTTP/1.1 only.
    Http1,
    /// No negotiation: the bytes inside are not HTTP, or not ours.
    Nothing,
}

impl Offer {
    pub(super) fn protocols(self) -> Vec<Vec<u8>> {
        match self {
            Self::Http => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Self::Http1 => vec![b"http/1.1".to_vec()],
            Self::Nothing => Vec::new(),
        }
    }

    pub(super) fn without_http2(self) -> Self {
        match self {
            Self::Http => Self::Http1,
            other => other,
        }
    }
}

impl<'a> From<&'a ServersTransport> for ClientTlsOptions<'a> {
    fn from(written: &'a ServersTransport) -> Self {
        Self {
            server_name: &written.server_name,
            insecure_skip_verify: written.insecure_skip_verify,
            root_cas: written.root_cas.iter().collect(),
            system_too: false,
            certificates: pairs(&written.certificates),
            cipher_suites: written.cipher_suites.iter().map(AsRef::as_ref).collect(),
            min_version: &written.min_version,
            max_version: &written.max_version,
            offer: if written.disable_http2 { Offer::Http1 } else { Offer::Http },
            peer_cert_uri: &written.peer_cert_uri,
            peer_cert_sans: &written.peer_cert_sans,
            spiffe: written.spiffe.is_some(),
        }
    }
}

impl<'a> From<&'a TcpTransportTls> for ClientTlsOptions<'a> {
    fn from(written: &'a TcpTransportTls) -> Self {
        Self {
            server_name: &written.server_name,
            insecure_skip_verify: written.insecure_skip_verify,
            root_cas: written.root_cas.iter().collect(),
            certificates: pairs(&written.certificates),
            offer: Offer::Nothing,
            peer_cert_uri: &written.peer_cert_uri,
            peer_cert_sans: &written.peer_cert_sans,
            spiffe: written.spiffe.is_some(),
            ..Self::default()
        }
    }
}

impl<'a> From<&'a ClientTls> for ClientTlsOptions<'a> {
    fn from(written: &'a ClientTls) -> Self {
        let is_there = |one: &&FileOrContent| !one.is_empty();
        Self {
            insecure_skip_verify: written.insecure_skip_verify,
            root_cas: Some(&written.ca).into_iter().filter(is_there).collect(),
            certificates: Some((&written.cert, &written.key))
                .into_iter()
                .filter(|(cert, _)| is_there(cert))
                .collect(),
            offer: Offer::Nothing,
            ..Self::default()
        }
    }
}

fn pairs(written: &[TlsKeyPair]) -> Vec<(&FileOrContent, &FileOrContent)> {
    written.iter().map(|pair| (&pair.cert_file.value, &pair.key_file.value)).collect()
}
