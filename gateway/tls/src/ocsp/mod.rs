//! What the issuer of a certificate says of it now (OCSP, RFC 6960): the question, and reading the answer.
//!
//! Owns what makes an answer believable: it is about this certificate, signed by its issuer or by somebody whom the
//! issuer lets sign, and of now. Asks nobody. Invariant: what is given to clients says that the certificate is good.

mod answer;
mod signer;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls_pki_types::CertificateDer;
use thiserror::Error;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_OCSP;
use x509_parser::prelude::FromDer;

use crate::der::{INTEGER, OCTET_STRING, SEQUENCE, element};

/// What to ask about a certificate, and whom.
#[derive(Clone, PartialEq, Eq)]
pub struct OcspQuestion {
    /// The responders that the certificate names, in its order; there is one at least.
    pub responders: Vec<String>,
    /// What to send them.
    pub request: Vec<u8>,
    subject: Subject,
    issuer: CertificateDer<'static>,
}

/// Which certificate is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    /// As DER has it.
    serial: Vec<u8>,
}

/// An answer that may be given to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staple {
    /// As it came.
    pub bytes: Vec<u8>,
    /// From when it counts, in seconds since 1970.
    pub from: i64,
    /// Until when, if it says so.
    pub until: Option<i64>,
}

/// Why an answer is given to nobody.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OcspError {
    /// It cannot be read.
    #[error("the responder does not answer with OCSP")]
    Malformed,
    /// The responder does not want to.
    #[error("the responder refuses: {0}")]
    Refused(&'static str),
    /// It is about others.
    #[error("the answer is not about this certificate")]
    Other,
    /// Neither the issuer nor somebody who may has signed it.
    #[error("the answer is not signed by the issuer of the certificate")]
    Unsigned,
    /// It does not count now.
    #[error("the answer is not of now")]
    Untimely,
    /// The issuer does not stand by the certificate any more.
    #[error("the issuer has revoked the certificate")]
    Revoked,
    /// The issuer does not know it.
    #[error("the issuer does not know the certificate")]
    Unknown,
}

impl OcspQuestion {
    /// The question about the first certificate of a chain; nothing where nobody is to be asked, or the chain lacks
    /// the issuer, without which no answer could be believed.
    pub(crate) fn about(chain: &[CertificateDer<'_>]) -> Option<Self> {
        let [leaf, issuer, ..] = chain else { return None };
        let (_, leaf) = X509Certificate::from_der(leaf).ok()?;
        let (_, parsed) = X509Certificate::from_der(issuer).ok()?;
        if leaf.issuer() != parsed.subject() {
            return None;
        }
        let responders = responders(&leaf);
        if responders.is_empty() {
            return None;
        }
        let subject = Subject {
            issuer_name: sha1(leaf.issuer().as_raw()),
            issuer_key: sha1(&parsed.public_key().subject_public_key.data),
            serial: leaf.raw_serial().to_vec(),
        };
        let certificate = element(
            SEQUENCE,
            &[
                &element(SEQUENCE, &[SHA1]),
                &element(OCTET_STRING, &[&subject.issuer_name]),
                &element(OCTET_STRING, &[&subject.issuer_key]),
                &element(INTEGER, &[&subject.serial]),
            ],
        );
        // Around it: the request for one, the list of requests, what could be signed, and all of it.
        let request = (0..4).fold(certificate, |inside, _| element(SEQUENCE, &[&inside]));
        Some(Self { responders, request, subject, issuer: CertificateDer::from(issuer.to_vec()) })
    }

    /// Reads what a responder answered at this time.
    ///
    /// # Errors
    /// It cannot be believed, or says that the certificate is not good.
    pub fn read(&self, answer: &[u8], now: SystemTime) -> Result<Staple, OcspError> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let basic = answer::basic(answer)?;
        signer::check(&basic, &self.issuer, now)?;
        let one = answer::about(&basic, &self.subject)?;
        if one.from > now + LENIENCE || one.until.is_some_and(|until| until <= now) {
            return Err(OcspError::Untimely);
        }
        match one.status {
            answer::Status::Good => Ok(Staple { bytes: answer.to_vec(), from: one.from, until: one.until }),
            answer::Status::Revoked => Err(OcspError::Revoked),
            answer::Status::Unknown => Err(OcspError::Unknown),
        }
    }
}

impl fmt::Debug for OcspQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OcspQuestion").field("responders", &self.responders).finish_non_exhaustive()
    }
}

/// Whom a certificate says to ask.
fn responders(certificate: &X509Certificate<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for extension in certificate.extensions() {
        let ParsedExtension::AuthorityInfoAccess(access) = extension.parsed_extension() else { continue };
        for described in &access.accessdescs {
            if let (true, GeneralName::URI(uri)) =
                (described.access_method == OID_PKIX_ACCESS_DESCRIPTOR_OCSP, &described.access_location)
            {
                found.push((*uri).to_owned());
            }
        }
    }
    found
}

fn sha1(data: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, data).as_ref().to_vec()
}

/// RFC 6960 lets a client choose; this is the one that every responder knows. It protects nothing here: it only names.
const SHA1: &[u8] = &[0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00];
/// How far ahead the clock of a responder may be, in seconds.
const LENIENCE: i64 = 300;
