//! Keys are what others take them for.

use windrose_tls::load_certificate;

use super::*;

#[test]
fn every_name_of_a_key_type_is_known_in_any_case() {
    for (name, kind) in NAMES {
        assert_eq!(KeyType::named(&name.to_lowercase()), Some(kind));
    }
    assert_eq!(KeyType::named("RSA1024"), None);
}

#[test]
fn an_account_key_is_found_again_in_what_is_kept_of_it() {
    let key = AccountKey::generate().unwrap();
    let again = AccountKey::from_pkcs1(key.pkcs1()).unwrap();
    assert_eq!(key.jwk(), again.jwk());
    assert_eq!(key.authorization("t"), again.authorization("t"));
    assert_eq!(key.jwk()["e"], "AQAB");
    assert_eq!(key.sign(b"x").unwrap(), again.sign(b"x").unwrap());
    assert_eq!(key.sign(b"x").unwrap().len(), 512);
}

#[test]
fn what_is_no_key_is_refused() {
    assert!(AccountKey::from_pkcs1(b"").is_err());
    assert!(der::pkcs8_key(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_none());
    assert!(der::public_key(&[0x30, 0x03, 0x02, 0x05, 0x00]).is_none());
}

#[test]
fn a_request_can_be_made_with_every_quick_kind_of_key() {
    for kind in [KeyType::Ec256, KeyType::Ec384, KeyType::Rsa(RsaBits::B2048)] {
        let (key, pem) = kind.generate().unwrap();
        let names = ["*.a.test".to_owned(), "192.0.2.1".to_owned()];
        let request = CertificateRequest { names: &names, mails: &["m@a.test".into()], common_name: true };
        assert!(!request.der(&key).unwrap().is_empty());
        let mut params = rcgen::CertificateParams::new(vec!["a.test".into()]).unwrap();
        params.serial_number = Some(7.into());
        let certificate = super::pem("CERTIFICATE", params.self_signed(&key).unwrap().der());
        load_certificate(certificate.as_bytes(), pem.as_bytes()).unwrap();
    }
}

#[test]
fn a_challenge_certificate_has_the_critical_extension() {
    let (certificate, _) = challenge_certificate("a.test", "token.thumb").unwrap();
    let der = rustls_pki_types::CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let holds = |wanted: &[u8]| der.windows(wanted.len()).any(|window| window == wanted);
    assert!(holds(&[0x2b, 6, 1, 5, 5, 7, 1, 31, 1, 1, 0xff, 4]), "id-pe-acmeIdentifier, critical");
    assert!(holds(&sha256(b"token.thumb")) && holds(b"a.test"));
}

use rustls_pki_types::pem::PemObject as _;
