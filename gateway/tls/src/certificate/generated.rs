//! The self-signed certificate for names nobody gave a certificate for.
//!
//! Traefik makes an RSA key of 2048 bits at start. Here it is an ECDSA P-256 key, made when a handshake first needs
//! it and kept for the life of the process: RSA keys take a tenth of a second to make and cost twenty times more
//! per handshake, and every client that may trust a self-signed certificate at all speaks ECDSA.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};

use super::{Certificate, CertificateError, load_certificate};
use crate::provider::provider;

/// The one of this process; made on the first call.
///
/// # Errors
/// The system has no randomness, or the certificate could not be encoded.
pub(crate) fn generated() -> Result<&'static Arc<Certificate>, CertificateError> {
    static MADE: LazyLock<Result<Arc<Certificate>, CertificateError>> =
        LazyLock::new(|| generate().map(Arc::new));
    MADE.as_ref().map_err(Clone::clone)
}

fn generate() -> Result<Certificate, CertificateError> {
    let failed = |cause: rcgen::Error| CertificateError::Generate(cause.to_string());
    let name = format!("{}.{}.traefik.default", random_label()?, random_label()?);
    let mut params = CertificateParams::new([name]).map_err(failed)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, COMMON_NAME);
    let now = SystemTime::now();
    params.not_before = now.into();
    params.not_after = (now + ONE_YEAR).into();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    load_certificate(certificate.pem().as_bytes(), key.serialize_pem().as_bytes())
}

/// 32 hexadecimal digits.
fn random_label() -> Result<String, CertificateError> {
    let mut bytes = [0; 16];
    provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| CertificateError::Generate("the system gave no random bytes".to_owned()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

const COMMON_NAME: &str = "TRAEFIK DEFAULT CERT";
const ONE_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
