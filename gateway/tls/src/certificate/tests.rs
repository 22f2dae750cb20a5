use std::collections::HashSet;

use super::*;
use crate::testing::{Issued, no_files};

#[test]
fn reads_the_facts() {
    let issued = Issued::new(&["www.Example.com", "*.example.com", "192.0.2.7"]);
    let certificate = load_certificate(issued.cert_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();
    let facts = certificate.facts();
    assert_eq!(facts.names, ["www.example.com", "*.example.com", "192.0.2.7"]);
    assert_eq!(facts.subject.common_name, "www.Example.com");
    assert_eq!(facts.issuer.common_name, "test authority");
    assert_eq!((facts.key_type, facts.key_size), (KeyType::Ecdsa, 256));
    assert_eq!(facts.signature_algorithm, "ECDSA-SHA256");
    assert_eq!(facts.version, 3);
    assert!(facts.not_before < facts.not_after);
    assert_eq!(facts.fingerprint, facts::hex(&sha256_of(&certificate.chain()[0])));
    assert_eq!(facts.public_key_fingerprint.len(), 64);
    assert!(facts.serial_number.bytes().all(|byte| byte.is_ascii_digit()));
}

fn sha256_of(der: &[u8]) -> [u8; 32] {
    crate::provider::sha256(der)
}

#[test]
fn the_digest_is_sha_256() {
    let abc = facts::hex(&crate::provider::sha256(b"abc"));
    assert_eq!(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn a_key_of_another_pair_is_refused() {
    let (one, two) = (Issued::new(&["a.com"]), Issued::new(&["a.com"]));
    let error = load_certificate(one.cert_pem.as_bytes(), two.key_pem.as_bytes()).unwrap_err();
    assert!(matches!(error, CertificateError::KeyMismatch), "{error}");
}

#[test]
fn names_that_could_be_read_as_others_are_left_out() {
    let issued = Issued::new(&["a.com", "b.com\0.evil.com", "b.com evil.com"]);
    assert_eq!(issued.certificate().facts().names, ["a.com"]);
}

#[test]
fn every_cause_has_its_error() {
    let issued = Issued::new(&["a.com"]);
    let (cert, key) = (issued.cert_pem.as_bytes(), issued.key_pem.as_bytes());
    let error = |cert: &[u8], key: &[u8]| load_certificate(cert, key).unwrap_err();
    assert!(matches!(error(b"", key), CertificateError::NoCertificate));
    assert!(matches!(error(key, key), CertificateError::NoCertificate));
    assert!(matches!(error(cert, b""), CertificateError::NoKey));
    assert!(matches!(error(cert, cert), CertificateError::NoKey));
    let encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(matches!(error(cert, encrypted), CertificateError::EncryptedKey));
    assert!(matches!(error(&cert[..cert.len() / 2], key), CertificateError::Pem { part: "certificate", .. }));
    let garbage = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(error(garbage, key), CertificateError::Malformed(_)));
    let no_key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(matches!(error(cert, no_key), CertificateError::UnusableKey(_)));
}

#[test]
fn messages_and_debug_never_show_the_key() {
    let issued = Issued::new(&["a.com"]);
    let line = issued.key_pem.lines().nth(1).unwrap();
    let certificate = read(&issued.cert_pem, &issued.key_pem).unwrap();
    assert!(!format!("{certificate:?}").contains(line));
    let error = read(&issued.key_pem, &issued.cert_pem).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(line));
}

fn read(cert: &str, key: &str) -> Result<Certificate, CertificateError> {
    read_certificate(&no_files, &FileOrContent::new(cert), &FileOrContent::new(key))
}

#[test]
fn the_default_is_made_once() {
    let first = generated().unwrap();
    assert!(Arc::ptr_eq(first, generated().unwrap()));
    let facts = first.facts();
    assert_eq!(facts.subject.common_name, "TRAEFIK DEFAULT CERT");
    assert_eq!(facts.not_after - facts.not_before, 365 * 24 * 60 * 60);
    let [name] = facts.names.as_slice() else { panic!("one name expected: {:?}", facts.names) };
    let labels: Vec<_> = name.split('.').collect();
    assert_eq!(labels[2..], ["traefik", "default"]);
    assert!(labels[..2].iter().all(|label| label.len() == 32));
    assert_eq!(labels.iter().collect::<HashSet<_>>().len(), 4);
}
