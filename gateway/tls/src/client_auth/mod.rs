//! What a server asks of client certificates.
//!
//! Whoever presents a certificate proves in every mode that he holds its key; the modes differ in whether one is
//! asked for, must be given, and is checked against authorities.

mod judge;
mod unverified;
mod verified;

use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::CertificateDer;
use windrose_config::dynamic_config::ClientAuth as Written;

use crate::authorities::{self, AuthorityError};
use crate::files::Files;
use crate::provider::provider;
use unverified::{Demand, Unverified};
use verified::Verified;

pub use judge::ClientAuthorities;

/// Traefik's five kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    None,
    Request,
    RequireAny,
    VerifyIfGiven,
    RequireAndVerify,
}

/// Why client authentication could not be set up.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClientAuthError {
    /// Not one of the five names.
    #[error(
        "unknown clientAuthType {0:?}; use NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert"
    )]
    UnknownType(String),
    /// A verifying kind without anything to verify against.
    #[error("clientAuthType {0} needs caFiles")]
    NoAuthorities(String),
    /// One of the authorities.
    #[error("caFiles cannot be used")]
    Authorities(#[from] AuthorityError),
    /// The authorities were read but refused.
    #[error("caFiles cannot be used ({0})")]
    Refused(String),
}

/// Client authentication, ready for use.
#[derive(Debug)]
pub(crate) struct ClientAuth {
    pub(crate) mode: Mode,
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    pub(crate) ignored_authorities: usize,
    pub(crate) verifier: Arc<dyn ClientCertVerifier>,
}

/// Builds what was written. Authorities without a kind mean that a verified certificate is required.
pub(crate) fn client_auth(files: &dyn Files, written: &Written) -> Result<ClientAuth, ClientAuthError> {
    let mode = mode(written)?;
    let authorities = authorities::read(files, written.ca_files.iter().map(|file| &file.value))?;
    let trusted = &authorities.trusted;
    let hints = || trusted.anchors().subjects();
    let by_chain =
        || WebPkiClientVerifier::builder_with_provider(Arc::clone(trusted.anchors()), provider().clone());
    let verified = |by_chain| Arc::new(Verified::new(Arc::clone(trusted), by_chain));
    let verifier: Arc<dyn ClientCertVerifier> = match mode {
        Mode::None => WebPkiClientVerifier::no_client_auth(),
        Mode::Request => Arc::new(Unverified::new(Demand::Optional, hints())),
        Mode::RequireAny => Arc::new(Unverified::new(Demand::Mandatory, hints())),
        Mode::VerifyIfGiven => verified(by_chain().allow_unauthenticated().build().map_err(refused)?),
        Mode::RequireAndVerify => verified(by_chain().build().map_err(refused)?),
    };
    Ok(ClientAuth {
        mode,
        ignored_authorities: authorities.ignored,
        authorities: authorities.certificates,
        verifier,
    })
}

fn mode(written: &Written) -> Result<Mode, ClientAuthError> {
    let kind: &str = &written.client_auth_type;
    let mode = match kind {
        "" if written.ca_files.is_empty() => Mode::None,
        "" => Mode::RequireAndVerify,
        "NoClientCert" => Mode::None,
        "RequestClientCert" => Mode::Request,
        "RequireAnyClientCert" => Mode::RequireAny,
        "VerifyClientCertIfGiven" => Mode::VerifyIfGiven,
        "RequireAndVerifyClientCert" => Mode::RequireAndVerify,
        _ => return Err(ClientAuthError::UnknownType(kind.to_owned())),
    };
    let verifies = matches!(mode, Mode::VerifyIfGiven | Mode::RequireAndVerify);
    if verifies && written.ca_files.is_empty() {
        return Err(ClientAuthError::NoAuthorities(kind.to_owned()));
    }
    Ok(mode)
}

fn refused(cause: rustls::server::VerifierBuilderError) -> ClientAuthError {
    ClientAuthError::Refused(cause.to_string())
}

#[cfg(test)]
mod tests;
