//! Who has signed an answer (RFC 6960 §4.2.2.2): the issuer itself, or somebody with a certificate of the issuer that
//! says that it is for this.

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::OcspError;
use super::answer::Basic;
use crate::der::{BIT_STRING, Der, SEQUENCE};
use crate::provider::provider;

/// Checks that the answer is signed by whoever may.
pub(super) fn check(basic: &Basic<'_>, issuer: &CertificateDer<'_>, now: i64) -> Result<(), OcspError> {
    let (_, issuer) = X509Certificate::from_der(issuer).map_err(|_| OcspError::Unsigned)?;
    let key = issuer.public_key().raw;
    if is_signed(key, basic.algorithm, basic.signed, basic.signature) {
        return Ok(());
    }
    let signed = basic.certificates.iter().any(|certificate| {
        delegate(certificate, &issuer, now)
            .is_some_and(|key| is_signed(key, basic.algorithm, basic.signed, basic.signature))
    });
    if signed { Ok(()) } else { Err(OcspError::Unsigned) }
}

/// The key of somebody whom the issuer lets sign.
fn delegate<'a>(certificate: &'a [u8], issuer: &X509Certificate<'_>, now: i64) -> Option<&'a [u8]> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let may_sign = parsed.extended_key_usage().ok()??.value.ocsp_signing;
    let valid =
        parsed.validity().not_before.timestamp() <= now && now <= parsed.validity().not_after.timestamp();
    if !may_sign || !valid || parsed.issuer() != issuer.subject() {
        return None;
    }
    let mut whole = Der::new(certificate).enter(SEQUENCE)?;
    let signed = whole.any()?;
    let algorithm = whole.take(SEQUENCE)?;
    let (_unused, signature) = whole.take(BIT_STRING)?.split_first()?;
    let key = parsed.tbs_certificate.subject_pki.raw;
    is_signed(issuer.public_key().raw, algorithm, signed.whole, signature).then_some(key)
}

/// Whether the owner of a key has signed this.
fn is_signed(key: &[u8], algorithm: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let mut key = Der::new(key);
    let Some(mut key) = key.enter(SEQUENCE) else { return false };
    let (Some(kind), Some(Some((_unused, key)))) =
        (key.take(SEQUENCE), key.take(BIT_STRING).map(<[u8]>::split_first))
    else {
        return false;
    };
    let known = provider().signature_verification_algorithms.all.iter();
    let mut fitting = known.filter(|known| {
        known.public_key_alg_id().as_ref() == kind && known.signature_alg_id().as_ref() == algorithm
    });
    fitting.any(|known| known.verify_signature(key, signed, signature).is_ok())
}
