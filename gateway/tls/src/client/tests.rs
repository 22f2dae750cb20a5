use rustls_pki_types::IpAddr;
use windrose_config::dynamic_config::{ServersTransport, SpiffePeer, TcpTransportTls, TlsKeyPair};
use windrose_config::redact::FileOrContent;

use super::*;
use crate::testing::{Authority, Failed, Issued, Pair, handshake, no_files};

/// A server that asks for a certificate and takes any.
fn server(issued: &Issued) -> Arc<rustls::ServerConfig> {
    use windrose_config::dynamic_config::{ClientAuth, TlsOptions as Written};
    let kind: Arc<str> = "RequestClientCert".into();
    let client_auth = ClientAuth { client_auth_type: kind.into(), ..ClientAuth::default() };
    let written = Written { client_auth, ..Written::default() };
    let tickets = crate::Tickets::new();
    let options = crate::TlsOptions::compile("o", &written, &no_files, &tickets).unwrap().value;
    let store = crate::CertStore::new(Vec::new(), Some(Arc::new(issued.certificate())));
    let acceptor = crate::Acceptor::new(Arc::new(store), crate::HostOptions::Use(options), []);
    acceptor.config_for(None, None).unwrap()
}

fn compile(written: &ServersTransport) -> Result<ClientTls, ClientTlsError> {
    ClientTls::compile(&written.into(), &no_files).map(|compiled| compiled.value)
}

fn trusting(authority: &Authority) -> ServersTransport {
    ServersTransport {
        root_cas: [FileOrContent::new(authority.pem.as_str())].into(),
        ..ServersTransport::default()
    }
}

fn connect(tls: &ClientTls, server: &Arc<rustls::ServerConfig>, host: &str) -> Result<Pair, Failed> {
    let name = tls.server_name(host).unwrap();
    handshake(tls.config(), server, &name.to_str())
}

fn is_invalid(result: &Result<Pair, Failed>) -> bool {
    matches!(result, Err(Failed::Client(rustls::Error::InvalidCertificate(_))))
}

#[test]
fn given_authorities_replace_the_systems() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = server(&authority.issue(&["backend", "10.0.0.7"]));
    let tls = compile(&trusting(&authority)).unwrap();
    for host in ["backend", "10.0.0.7"] {
        assert!(connect(&tls, &server, host).is_ok(), "{host}");
    }
    assert!(is_invalid(&connect(&tls, &server, "other")));
    assert!(is_invalid(&connect(&compile(&trusting(&stranger)).unwrap(), &server, "backend")));
    assert!(is_invalid(&connect(&compile(&ServersTransport::default()).unwrap(), &server, "backend")));
}

#[test]
fn a_self_signed_certificate_is_pinned_by_listing_it() {
    let pinned = Issued::self_signed(&["backend"], |_| {});
    let twin = Issued::self_signed(&["backend"], |_| {});
    let expired =
        Issued::self_signed(&["backend"], |params| params.not_after = rcgen::date_time_ymd(2001, 1, 1));
    let listing = |issued: &Issued| {
        let root_cas = [FileOrContent::new(issued.cert_pem.as_str())].into();
        compile(&ServersTransport { root_cas, ..ServersTransport::default() }).unwrap()
    };
    assert!(connect(&listing(&pinned), &server(&pinned), "backend").is_ok());
    assert!(is_invalid(&connect(&listing(&pinned), &server(&pinned), "other")), "its names hold");
    assert!(is_invalid(&connect(&listing(&pinned), &server(&twin), "backend")), "no other is trusted");
    assert!(is_invalid(&connect(&listing(&expired), &server(&expired), "backend")), "its dates hold");
}

#[test]
fn the_transports_name_goes_before_the_urls() {
    let authority = Authority::new();
    let server = server(&authority.issue(&["backend.internal"]));
    let written = ServersTransport { server_name: "backend.internal".into(), ..trusting(&authority) };
    let pair = connect(&compile(&written).unwrap(), &server, "10.0.0.7").unwrap();
    assert_eq!(pair.server.server_name(), Some("backend.internal"));
    let bad = ServersTransport { server_name: "not a name".into(), ..ServersTransport::default() };
    assert!(matches!(compile(&bad).unwrap_err(), ClientTlsError::ServerName(_)));
}

#[test]
fn hosts_of_urls_become_names() {
    let tls = compile(&ServersTransport::default()).unwrap();
    assert!(matches!(tls.server_name("my_service").unwrap(), ServerName::DnsName(_)));
    for host in ["[2001:db8::1]", "2001:db8::1", "192.0.2.1"] {
        assert!(matches!(
            tls.server_name(host).unwrap(),
            ServerName::IpAddress(IpAddr::V4(_) | IpAddr::V6(_))
        ));
    }
    for host in ["", "a b", "a.com:443"] {
        assert_eq!(tls.server_name(host).unwrap_err(), InvalidHost(host.to_owned()));
    }
}

#[test]
fn skipping_verification_takes_any_certificate() {
    let server = server(&Issued::new(&["whatever"]));
    let written = ServersTransport { insecure_skip_verify: true, ..ServersTransport::default() };
    assert!(connect(&compile(&written).unwrap(), &server, "backend").is_ok());
}

#[test]
fn demanded_names_are_verified_even_when_the_host_is_not() {
    const URI: &str = "spiffe://cluster/ns/a/sa/b";
    let (authority, stranger) = (Authority::new(), Authority::new());
    let demanding = |authority: &Authority, uri: &str| ServersTransport {
        insecure_skip_verify: true,
        peer_cert_uri: uri.into(),
        ..trusting(authority)
    };
    let peer = server(&authority.issue_with_uri(&["whatever"], URI));
    let connect = |written: &ServersTransport| connect(&compile(written).unwrap(), &peer, "backend");
    assert!(connect(&demanding(&authority, URI)).is_ok());
    assert!(is_invalid(&connect(&demanding(&authority, "spiffe://cluster/ns/a/sa/c"))));
    assert!(is_invalid(&connect(&demanding(&stranger, URI))), "the chain counts");
    let named = ServersTransport { insecure_skip_verify: false, ..demanding(&authority, URI) };
    assert!(is_invalid(&connect(&named)), "the host counts too unless skipped");
}

#[test]
fn one_of_the_listed_names_is_enough() {
    let authority = Authority::new();
    let peer = server(&authority.issue(&["Backend", "second"]));
    let listing = |names: &[(&str, &str)]| ServersTransport {
        peer_cert_sans: names
            .iter()
            .map(|&(kind, value)| PeerCertSan { kind: kind.into(), value: value.into() })
            .collect(),
        ..trusting(&authority)
    };
    let connect = |names: &[(&str, &str)]| connect(&compile(&listing(names)).unwrap(), &peer, "backend");
    assert!(connect(&[("URI", "spiffe://x/y"), ("DNSName", "SECOND")]).is_ok());
    assert!(is_invalid(&connect(&[("DNSName", "third"), ("URI", "second")])));
    let error = |kind, value| compile(&listing(&[(kind, value)])).unwrap_err();
    assert!(matches!(error("IP", "10.0.0.1"), ClientTlsError::PeerNameKind(_)));
    assert!(matches!(error("URI", ""), ClientTlsError::PeerNameEmpty(_)));
}

#[test]
fn certificates_are_shown_when_asked_for() {
    let authority = Authority::new();
    let identity = authority.issue(&["client"]);
    let pair = TlsKeyPair {
        cert_file: FileOrContent::new(identity.cert_pem.as_str()).into(),
        key_file: FileOrContent::new(identity.key_pem.as_str()).into(),
    };
    let written = ServersTransport { certificates: [pair.clone()].into(), ..trusting(&authority) };
    let server = server(&authority.issue(&["backend"]));
    let connected = connect(&compile(&written).unwrap(), &server, "backend").unwrap();
    assert_eq!(connected.server.peer_certificates().unwrap(), identity.chain());
    let swapped = TlsKeyPair { cert_file: pair.key_file, key_file: pair.cert_file };
    let broken = ServersTransport { certificates: [swapped].into(), ..written };
    let error = compile(&broken).unwrap_err();
    assert!(matches!(error, ClientTlsError::Certificate { position: 1, .. }), "{error}");
}

#[test]
fn the_certificate_shown_is_one_the_server_accepts() {
    let (first, second) = (Authority::named("first"), Authority::named("second"));
    let [first_cert, second_cert] =
        [&first, &second].map(|one| Arc::new(one.issue(&["client"]).certificate()));
    let (first_key, second_key) = (first_cert.certified_key(), second_cert.certified_key());
    let shown = Shown::new(vec![Arc::clone(&first_cert), Arc::clone(&second_cert)]);
    let schemes = provider().signature_verification_algorithms.supported_schemes();
    let resolve = |hints: &[&[u8]]| shown.resolve(hints, &schemes);
    assert!(Arc::ptr_eq(&resolve(&[]).unwrap(), &first_key));
    let subject = second.roots().subjects()[0].as_ref().to_vec();
    assert!(Arc::ptr_eq(&resolve(&[&subject]).unwrap(), &second_key));
    assert!(resolve(&[b"\x30\x00"]).is_none(), "no certificate of that authority");
    assert!(shown.resolve(&[], &[rustls::SignatureScheme::RSA_PSS_SHA256]).is_none());
}

#[test]
fn http_2_can_be_left_out() {
    let authority = Authority::new();
    let server = server(&authority.issue(&["backend"]));
    let both = compile(&trusting(&authority)).unwrap();
    let negotiated = |config: &Arc<ClientConfig>| {
        let pair = handshake(config, &server, "backend").unwrap();
        pair.client.alpn_protocol().map(<[u8]>::to_vec)
    };
    assert_eq!(negotiated(both.config()).as_deref(), Some(&b"h2"[..]));
    assert_eq!(negotiated(both.http1_config()).as_deref(), Some(&b"http/1.1"[..]));
    let off = compile(&ServersTransport { disable_http2: true, ..trusting(&authority) }).unwrap();
    assert_eq!(negotiated(off.config()).as_deref(), Some(&b"http/1.1"[..]));
    let raw = TcpTransportTls { root_cas: trusting(&authority).root_cas, ..TcpTransportTls::default() };
    let raw = ClientTls::compile(&(&raw).into(), &no_files).unwrap().value;
    assert_eq!(negotiated(raw.config()), None);
}

#[test]
fn sessions_resume_within_a_transport_only() {
    let authority = Authority::new();
    let server = server(&authority.issue(&["backend"]));
    let (one, two) = (compile(&trusting(&authority)).unwrap(), compile(&trusting(&authority)).unwrap());
    assert!(!connect(&one, &server, "backend").unwrap().resumed());
    assert!(connect(&one, &server, "backend").unwrap().resumed());
    assert!(handshake(one.http1_config(), &server, "backend").unwrap().resumed());
    assert!(!connect(&two, &server, "backend").unwrap().resumed());
}

#[test]
fn versions_come_in_pairs() {
    let versions = |min: &str, max: &str| {
        let (min_version, max_version) = (min.into(), max.into());
        compile(&ServersTransport { min_version, max_version, ..ServersTransport::default() })
    };
    assert!(matches!(versions("VersionTLS13", "").unwrap_err(), ClientTlsError::MinVersionAlone));
    assert!(versions("VersionTLS13", "VersionTLS13").is_ok());
    assert!(versions("", "VersionTLS12").is_ok());
    assert!(matches!(versions("", "VersionTLS11").unwrap_err(), ClientTlsError::Options(_)));
}

#[test]
fn spiffe_without_a_source_is_refused() {
    let written =
        ServersTransport { spiffe: Some(Box::new(SpiffePeer::default())), ..ServersTransport::default() };
    assert!(matches!(compile(&written).unwrap_err(), ClientTlsError::Spiffe));
}

#[test]
fn identity_follows_everything_written_and_read() {
    let (one, other) = (Authority::new(), Authority::new());
    let variants = [
        ServersTransport::default(),
        trusting(&one),
        trusting(&other),
        ServersTransport { insecure_skip_verify: true, ..trusting(&one) },
        ServersTransport { server_name: "a.com".into(), ..trusting(&one) },
        ServersTransport { peer_cert_uri: "spiffe://a/b".into(), ..trusting(&one) },
        ServersTransport { disable_http2: true, ..trusting(&one) },
        ServersTransport { max_version: "VersionTLS12".into(), ..trusting(&one) },
    ];
    let ids: Vec<_> = variants.iter().map(|written| compile(written).unwrap().id()).collect();
    let distinct: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    assert_eq!(compile(&variants[1]).unwrap().id(), ids[1]);
}
