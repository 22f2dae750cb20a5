//! TLS towards clients: which certificate, which options, which hosts.

use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::peer::tls::{Authority, ClientOptions, Connector, Identity, ServerNameUse, Versions};
use windrose_kit::peer::{h2, wire::Wire};
use windrose_kit::soon;

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic, offering};

/// Certificates in the folder of a program: `exact`, `wild` and `fallback`.
struct Certificates {
    authority: Authority,
    exact: Identity,
    wild: Identity,
    fallback: Identity,
}

impl Certificates {
    fn new() -> Self {
        let authority = Authority::new("ca");
        let (exact, wild, fallback) = (
            authority.issue(&["exact.test"]),
            authority.issue(&["*.wild.test"]),
            authority.issue(&["fallback.test"]),
        );
        Self { authority, exact, wild, fallback }
    }

    /// Starts a program that has them all, with these options below `tls:`, indented by two.
    async fn serve(&self, server: &Server, options: &str) -> Gateway {
        let files = [
            ("exact.pem", self.exact.certificate_pem().to_owned()),
            ("exact.key", self.exact.key_pem()),
            ("wild.pem", self.wild.certificate_pem().to_owned()),
            ("wild.key", self.wild.key_pem()),
            ("fallback.pem", self.fallback.certificate_pem().to_owned()),
            ("fallback.key", self.fallback.key_pem()),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let text = configuration(&server.url(), EVERYTHING, options);
        Gateway::start(Setup { dynamic: &text, files: &files, ..Setup::default() }).await
    }
}

fn configuration(url: &str, routers: &[(&str, &str)], options: &str) -> String {
    let more = format!(
        "tls:\n  certificates:\n    - {{certFile: '${{dir}}/exact.pem', keyFile: '${{dir}}/exact.key'}}\n    \
         - {{certFile: '${{dir}}/wild.pem', keyFile: '${{dir}}/wild.key'}}\n  \
         stores: {{default: {{defaultCertificate: {{certFile: '${{dir}}/fallback.pem', \
         keyFile: '${{dir}}/fallback.key'}}}}}}\n{options}"
    );
    dynamic(&Http {
        routers,
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        transports: &[],
        more: &more,
    })
}

async fn shown(gateway: &Gateway, name: &str) -> Vec<u8> {
    let wire = offering(&[]).connect(gateway.addr(), name).await;
    wire.socket().peer_certificate().unwrap()
}

#[tokio::test]
async fn a_name_gets_its_certificate() {
    let server = Server::fixed("hello").await;
    let certificates = Certificates::new();
    let gateway = certificates.serve(&server, "").await;
    for (name, identity) in [
        ("exact.test", &certificates.exact),
        ("EXACT.test", &certificates.exact),
        ("a.wild.test", &certificates.wild),
        ("b.wild.test", &certificates.wild),
        ("wild.test", &certificates.fallback),
        ("a.b.wild.test", &certificates.fallback),
        ("other.test", &certificates.fallback),
    ] {
        assert_eq!(shown(&gateway, name).await, identity.certificate_der(), "{name}");
    }
    let nameless =
        Connector::new(ClientOptions { server_name: ServerNameUse::Withheld, ..ClientOptions::default() });
    let wire = nameless.connect(gateway.addr(), "any.test").await;
    assert_eq!(wire.socket().peer_certificate().unwrap(), certificates.fallback.certificate_der());
    let trusting =
        Connector::new(ClientOptions { trust: Some(&certificates.authority), ..ClientOptions::default() });
    let mut client = Client::connect_tls(gateway.addr(), &trusting, "exact.test").await;
    let response = client.get("exact.test", "/").await;
    assert_eq!(response.text(), "hello");
    assert_eq!(server.requests().last().unwrap().header("x-forwarded-proto"), Some("https"));
}

#[tokio::test]
async fn a_gateway_without_certificates_makes_one() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = Client::connect_tls(gateway.addr(), &offering(&[]), "any.test").await;
    assert_eq!(client.get("any.test", "/").await.text(), "hello");
    assert_eq!(shown(&gateway, "a.test").await, shown(&gateway, "b.test").await);
}

#[tokio::test]
async fn a_changed_certificate_is_shown_to_the_next_client() {
    let server = Server::fixed("hello").await;
    let mut certificates = Certificates::new();
    let gateway = certificates.serve(&server, "").await;
    assert_eq!(shown(&gateway, "exact.test").await, certificates.exact.certificate_der());
    let mut open = Client::connect_tls(gateway.addr(), &offering(&[]), "exact.test").await;

    certificates.exact = certificates.authority.issue(&["exact.test"]);
    gateway.folder().write("exact.key", certificates.exact.key_pem());
    gateway.folder().write("exact.pem", certificates.exact.certificate_pem());
    gateway.apply(&configuration(&server.url(), EVERYTHING, "")).await;
    assert_eq!(shown(&gateway, "exact.test").await, certificates.exact.certificate_der());
    assert_eq!(open.get("exact.test", "/").await.text(), "hello", "open connections go on");
}

#[tokio::test]
async fn options_set_the_lowest_version_and_the_ciphers() {
    let server = Server::fixed("hello").await;
    let certificates = Certificates::new();
    let old = Connector::new(ClientOptions { versions: Versions::Only12, ..ClientOptions::default() });
    let gateway = certificates.serve(&server, "").await;
    let wire = old.connect(gateway.addr(), "exact.test").await;
    assert_eq!(wire.socket().tls_version().as_deref(), Some("TLSv1_2"));
    let wire = offering(&[]).connect(gateway.addr(), "exact.test").await;
    assert_eq!(wire.socket().tls_version().as_deref(), Some("TLSv1_3"));

    let gateway = certificates.serve(&server, "  options: {default: {minVersion: VersionTLS13}}\n").await;
    let error = old.try_connect(gateway.addr(), "exact.test").await.unwrap_err();
    assert!(error.to_string().contains("ProtocolVersion"), "{error}");
    offering(&[]).connect(gateway.addr(), "exact.test").await;

    let suites = "  options: {default: {maxVersion: VersionTLS12, \
                  cipherSuites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}}\n";
    let gateway = certificates.serve(&server, suites).await;
    let error = old.try_connect(gateway.addr(), "exact.test").await.unwrap_err();
    assert!(error.to_string().contains("HandshakeFailure"), "the key is no RSA key: {error}");
}

#[tokio::test]
async fn strict_names_refuse_those_without_a_certificate() {
    let server = Server::fixed("hello").await;
    let certificates = Certificates::new();
    let gateway = certificates.serve(&server, "  options: {default: {sniStrict: true}}\n").await;
    for name in ["exact.test", "a.wild.test"] {
        offering(&[]).connect(gateway.addr(), name).await;
    }
    let error = offering(&[]).try_connect(gateway.addr(), "other.test").await.unwrap_err();
    assert!(error.to_string().contains("UnrecognisedName"), "{error}");
    let nameless =
        Connector::new(ClientOptions { server_name: ServerNameUse::Withheld, ..ClientOptions::default() });
    nameless.try_connect(gateway.addr(), "exact.test").await.unwrap_err();
}

#[tokio::test]
async fn options_belong_to_the_host_of_their_router() {
    let server = Server::fixed("hello").await;
    let certificates = Certificates::new();
    let gateway = certificates.serve(&server, "").await;
    let routers: &[(&str, &str)] = &[
        ("new", "{rule: 'Host(`exact.test`)', service: app, tls: {options: new}}"),
        ("old", "{rule: 'Host(`a.wild.test`)', service: app, tls: {}}"),
    ];
    let options = "  options: {new: {minVersion: VersionTLS13}}\n";
    gateway.apply(&configuration(&server.url(), routers, options)).await;
    let old = Connector::new(ClientOptions { versions: Versions::Only12, ..ClientOptions::default() });
    old.connect(gateway.addr(), "a.wild.test").await;
    old.try_connect(gateway.addr(), "exact.test").await.unwrap_err();

    // A connection accepted with one host's options cannot be used for another's.
    let mut client = Client::connect_tls(gateway.addr(), &offering(&[]), "a.wild.test").await;
    let response = client.get("exact.test", "/").await;
    assert_eq!((response.status(), response.text().as_str()), (421, "Misdirected Request\n"));
    assert_eq!(client.get("a.wild.test", "/").await.text(), "hello");
    let mut client = h2::Client::connect_tls(gateway.addr(), &offering(&["h2"]), "a.wild.test").await;
    assert_eq!(client.get("https://exact.test/").await.status, 421);
    let mut client = Client::connect_tls(gateway.addr(), &offering(&[]), "exact.test").await;
    assert_eq!(client.get("exact.test", "/").await.text(), "hello");
}

#[tokio::test]
async fn a_session_is_resumed() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    for versions in [Versions::Only12, Versions::Only13] {
        let connector = Connector::new(ClientOptions { versions, ..ClientOptions::default() });
        for _ in 0..3 {
            let mut client = Client::connect_tls(gateway.addr(), &connector, "a.test").await;
            assert_eq!(client.get("a.test", "/").await.text(), "hello");
        }
    }
}

#[tokio::test]
async fn requests_without_tls_do_not_reach_routers_with_it() {
    let server = Server::fixed("hello").await;
    let certificates = Certificates::new();
    let gateway = certificates.serve(&server, "").await;
    let routers: &[(&str, &str)] = &[("secure", "{rule: 'PathPrefix(`/`)', service: app, tls: {}}")];
    gateway.apply(&configuration(&server.url(), routers, "")).await;
    assert_eq!(gateway.client().await.get("exact.test", "/").await.status(), 404);
    let mut client = Client::connect_tls(gateway.addr(), &offering(&[]), "exact.test").await;
    assert_eq!(client.get("exact.test", "/").await.text(), "hello");
}

#[tokio::test]
async fn what_only_looks_like_tls_is_closed() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    for bytes in
        [&b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00"[..], b"\x16\x00\x00\x00\x00", b"\x16\xff\xff\xff\xff"]
    {
        let mut wire = Wire::connect(gateway.addr()).await;
        wire.send(bytes).await;
        wire.half_close().await;
        soon("the end", wire.read_rest()).await;
    }
    assert_eq!(gateway.client().await.get("a.test", "/").await.text(), "hello");
}

#[tokio::test]
async fn a_hello_in_pieces_is_understood() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with("transport: {respondingTimeouts: {readTimeout: 300ms}}", &server.url()).await;
    // One that never comes to its end is given up.
    let mut wire = Wire::connect(gateway.addr()).await;
    wire.send(b"\x16\x03\x01\x02\x00\x01").await;
    wire.expect_gone().await;
}
