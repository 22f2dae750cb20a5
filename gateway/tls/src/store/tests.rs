use super::*;
use crate::testing::Issued;

fn certificate(names: &[&str]) -> Arc<Certificate> {
    Arc::new(Issued::new(names).certificate())
}

#[test]
fn exact_then_wildcard_then_nothing() {
    let (wildcard, exact) = (certificate(&["*.example.com"]), certificate(&["www.example.com"]));
    let store = CertStore::new(vec![Arc::clone(&wildcard), Arc::clone(&exact)], None);
    assert!(Arc::ptr_eq(store.find("WWW.example.com.").unwrap(), &exact));
    assert!(Arc::ptr_eq(store.find("api.example.com").unwrap(), &wildcard));
    assert!(store.find("a.b.example.com").is_none());
    assert!(store.find("example.com").is_none());
}

#[test]
fn the_first_of_two_keeps_the_name() {
    let (first, second) = (certificate(&["a.com", "b.com"]), certificate(&["b.com", "c.com"]));
    let store = CertStore::new(vec![Arc::clone(&first), Arc::clone(&second)], None);
    assert!(Arc::ptr_eq(store.find("b.com").unwrap(), &first));
    assert!(Arc::ptr_eq(store.find("c.com").unwrap(), &second));
}

#[test]
fn a_common_name_never_hides_an_alternative_name() {
    let old = Arc::new(Issued::with_common_name("a.com", &["b.com"]).certificate());
    let proper = certificate(&["a.com"]);
    let store = CertStore::new(vec![Arc::clone(&old), Arc::clone(&proper)], None);
    assert!(Arc::ptr_eq(store.find("a.com").unwrap(), &proper));
    let alone = CertStore::new(vec![Arc::clone(&old)], None);
    assert!(Arc::ptr_eq(alone.find("a.com").unwrap(), &old));
}

#[test]
fn addresses_are_names_too() {
    let address = certificate(&["192.0.2.7", "2001:db8::7"]);
    let store = CertStore::new(vec![address], None);
    assert!(store.find_address("192.0.2.7".parse().unwrap()).is_some());
    assert!(store.find_address("::ffff:192.0.2.7".parse().unwrap()).is_some());
    assert!(store.find_address("2001:db8::7".parse().unwrap()).is_some());
    assert!(store.find_address("192.0.2.8".parse().unwrap()).is_none());
}

#[test]
fn the_given_default_goes_before_the_made_one() {
    let given = certificate(&["fallback.com"]);
    let store = CertStore::new(Vec::new(), Some(Arc::clone(&given)));
    assert!(Arc::ptr_eq(store.default_certificate().unwrap(), &given));
    assert!(store.find("fallback.com").is_none(), "the default is not looked up by name");
    let made = CertStore::default();
    let facts = made.default_certificate().unwrap().facts();
    assert_eq!(facts.subject.common_name, "TRAEFIK DEFAULT CERT");
}
