//! Names of cipher suites and key exchange groups.

use rustls::crypto::SupportedKxGroup;
use rustls::{CipherSuite, NamedGroup, SupportedCipherSuite};

use super::versions::Versions;
use super::{OptionsError, Warning};
use crate::provider::provider;

/// The suites to offer, and the versions that still have one.
///
/// TLS 1.3 suites cannot be chosen, as in Go; they follow the version alone. Nothing written means all.
pub(crate) fn suites(
    written: &[&str],
    versions: Versions,
    warnings: &mut Vec<Warning>,
) -> Result<(Vec<SupportedCipherSuite>, Versions), OptionsError> {
    let mut chosen = Vec::new();
    for name in written {
        match SUITES.iter().find(|(known, _)| known == name) {
            None => return Err(OptionsError::UnknownName { field: FIELD, name: (*name).to_owned() }),
            Some((_, Some(suite))) => chosen.push(*suite),
            Some((_, None)) => warnings.push(Warning::Unavailable { field: FIELD, name: (*name).to_owned() }),
        }
    }
    let usable = |suite: &&SupportedCipherSuite| match suite {
        SupportedCipherSuite::Tls13(_) => versions.has_13(),
        SupportedCipherSuite::Tls12(_) => {
            versions.has_12() && (written.is_empty() || chosen.contains(&suite.suite()))
        }
    };
    let suites: Vec<_> = provider().cipher_suites.iter().filter(usable).copied().collect();
    let has_12 = suites.iter().any(|suite| matches!(suite, SupportedCipherSuite::Tls12(_)));
    match (versions.has_12() && !has_12, versions.has_13()) {
        (false, _) => Ok((suites, versions)),
        (true, true) => {
            warnings.push(Warning::Tls12WithoutSuite);
            Ok((suites, Versions::Only13))
        }
        (true, false) => Err(OptionsError::NothingLeft { field: FIELD }),
    }
}

/// The key exchange groups to offer; nothing written means all.
pub(crate) fn groups(
    written: &[&str],
    warnings: &mut Vec<Warning>,
) -> Result<Vec<&'static dyn SupportedKxGroup>, OptionsError> {
    const FIELD: &str = "curvePreferences";
    if written.is_empty() {
        return Ok(provider().kx_groups.clone());
    }
    let mut groups: Vec<&'static dyn SupportedKxGroup> = Vec::new();
    for name in written {
        let Some((_, group)) = GROUPS.iter().find(|(known, _)| known == name) else {
            return Err(OptionsError::UnknownName { field: FIELD, name: (*name).to_owned() });
        };
        match rustls::crypto::aws_lc_rs::ALL_KX_GROUPS.iter().find(|known| known.name() == *group) {
            Some(group) if groups.iter().any(|chosen| chosen.name() == group.name()) => {}
            Some(group) => groups.push(*group),
            None => warnings.push(Warning::Unavailable { field: FIELD, name: (*name).to_owned() }),
        }
    }
    if groups.is_empty() {
        return Err(OptionsError::NothingLeft { field: FIELD });
    }
    Ok(groups)
}

const FIELD: &str = "cipherSuites";

/// Every name Traefik knows; those without a suite use RC4, 3DES, CBC or RSA key exchange, which do not exist here.
const SUITES: &[(&str, Option<CipherSuite>)] = &[
    ("TLS_RSA_WITH_RC4_128_SHA", None),
    ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", None),
    ("TLS_RSA_WITH_AES_128_CBC_SHA", None),
    ("TLS_RSA_WITH_AES_256_CBC_SHA", None),
    ("TLS_RSA_WITH_AES_128_CBC_SHA256", None),
    ("TLS_RSA_WITH_AES_128_GCM_SHA256", None),
    ("TLS_RSA_WITH_AES_256_GCM_SHA384", None),
    ("TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", None),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", None),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", None),
    ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", None),
    ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", None),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", None),
    ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", None),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", None),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", None),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Some(CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Some(CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", Some(CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)),
    (
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        Some(CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    ("TLS_AES_128_GCM_SHA256", Some(CipherSuite::TLS13_AES_128_GCM_SHA256)),
    ("TLS_AES_256_GCM_SHA384", Some(CipherSuite::TLS13_AES_256_GCM_SHA384)),
    ("TLS_CHACHA20_POLY1305_SHA256", Some(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256)),
    ("TLS_FALLBACK_SCSV", None),
];

/// Every name Traefik knows; some of the groups do not exist here.
const GROUPS: &[(&str, NamedGroup)] = &[
    ("secp256r1", NamedGroup::secp256r1),
    ("CurveP256", NamedGroup::secp256r1),
    ("secp384r1", NamedGroup::secp384r1),
    ("CurveP384", NamedGroup::secp384r1),
    ("secp521r1", NamedGroup::secp521r1),
    ("CurveP521", NamedGroup::secp521r1),
    ("x25519", NamedGroup::X25519),
    ("X25519", NamedGroup::X25519),
    ("x25519mlkem768", NamedGroup::X25519MLKEM768),
    ("X25519MLKEM768", NamedGroup::X25519MLKEM768),
    ("secp256r1mlkem768", NamedGroup::secp256r1MLKEM768),
    ("SecP256r1MLKEM768", NamedGroup::secp256r1MLKEM768),
    ("secp384r1mlkem1024", NamedGroup::Unknown(SECP384R1_MLKEM1024)),
    ("SecP384r1MLKEM1024", NamedGroup::Unknown(SECP384R1_MLKEM1024)),
];

/// The group's number in the registry.
const SECP384R1_MLKEM1024: u16 = 0x11ed;
