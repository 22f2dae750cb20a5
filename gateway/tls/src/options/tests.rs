use rustls::{CipherSuite, NamedGroup};

use super::*;
use crate::testing::no_files;

fn compile(written: &Written) -> Result<Compiled<Arc<TlsOptions>>, OptionsError> {
    TlsOptions::compile("default", written, &no_files, &Tickets::new())
}

fn with_versions(min: &str, max: &str) -> Written {
    let name = |text: &str| Arc::<str>::from(text).into();
    Written { min_version: name(min), max_version: name(max), ..Written::default() }
}

fn with_suites(names: &[&str]) -> Written {
    Written {
        cipher_suites: names.iter().map(|&name| Arc::<str>::from(name).into()).collect(),
        ..Written::default()
    }
}

fn with_curves(names: &[&str]) -> Written {
    Written {
        curve_preferences: names.iter().map(|&name| Arc::<str>::from(name).into()).collect(),
        ..Written::default()
    }
}

#[test]
fn the_default_has_no_warnings_and_traefiks_protocols() {
    let compiled = compile(&Written::default()).unwrap();
    assert_eq!(compiled.warnings, []);
    let config = &compiled.value.base;
    assert_eq!(config.alpn_protocols, [&b"h2"[..], b"http/1.1", b"acme-tls/1"]);
    assert_eq!(config.max_early_data_size, 0);
    assert!(config.ticketer.enabled());
}

#[test]
fn version_ranges() {
    let range = |min, max| {
        let mut warnings = Vec::new();
        versions(min, max, &mut warnings).map(|versions| (versions, warnings.len())).ok()
    };
    assert_eq!(range("", ""), Some((Versions::Both, 0)));
    assert_eq!(range("VersionTLS13", ""), Some((Versions::Only13, 0)));
    assert_eq!(range("", "VersionTLS12"), Some((Versions::Only12, 0)));
    assert_eq!(range("VersionTLS12", "VersionTLS12"), Some((Versions::Only12, 0)));
    assert_eq!(range("VersionTLS10", "VersionTLS13"), Some((Versions::Both, 1)), "1.0 is left out");
    assert_eq!(range("VersionTLS13", "VersionTLS12"), None);
    assert_eq!(range("VersionTLS10", "VersionTLS11"), None);
}

#[test]
fn an_unknown_version_is_an_error() {
    for (min, max, field) in [
        ("VersionTLS1.3", "", "minVersion"),
        ("1.3", "VersionTLS13", "minVersion"),
        ("", "VersionTLS9", "maxVersion"),
        ("VersionTLS12", "tls13", "maxVersion"),
    ] {
        let error = compile(&with_versions(min, max)).unwrap_err();
        assert!(matches!(&error, OptionsError::UnknownName { field: it, .. } if *it == field), "{error}");
    }
}

#[test]
fn an_impossible_version_range_is_refused() {
    let error = compile(&with_versions("", "VersionTLS11")).unwrap_err();
    assert!(matches!(error, OptionsError::NothingLeft { field: "maxVersion" }), "{error}");
}

#[test]
fn only_the_named_suites_of_tls_1_2_remain() {
    let compiled = compile(&with_suites(&["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"])).unwrap();
    assert_eq!(compiled.warnings, []);
    let suites: Vec<_> =
        compiled.value.base.crypto_provider().cipher_suites.iter().map(|suite| suite.suite()).collect();
    assert!(suites.contains(&CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256));
    assert!(suites.contains(&CipherSuite::TLS13_AES_128_GCM_SHA256), "suites of TLS 1.3 cannot be chosen");
    assert_eq!(suites.len(), 4);
}

#[test]
fn unknown_suites_are_an_error_and_unavailable_ones_a_warning() {
    let error = compile(&with_suites(&["TLS_NULL"])).unwrap_err();
    assert!(matches!(error, OptionsError::UnknownName { field: "cipherSuites", .. }), "{error}");
    let weak = "TLS_RSA_WITH_AES_128_CBC_SHA";
    let compiled = compile(&with_suites(&[weak, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"])).unwrap();
    let expected = Warning::Unavailable { field: "cipherSuites", name: weak.to_owned() };
    assert_eq!(compiled.warnings, std::slice::from_ref(&expected));
    let compiled = compile(&with_suites(&[weak])).unwrap();
    assert_eq!(compiled.warnings, [expected, Warning::Tls12WithoutSuite]);
    let only_12 = Written { max_version: Arc::<str>::from("VersionTLS12").into(), ..with_suites(&[weak]) };
    let error = compile(&only_12).unwrap_err();
    assert!(matches!(error, OptionsError::NothingLeft { field: "cipherSuites" }), "{error}");
}

#[test]
fn curves_keep_the_written_order() {
    let compiled = compile(&with_curves(&["secp384r1", "X25519", "x25519", "CurveP521"])).unwrap();
    let groups: Vec<_> =
        compiled.value.base.crypto_provider().kx_groups.iter().map(|group| group.name()).collect();
    assert_eq!(groups, [NamedGroup::secp384r1, NamedGroup::X25519]);
    assert_eq!(compiled.warnings.len(), 1);
    let hybrid = compile(&with_curves(&["SecP256r1MLKEM768", "x25519mlkem768"])).unwrap();
    assert_eq!(hybrid.warnings, []);
    for (names, expected) in
        [(["secp521r1", "SecP384r1MLKEM1024"], "leaves nothing"), (["x25519", "curve25519"], "unknown name")]
    {
        let error = compile(&with_curves(&names)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn protocol_names_must_fit_the_wire() {
    for name in ["", &"x".repeat(256)] {
        let written = Written { alpn_protocols: [name.into()].into(), ..Written::default() };
        assert!(matches!(compile(&written).unwrap_err(), OptionsError::Protocol(_)));
    }
}

#[test]
fn identity_is_name_and_content() {
    let id = |name: &str, written: &Written| {
        TlsOptions::compile(name, written, &no_files, &Tickets::new()).unwrap().value.id()
    };
    let base = Written::default();
    assert_eq!(id("a@file", &base), id("a@file", &base));
    let others = [
        with_versions("VersionTLS13", ""),
        with_suites(&["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]),
        with_curves(&["x25519"]),
        Written { sni_strict: true, ..Written::default() },
        Written { disable_session_tickets: true, ..Written::default() },
        Written { alpn_protocols: ["h2".into()].into(), ..Written::default() },
    ];
    let mut ids = vec![OptionsId::REFUSED, id("a@file", &base), id("b@file", &base)];
    ids.extend(others.iter().map(|written| id("a@file", written)));
    let distinct: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
}

#[test]
fn without_effect_means_without_effect() {
    let written = Written { prefer_server_cipher_suites: Some(true), ..Written::default() };
    let (with, without) = (compile(&written).unwrap(), compile(&Written::default()).unwrap());
    assert_eq!(with.value.id(), without.value.id());
}
