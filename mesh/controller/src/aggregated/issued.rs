//! A certificate that an authority of its own has issued. The authority's key is thrown away.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use thiserror::Error;
use windrose_tls::load_certificate;

/// A certificate with its key and the authorities that clients should believe, all in PEM.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) chain: String,
    pub(crate) key: String,
    /// Its own one, and the one before.
    pub(crate) authorities: String,
}

/// A certificate cannot be made.
#[derive(Debug, Error)]
#[error("a certificate cannot be made: {0}")]
pub(crate) struct IssueError(#[from] rcgen::Error);

impl Issued {
    /// A new one for a host. `before` is what was believed so far.
    pub(crate) fn new(host: &str, before: Option<&str>) -> Result<Self, IssueError> {
        let now = SystemTime::now();
        let params = |names: &[String], common_name: &str| {
            let mut params = CertificateParams::new(names)?;
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, common_name);
            // Clocks are never quite the same.
            params.not_before = (now - AN_HOUR).into();
            params.not_after = (now + LIFE).into();
            Ok::<_, rcgen::Error>(params)
        };
        let mut of_authority = params(&[], "authority of the mesh's API of figures")?;
        of_authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        of_authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let authority = of_authority.self_signed(&key)?.pem();
        let issuer = Issuer::new(of_authority, key);
        let mut of_server = params(&[host.to_owned()], host)?;
        of_server.is_ca = IsCa::ExplicitNoCa;
        of_server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        of_server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let chain = of_server.signed_by(&key, &issuer)?.pem();
        let before = before.and_then(first).unwrap_or_default();
        Ok(Self { chain, key: key.serialize_pem(), authorities: format!("{authority}{before}") })
    }

    /// Whether it can be shown at all.
    pub(crate) fn is_usable(&self) -> bool {
        self.remaining(None).is_some_and(|remaining| remaining > Duration::ZERO)
    }

    /// Whether it is for a host, and lasts for a while.
    pub(crate) fn is_fresh(&self, host: &str) -> bool {
        self.remaining(Some(host)).is_some_and(|remaining| remaining > RENEWED)
    }

    fn remaining(&self, host: Option<&str>) -> Option<Duration> {
        let certificate = load_certificate(self.chain.as_bytes(), self.key.as_bytes()).ok()?;
        let facts = certificate.facts();
        if self.authorities.trim().is_empty()
            || host.is_some_and(|host| !facts.names.iter().any(|name| name == host))
        {
            return None;
        }
        let end = Duration::from_secs(u64::try_from(facts.not_after).ok()?);
        end.checked_sub(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

/// The first certificate of a text.
fn first(pem: &str) -> Option<&str> {
    let end = "-----END CERTIFICATE-----";
    pem.find(end).and_then(|at| pem.get(..at + end.len())).filter(|text| text.starts_with("-----BEGIN"))
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").finish_non_exhaustive()
    }
}

const AN_HOUR: Duration = Duration::from_secs(60 * 60);
/// How long it may be shown, and how long before the end of that it is made anew.
const LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const RENEWED: Duration = Duration::from_secs(60 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_for_its_host_and_can_be_shown() {
        let issued = Issued::new("a.b.svc", None).unwrap();
        assert!(issued.is_usable() && issued.is_fresh("a.b.svc"));
        assert!(!issued.is_fresh("other.b.svc"));
        assert_eq!(issued.authorities.matches("BEGIN CERTIFICATE").count(), 1);
    }

    #[test]
    fn the_authority_of_before_is_believed_and_none_before_that() {
        let one = Issued::new("a", None).unwrap();
        let two = Issued::new("a", Some(&one.authorities)).unwrap();
        let three = Issued::new("a", Some(&two.authorities)).unwrap();
        assert_eq!(three.authorities.matches("BEGIN CERTIFICATE").count(), 2);
        assert!(
            two.authorities.contains(one.authorities.trim())
                && !three.authorities.contains(one.authorities.trim())
        );
    }

    #[test]
    fn what_is_broken_or_of_two_kinds_is_not_used() {
        let (one, two) = (Issued::new("a", None).unwrap(), Issued::new("a", None).unwrap());
        assert!(!Issued { key: two.key, ..one.clone() }.is_usable());
        assert!(!Issued { chain: "nonsense".to_owned(), ..one.clone() }.is_usable());
        assert!(!Issued { authorities: String::new(), ..one.clone() }.is_usable());
        assert!(!format!("{one:?}").contains("PRIVATE"));
    }
}
