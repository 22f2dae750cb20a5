use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{AlertDescription, CipherSuite, ClientConfig, SupportedProtocolVersion};
use windrose_config::dynamic_config::{ClientAuth, TlsOptions as Written};
use windrose_config::redact::FileOrContent;
use windrose_wire::client_hello::{Outcome, ServerName};

use super::*;
use crate::certificate::Certificate;
use crate::provider::provider;
use crate::testing::{Authority, Failed, Pair, client, handshake, no_files};

struct Bench {
    authority: Authority,
    tickets: Tickets,
}

impl Bench {
    fn new() -> Self {
        Self { authority: Authority::new(), tickets: Tickets::new() }
    }

    fn certificate(&self, names: &[&str]) -> Arc<Certificate> {
        Arc::new(self.authority.issue(names).certificate())
    }

    fn store(&self, names: &[&[&str]]) -> Arc<CertStore> {
        Arc::new(CertStore::new(names.iter().map(|names| self.certificate(names)).collect(), None))
    }

    fn options(&self, name: &str, written: &Written) -> HostOptions {
        let compiled = TlsOptions::compile(name, written, &no_files, &self.tickets).unwrap();
        HostOptions::Use(compiled.value)
    }

    fn default_acceptor(&self, store: Arc<CertStore>) -> Acceptor {
        Acceptor::new(store, self.options("default", &Written::default()), [])
    }

    fn client(&self) -> Arc<ClientConfig> {
        Arc::new(client(&self.authority, None))
    }

    fn client_speaking(&self, version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
        self.client_offering(version, |_| true)
    }

    fn client_offering(
        &self,
        version: &'static SupportedProtocolVersion,
        suite: impl Fn(CipherSuite) -> bool,
    ) -> Arc<ClientConfig> {
        let mut crypto = CryptoProvider::clone(provider());
        crypto.cipher_suites.retain(|known| suite(known.suite()));
        let config = ClientConfig::builder_with_provider(Arc::new(crypto))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(self.authority.roots())
            .with_no_client_auth();
        Arc::new(config)
    }
}

fn connect(acceptor: &Acceptor, client: &Arc<ClientConfig>, name: &str) -> Result<Pair, Failed> {
    handshake(client, &acceptor.config_for(Some(name), None).unwrap(), name)
}

fn named(name: &str) -> windrose_config::dynamic_config::Name {
    Arc::<str>::from(name).into()
}

#[test]
fn exact_wildcard_and_default_certificates_are_served() {
    let bench = Bench::new();
    let (wildcard, exact) = (bench.certificate(&["*.a.com"]), bench.certificate(&["www.a.com"]));
    let default = bench.certificate(&["other.com"]);
    let store = CertStore::new(vec![Arc::clone(&wildcard), Arc::clone(&exact)], Some(Arc::clone(&default)));
    let acceptor = bench.default_acceptor(Arc::new(store));
    for (name, expected) in
        [("www.a.com", &exact), ("WWW.A.COM", &exact), ("api.a.com", &wildcard), ("other.com", &default)]
    {
        let pair = connect(&acceptor, &bench.client(), name).unwrap();
        assert_eq!(pair.served(), expected.chain()[0], "{name}");
        assert_eq!(pair.server.alpn_protocol(), Some(&b"h2"[..]));
    }
}

#[test]
fn a_self_signed_certificate_is_served_when_none_was_given() {
    let bench = Bench::new();
    let acceptor = bench.default_acceptor(Arc::default());
    let careless = crate::ClientTlsOptions { insecure_skip_verify: true, ..Default::default() };
    let careless = crate::ClientTls::compile(&careless, &no_files).unwrap().value;
    let pair = connect(&acceptor, careless.config(), "a.com").unwrap();
    assert_eq!(pair.served(), acceptor.store().default_certificate().unwrap().chain()[0]);
    let error = connect(&acceptor, &bench.client(), "a.com").unwrap_err();
    assert!(matches!(error, Failed::Client(rustls::Error::InvalidCertificate(_))), "{error:?}");
}

#[test]
fn strict_names_are_refused_with_the_right_alert() {
    let bench = Bench::new();
    let strict = bench.options("default", &Written { sni_strict: true, ..Written::default() });
    let acceptor = Acceptor::new(bench.store(&[&["a.com"], &["192.0.2.1"]]), strict, []);
    assert!(acceptor.config_for(Some("A.com."), None).is_ok());
    assert!(acceptor.config_for(None, Some("192.0.2.1".parse().unwrap())).is_ok());
    for (name, local) in [(Some("b.com"), None), (None, None), (None, Some("192.0.2.2".parse().unwrap()))] {
        assert_eq!(acceptor.config_for(name, local).unwrap_err(), Refused::UnknownName);
    }
    let name = rustls_pki_types::ServerName::try_from("b.com").unwrap();
    let mut client = rustls::ClientConnection::new(bench.client(), name).unwrap();
    client.read_tls(&mut &Refused::UnknownName.alert()[..]).unwrap();
    let error = client.process_new_packets().unwrap_err();
    assert_eq!(error, rustls::Error::AlertReceived(AlertDescription::UnrecognisedName));
}

#[test]
fn strict_also_holds_inside_the_handshake() {
    let bench = Bench::new();
    let strict = bench.options("default", &Written { sni_strict: true, ..Written::default() });
    let acceptor = Acceptor::new(bench.store(&[&["a.com"]]), strict, []);
    let config = acceptor.config_for(Some("a.com"), None).unwrap();
    let error = handshake(&bench.client(), &config, "b.com").unwrap_err();
    assert!(matches!(error, Failed::Server(_)), "{error:?}");
}

#[test]
fn a_client_without_name_gets_the_certificate_of_the_address() {
    let bench = Bench::new();
    let acceptor = bench.default_acceptor(bench.store(&[&["a.com"], &["192.0.2.1"]]));
    let config = acceptor.config_for(None, Some("192.0.2.1".parse().unwrap())).unwrap();
    let pair = handshake(&bench.client(), &config, "192.0.2.1").unwrap();
    let expected = acceptor.store().find_address("192.0.2.1".parse().unwrap()).unwrap();
    assert_eq!(pair.served(), expected.chain()[0]);
}

#[test]
fn sessions_resume_across_a_change_of_certificates() {
    let bench = Bench::new();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = bench.client_speaking(version);
        let before = bench.default_acceptor(bench.store(&[&["a.com"]]));
        let first = connect(&before, &client, "a.com").unwrap();
        assert!(!first.resumed());
        assert!(connect(&before, &client, "a.com").unwrap().resumed(), "{version:?}");
        // A reload compiles everything anew while the old generation is still in use.
        let after = bench.default_acceptor(bench.store(&[&["a.com"]]));
        assert!(connect(&after, &client, "a.com").unwrap().resumed(), "{version:?}");
        drop(before);
        let fresh = connect(&after, &bench.client_speaking(version), "a.com").unwrap();
        assert_ne!(fresh.served(), first.served(), "new clients see the new certificate");
    }
}

#[test]
fn sessions_never_cross_option_sets() {
    let bench = Bench::new();
    let other = Written { alpn_protocols: ["h2".into(), "http/1.1".into()].into(), ..Written::default() };
    let acceptor = Acceptor::new(
        bench.store(&[&["a.com", "b.com", "c.com"]]),
        bench.options("default", &Written::default()),
        [("b.com".to_owned(), bench.options("other", &other))],
    );
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = bench.client_speaking(version);
        connect(&acceptor, &client, "a.com").unwrap();
        assert!(connect(&acceptor, &client, "a.com").unwrap().resumed());
        // The client itself keeps sessions by name, so the ticket is presented to the wrong option set by
        // answering for a.com with the configuration of b.com.
        let wrong = acceptor.config_for(Some("b.com"), None).unwrap();
        assert!(!handshake(&client, &wrong, "a.com").unwrap().resumed(), "{version:?}");
    }
}

#[test]
fn a_change_of_client_authorities_verifies_resuming_clients_again() {
    let bench = Bench::new();
    let next = Authority::new();
    let demanding = |authority: &Authority| Written {
        client_auth: ClientAuth {
            ca_files: [FileOrContent::new(authority.pem.as_str()).into()].into(),
            ..ClientAuth::default()
        },
        ..Written::default()
    };
    let identity = bench.authority.issue(&["client"]);
    let store = bench.store(&[&["a.com"]]);
    let client = Arc::new(client(&bench.authority, Some(&identity)));
    let before = bench.options("default", &demanding(&bench.authority));
    let before = Acceptor::new(Arc::clone(&store), before, []);
    connect(&before, &client, "a.com").unwrap();
    let resumed = connect(&before, &client, "a.com").unwrap();
    assert!(resumed.resumed() && resumed.server.peer_certificates().is_some());
    let after = Acceptor::new(store, bench.options("default", &demanding(&next)), []);
    assert_ne!(before.options_id("a.com"), after.options_id("a.com"));
    let error = connect(&after, &client, "a.com").unwrap_err();
    assert!(matches!(error, Failed::Server(_)), "{error:?}");
}

#[test]
fn disabled_tickets_resume_nothing() {
    let bench = Bench::new();
    let off = Written { disable_session_tickets: true, ..Written::default() };
    let acceptor = Acceptor::new(bench.store(&[&["a.com"]]), bench.options("default", &off), []);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = bench.client_speaking(version);
        for _ in 0..2 {
            assert!(!connect(&acceptor, &client, "a.com").unwrap().resumed());
        }
    }
}

#[test]
fn ticket_keys_go_with_their_last_user() {
    let bench = Bench::new();
    let (first, second) = (bench.options("a", &Written::default()), bench.options("a", &Written::default()));
    let HostOptions::Use(options) = &first else { panic!("options expected") };
    let key = |id| Arc::as_ptr(&bench.tickets.for_options(id).unwrap()).cast::<u8>();
    let (id, in_use) = (options.id(), key(options.id()));
    drop(first);
    assert_eq!(key(id), in_use, "the second user holds it");
    drop(second);
    let held = bench.tickets.for_options(id).unwrap();
    assert_eq!(Arc::strong_count(&held), 1, "made anew");
}

#[test]
fn versions_suites_and_protocols_are_enforced() {
    use rustls::version::{TLS12, TLS13};
    let bench = Bench::new();
    let store = bench.store(&[&["a.com"]]);
    let acceptor =
        |written: &Written| Acceptor::new(Arc::clone(&store), bench.options("default", written), []);
    let refuses = |written: &Written, client: &Arc<ClientConfig>| {
        matches!(connect(&acceptor(written), client, "a.com"), Err(Failed::Server(_)))
    };
    let only_13 = Written { min_version: named("VersionTLS13"), ..Written::default() };
    let only_12 = Written { max_version: named("VersionTLS12"), ..Written::default() };
    assert!(refuses(&only_13, &bench.client_speaking(&TLS12)));
    assert!(!refuses(&only_13, &bench.client_speaking(&TLS13)));
    assert!(refuses(&only_12, &bench.client_speaking(&TLS13)));
    assert!(!refuses(&only_12, &bench.client_speaking(&TLS12)));

    let name = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    let suite = Written { cipher_suites: [named(name)].into(), ..Written::default() };
    let offering = |wanted| bench.client_offering(&TLS12, move |suite| suite == wanted);
    assert!(refuses(&suite, &offering(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)));
    assert!(!refuses(&suite, &offering(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)));

    let unusual = Written { alpn_protocols: ["h3".into()].into(), ..Written::default() };
    let error = connect(&acceptor(&unusual), &bench.client(), "a.com").unwrap_err();
    assert!(matches!(error, Failed::Server(rustls::Error::NoApplicationProtocol)), "{error:?}");
}

#[test]
fn hosts_and_requests_are_looked_up_alike() {
    let bench = Bench::new();
    let strict = Written { min_version: named("VersionTLS13"), ..Written::default() };
    let guarded = bench.options("guarded", &strict);
    let acceptor = Acceptor::new(
        bench.store(&[&["*.a.com"]]),
        bench.options("default", &Written::default()),
        [
            ("*.a.com".to_owned(), guarded.clone()),
            ("broken.a.com".to_owned(), HostOptions::Refuse),
            ("PUBLIC.a.com".to_owned(), bench.options("default", &Written::default())),
        ],
    );
    let HostOptions::Use(guarded) = guarded else { panic!("options expected") };
    for spelling in ["secret.a.com", "SECRET.A.com", "secret.a.com."] {
        assert_eq!(acceptor.options_id(spelling), guarded.id(), "{spelling}");
    }
    assert_eq!(acceptor.options_id("public.a.com"), acceptor.options_id(""));
    assert_eq!(acceptor.options_id("x.secret.a.com"), acceptor.options_id(""));
    assert_ne!(acceptor.options_id(""), guarded.id());
    assert_eq!(acceptor.options_id("broken.a.com"), OptionsId::REFUSED);
    let refused = acceptor.config_for(Some("Broken.a.com."), None).unwrap_err();
    assert_eq!((refused, refused.alert()[6]), (Refused::BrokenOptions, 40));
    let client = bench.client_speaking(&rustls::version::TLS12);
    assert!(connect(&acceptor, &client, "public.a.com").is_ok());
    assert!(connect(&acceptor, &client, "secret.a.com").is_err());
}

#[test]
fn one_configuration_per_option_set() {
    let bench = Bench::new();
    let options = || bench.options("shared", &Written::default());
    let hosts = ["a.com", "b.com"].map(|host| (host.to_owned(), options()));
    let acceptor = Acceptor::new(Arc::default(), options(), hosts);
    let config = |name| acceptor.config_for(name, None).unwrap();
    assert!(Arc::ptr_eq(&config(Some("a.com")), &config(Some("b.com"))));
    assert!(Arc::ptr_eq(&config(Some("a.com")), &config(None)));
}

/// A hello with `name` put in the place of a host name of the same length, by the bytes.
fn hello_naming(name: &[u8]) -> Vec<u8> {
    let stand_in = (0..name.len()).map(|at| if at % 32 == 31 { '.' } else { 'x' }).collect::<String>();
    let stand_in =
        if stand_in.ends_with('.') { format!("{}xx", &stand_in[..stand_in.len() - 2]) } else { stand_in };
    let mut bytes = hello_bytes(&stand_in, Vec::new(), None);
    // Where a host name begins: its type and its length.
    let [.., high, low] = name.len().to_be_bytes();
    let entry = [&[0, high, low], stand_in.as_bytes()].concat();
    let at = bytes.windows(entry.len()).position(|window| window == entry).unwrap() + 3;
    bytes.splice(at..at + name.len(), name.iter().copied());
    bytes
}

/// If the TLS stack took one of these after all, they could be served as if the client had named nothing.
#[test]
fn what_no_host_is_called_ends_the_handshake_in_the_tls_stack() {
    let label = [b"a".repeat(64), b"example".to_vec()].join(&b'.');
    for name in [
        &b"localhost:18443"[..],
        b"*.example",
        b"a b",
        &label,
        "ü.example".as_bytes(),
        b"a-.example",
        b"-a.example",
        b"a.123",
    ] {
        let bytes = hello_naming(name);
        let unusable = match windrose_wire::client_hello::parse(&bytes) {
            Outcome::Hello(hello) => matches!(hello.server_name, ServerName::Unusable(_)),
            _ => false,
        };
        assert!(unusable, "{name:?}");
        assert_eq!(read_by_rustls(&bytes), None, "{name:?}");
    }
}

/// What rustls reads in the same bytes; `None` when it refuses them.
fn read_by_rustls(bytes: &[u8]) -> Option<(Option<String>, Vec<Vec<u8>>)> {
    let mut acceptor = rustls::server::Acceptor::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        acceptor.read_tls(&mut rest).ok()?;
        if let Some(accepted) = acceptor.accept().ok()? {
            let hello = accepted.client_hello();
            let protocols = hello.alpn().into_iter().flatten().map(<[u8]>::to_vec).collect();
            return Some((
                hello.server_name().map(|name| crate::names::normal(name).into_owned()),
                protocols,
            ));
        }
    }
    None
}

fn read_by_peeking(bytes: &[u8]) -> Option<(Option<String>, Vec<Vec<u8>>)> {
    match windrose_wire::client_hello::parse(bytes) {
        Outcome::Hello(hello) => {
            let protocols = hello.protocols().map(<[u8]>::to_vec).collect();
            match hello.server_name {
                // The stack must refuse these too, or it could read a name here.
                ServerName::Unusable(_) => None,
                name => Some((name.host().map(str::to_owned), protocols)),
            }
        }
        _ => None,
    }
}

fn hello_bytes(name: &str, protocols: Vec<Vec<u8>>, fragment: Option<usize>) -> Vec<u8> {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = protocols;
    config.max_fragment_size = fragment;
    let name = rustls_pki_types::ServerName::try_from(name.to_owned()).unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut bytes).unwrap();
    }
    bytes
}

proptest::proptest! {
    #![proptest_config(windrose_random::cases(256))]

    /// Both take the same names for names, and mean the same by them.
    #[test]
    fn peeking_and_handshaking_agree_on_any_name(
        name in "[a-zA-Z0-9_.:*-]{1,80}|[a-z0-9.-]{1,12}|[0-9a-f:.]{1,20}|([a-z0-9]{60,64}\\.){1,3}[a-z0-9]{0,3}",
    ) {
        let bytes = hello_naming(name.as_bytes());
        proptest::prop_assert_eq!(read_by_peeking(&bytes), read_by_rustls(&bytes));
    }

    /// The peeked name chooses the policy and the one rustls reads the certificate: they must be one.
    #[test]
    fn peeking_and_handshaking_read_the_same(
        name in "[a-zA-Z0-9_]{1,12}(\\.[a-zA-Z][a-zA-Z0-9]{0,12}){1,4}|192\\.0\\.2\\.[1-9]",
        protocols in proptest::collection::vec(proptest::collection::vec(proptest::prelude::any::<u8>(), 1..9), 0..5),
        fragment in proptest::option::of(32_usize..400),
        flips in proptest::collection::vec((0_usize..4000, proptest::prelude::any::<u8>()), 0..3),
    ) {
        let mut bytes = hello_bytes(&name, protocols, fragment);
        let whole = read_by_rustls(&bytes);
        proptest::prop_assert!(whole.is_some());
        proptest::prop_assert_eq!(read_by_peeking(&bytes), whole);
        for (at, value) in flips {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        // Damaged, peeking may refuse more than rustls does, but never read anything else.
        if let (Some(peeked), Some(read)) = (read_by_peeking(&bytes), read_by_rustls(&bytes)) {
            proptest::prop_assert_eq!(peeked, read);
        }
    }
}

#[test]
fn quic_has_the_same_options_but_for_its_protocol_and_is_refused_without_tls_13() {
    let bench = Bench::new();
    let old = Written { max_version: named("VersionTLS12"), ..Written::default() };
    let strict = Written { sni_strict: true, ..Written::default() };
    let hosts = [
        ("old.com".to_owned(), bench.options("old", &old)),
        ("strict.com".to_owned(), bench.options("strict", &strict)),
        ("broken.com".to_owned(), HostOptions::Refuse),
    ];
    let options = bench.options("default", &Written::default());
    let acceptor = Acceptor::new(bench.store(&[&["a.com"], &["old.com"]]), options, hosts);
    let config = acceptor.quic_config_for(Some("A.com"), None).unwrap();
    assert_eq!(config.alpn_protocols, [b"h3"]);
    assert_eq!(config.max_early_data_size, 0);
    assert!(acceptor.config_for(Some("old.com"), None).is_ok());
    for (name, refused) in [
        ("old.com", Refused::NoTls13),
        ("strict.com", Refused::UnknownName),
        ("broken.com", Refused::BrokenOptions),
    ] {
        assert_eq!(acceptor.quic_config_for(Some(name), None).unwrap_err(), refused, "{name}");
    }
    assert_eq!(Refused::NoTls13.description(), u8::from(AlertDescription::ProtocolVersion));
}
