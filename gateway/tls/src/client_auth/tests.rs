use std::sync::Arc;

use windrose_config::dynamic_config::TlsOptions as WrittenOptions;
use windrose_config::redact::FileOrContent;

use super::*;
use crate::testing::{Authority, Failed, Issued, Pair, client, handshake, no_files};
use crate::{Acceptor, CertStore, HostOptions, Tickets, TlsOptions};

fn written(kind: &str, authorities: &[&Authority]) -> Written {
    Written {
        ca_files: authorities.iter().map(|one| FileOrContent::new(one.pem.as_str()).into()).collect(),
        client_auth_type: Arc::<str>::from(kind).into(),
    }
}

struct Bench {
    trusted: Authority,
    stranger: Authority,
}

/// What the client shows.
#[derive(Clone, Copy)]
enum Shows {
    Nothing,
    Trusted,
    Stranger,
}

impl Bench {
    fn new() -> Self {
        Self { trusted: Authority::new(), stranger: Authority::new() }
    }

    fn connect(&self, kind: &str, shows: Shows, version: &'static str) -> Result<Pair, Failed> {
        let authorities: &[&Authority] =
            if kind.contains("erify") || kind.is_empty() { &[&self.trusted] } else { &[] };
        let options = WrittenOptions {
            client_auth: written(kind, authorities),
            max_version: Arc::<str>::from(version).into(),
            ..WrittenOptions::default()
        };
        let options = TlsOptions::compile("o", &options, &no_files, &Tickets::new()).unwrap().value;
        let server = Arc::new(self.trusted.issue(&["a.com"]).certificate());
        let store = Arc::new(CertStore::new(vec![server], None));
        let acceptor = Acceptor::new(store, HostOptions::Use(options), []);
        let identity = match shows {
            Shows::Nothing => None,
            Shows::Trusted => Some(self.trusted.issue(&["client"])),
            Shows::Stranger => Some(self.stranger.issue(&["client"])),
        };
        let client = Arc::new(client(&self.trusted, identity.as_ref()));
        handshake(&client, &acceptor.config_for(Some("a.com"), None).unwrap(), "a.com")
    }
}

#[test]
fn each_kind_admits_whom_it_should() {
    use Shows::{Nothing, Stranger, Trusted};
    let bench = Bench::new();
    // Kind, and for each client: admitted, and seen with a certificate.
    let table = [
        ("NoClientCert", [Some(false), Some(false), Some(false)]),
        ("RequestClientCert", [Some(false), Some(true), Some(true)]),
        ("RequireAnyClientCert", [None, Some(true), Some(true)]),
        ("VerifyClientCertIfGiven", [Some(false), Some(true), None]),
        ("RequireAndVerifyClientCert", [None, Some(true), None]),
        ("", [None, Some(true), None]),
    ];
    for version in ["VersionTLS12", "VersionTLS13"] {
        for (kind, expected) in table {
            for (shows, expected) in [Nothing, Trusted, Stranger].into_iter().zip(expected) {
                let seen = match bench.connect(kind, shows, version) {
                    Ok(pair) => Some(pair.server.peer_certificates().is_some()),
                    Err(Failed::Server(_)) => None,
                    Err(Failed::Client(error)) => panic!("{kind} {version}: the client gave up: {error}"),
                };
                assert_eq!(seen, expected, "{kind} {version}");
            }
        }
    }
}

#[test]
fn mistakes_have_their_own_errors() {
    let error = |written: &Written| client_auth(&no_files, written).unwrap_err();
    assert!(matches!(error(&written("Sometimes", &[])), ClientAuthError::UnknownType(_)));
    for kind in ["VerifyClientCertIfGiven", "RequireAndVerifyClientCert"] {
        assert!(matches!(error(&written(kind, &[])), ClientAuthError::NoAuthorities(_)));
    }
    let missing = Written { ca_files: [FileOrContent::new("/missing").into()].into(), ..Written::default() };
    assert!(matches!(error(&missing), ClientAuthError::Authorities(_)));
    let none = Written { client_auth_type: Arc::<str>::from("NoClientCert").into(), ..missing };
    assert!(matches!(error(&none), ClientAuthError::Authorities(_)), "a broken list is never passed over");
}

#[test]
fn authorities_are_hinted_also_where_they_are_not_enforced() {
    let authority = Authority::new();
    let auth = client_auth(&no_files, &written("RequestClientCert", &[&authority])).unwrap();
    assert_eq!(auth.mode, Mode::Request);
    assert_eq!(auth.verifier.root_hint_subjects().len(), 1);
    assert!(!auth.verifier.client_auth_mandatory());
}

#[test]
fn a_self_signed_client_certificate_is_pinned_by_listing_it() {
    let pinned = Issued::self_signed(&["client"], |_| {});
    let twin = Issued::self_signed(&["client"], |_| {});
    let authority = Authority::new();
    let auth = Written {
        ca_files: [FileOrContent::new(pinned.cert_pem.as_str()).into()].into(),
        client_auth_type: Arc::<str>::from("RequireAndVerifyClientCert").into(),
    };
    let options = WrittenOptions { client_auth: auth, ..WrittenOptions::default() };
    let options = TlsOptions::compile("o", &options, &no_files, &Tickets::new()).unwrap().value;
    let store = CertStore::new(vec![Arc::new(authority.issue(&["a.com"]).certificate())], None);
    let acceptor = Acceptor::new(Arc::new(store), HostOptions::Use(options), []);
    let connect = |identity: Option<&Issued>| {
        let client = Arc::new(client(&authority, identity));
        handshake(&client, &acceptor.config_for(Some("a.com"), None).unwrap(), "a.com")
    };
    assert!(connect(Some(&pinned)).is_ok());
    assert!(matches!(connect(Some(&twin)), Err(Failed::Server(_))));
    assert!(matches!(connect(None), Err(Failed::Server(_))));
}

#[test]
fn authorities_name_those_whom_they_vouch_for_and_nobody_else() {
    let (ours, others) = (Authority::new(), Authority::new());
    let authorities = ClientAuthorities::new(&ours.pem).unwrap();
    let chain = |of: &Authority| -> Vec<Box<[u8]>> {
        of.issue(&["client"]).chain().iter().map(|one| Box::from(&**one)).collect()
    };
    assert!(authorities.common_name(&chain(&ours)).is_some());
    assert_eq!(authorities.common_name(&chain(&others)), None);
    assert_eq!(authorities.common_name(&[]), None);
    assert_eq!(authorities.common_name(&[Box::from(&b"nonsense"[..])]), None);
    assert!(ClientAuthorities::new("").is_err() && ClientAuthorities::new("/etc/passwd").is_err());
}
