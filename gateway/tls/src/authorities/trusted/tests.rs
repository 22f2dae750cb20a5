use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};
use rustls_pki_types::pem::PemObject;

use super::*;
use crate::testing::{Authority, Issued};

/// Midsummer of 2030, in the validity of everything here that is valid.
const NOW: u64 = 1_909_000_000;
/// Made by `openssl req -x509 -newkey ec -nodes -days 36500 -subj /CN=backend.test -addext
/// subjectAltName=DNS:backend.test`.
const OPENSSL: &[u8] = include_bytes!("openssl.pem");

fn trusted(listed: &[CertificateDer<'static>]) -> Trusted {
    let mut anchors = RootCertStore::empty();
    anchors.add_parsable_certificates(listed.iter().cloned());
    Trusted::new(anchors, listed)
}

fn made(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
    Issued::self_signed(&["backend.test"], change).chain().remove(0)
}

fn verdict(certificate: &CertificateDer<'static>, purpose: Purpose) -> Result<bool, Error> {
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW));
    trusted(std::slice::from_ref(certificate)).verify_listed(certificate, purpose, now)
}

#[test]
fn a_listed_certificate_is_trusted_whoever_signed_it() {
    let by_authority = Authority::new().issue(&["backend.test"]).chain().remove(0);
    let made_by_openssl = CertificateDer::from_pem_slice(OPENSSL).unwrap();
    let all = [made(|_| {}), made(|params| params.is_ca = IsCa::ExplicitNoCa), by_authority, made_by_openssl];
    for (number, certificate) in all.iter().enumerate() {
        assert_eq!(verdict(certificate, Purpose::Server), Ok(true), "{number}");
        assert_eq!(verdict(certificate, Purpose::Client), Ok(true), "{number}");
    }
}

#[test]
fn only_the_very_bytes_are_trusted() {
    let listed = Issued::self_signed(&["backend.test"], |_| {});
    let twin = Issued::self_signed(&["backend.test"], |_| {});
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW));
    let trusted = trusted(&listed.chain());
    assert_eq!(trusted.verify_listed(&twin.chain()[0], Purpose::Server, now), Ok(false));
    let mut changed = listed.chain()[0].to_vec();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(trusted.verify_listed(&changed.into(), Purpose::Server, now), Ok(false));
}

#[test]
fn dates_hold_for_listed_certificates_too() {
    let dated = |from: (i32, u8), to: (i32, u8)| {
        made(|params| {
            params.not_before = date_time_ymd(from.0, from.1, 1);
            params.not_after = date_time_ymd(to.0, to.1, 1);
        })
    };
    let verdict = |certificate| verdict(&certificate, Purpose::Server);
    assert_eq!(verdict(dated((2030, 6), (2030, 8))), Ok(true));
    assert_eq!(verdict(dated((2020, 1), (2030, 6))), Err(CertificateError::Expired.into()));
    assert_eq!(verdict(dated((2030, 8), (2040, 1))), Err(CertificateError::NotValidYet.into()));
}

#[test]
fn the_purpose_holds_for_listed_certificates_too() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, CodeSigning, ServerAuth};
    let wrong = || Err(CertificateError::InvalidPurpose.into());
    for (usages, server, client) in [
        (vec![ServerAuth], Ok(true), wrong()),
        (vec![ClientAuth], wrong(), Ok(true)),
        (vec![CodeSigning], wrong(), wrong()),
        (vec![CodeSigning, Any], Ok(true), Ok(true)),
    ] {
        let certificate = made(|params| params.extended_key_usages.clone_from(&usages));
        assert_eq!(verdict(&certificate, Purpose::Server), server, "{usages:?}");
        assert_eq!(verdict(&certificate, Purpose::Client), client, "{usages:?}");
    }
}
