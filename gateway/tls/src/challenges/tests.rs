//! Who is shown a proof, and who is not.

use std::sync::Arc;

use super::*;
use crate::testing::{Authority, client, handshake, no_files};
use crate::{Acceptor, CertStore, HostOptions, Refused, Tickets, TlsOptions};
use windrose_config::dynamic_config::TlsOptions as Written;

fn acceptor(challenges: &Arc<Challenges>) -> Acceptor {
    let options = TlsOptions::compile("default", &Written::default(), &no_files, &Tickets::new()).unwrap();
    Acceptor::new(Arc::new(CertStore::default()), HostOptions::Use(options.value), [])
        .proving(Arc::clone(challenges))
}

#[test]
fn only_a_hello_that_offers_nothing_else_asks_for_a_proof() {
    let challenges = Arc::new(Challenges::new());
    let acceptor = acceptor(&challenges);
    let asks = |alpn: &[&'static [u8]]| acceptor.proof_for(Some("a.test"), alpn.iter().copied());
    assert!(asks(&[]).is_none());
    assert!(asks(&[b"h2"]).is_none());
    assert!(asks(&[PROTOCOL, b"h2"]).is_none());
    assert_eq!(asks(&[PROTOCOL]).unwrap().unwrap_err(), Refused::UnknownName);
}

#[test]
fn a_proof_is_shown_for_its_name_in_any_spelling_and_for_no_other() {
    let authority = Authority::new();
    let challenges = Arc::new(Challenges::new());
    let acceptor = acceptor(&challenges);
    let issued = authority.issue(&["a.test"]);
    challenges.show("a.test", issued.cert_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();
    let config = acceptor.proof_for(Some("A.test."), [PROTOCOL].into_iter()).unwrap().unwrap();
    let mut asking = client(&authority, None);
    asking.alpn_protocols = vec![PROTOCOL.to_vec()];
    let done = handshake(&Arc::new(asking), &config, "a.test").unwrap();
    assert_eq!(done.client.alpn_protocol(), Some(PROTOCOL));
    for other in [Some("b.test"), Some("x.a.test"), None] {
        assert!(acceptor.proof_for(other, [PROTOCOL].into_iter()).unwrap().is_err(), "{other:?}");
    }
    challenges.hide("a.test");
    assert!(acceptor.proof_for(Some("a.test"), [PROTOCOL].into_iter()).unwrap().is_err());
}

#[test]
fn an_address_is_asked_for_by_its_reverse_name() {
    assert_eq!(&*asked("192.0.2.1"), "1.2.0.192.in-addr.arpa");
    let expected = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
    assert_eq!(&*asked("2001:db8::1"), expected);
}
