//! Why a certificate could not be used.

use crate::files::ReadError;

/// One cause each; none of them quotes the text that was given.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// One of the files.
    #[error("file not read")]
    Read(#[from] ReadError),
    /// The PEM text is damaged.
    #[error("the PEM text of the {part} is damaged ({cause}); give the whole file as issued")]
    Pem {
        /// Which of the two texts.
        part: &'static str,
        /// What the PEM reader said.
        cause: String,
    },
    /// No certificate section.
    #[error("no certificate found; the PEM text must hold a section BEGIN CERTIFICATE")]
    NoCertificate,
    /// No key section.
    #[error(
        "no private key found; the PEM text must hold a section BEGIN PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY"
    )]
    NoKey,
    /// The key needs a pass phrase.
    #[error("the private key is encrypted; decrypt it first, for nobody can type its pass phrase here")]
    EncryptedKey,
    /// The first certificate cannot be decoded.
    #[error("the first certificate cannot be decoded ({0})")]
    Malformed(String),
    /// The certificate has a form that TLS cannot use.
    #[error("the first certificate cannot be used for TLS ({0})")]
    UnusableCertificate(String),
    /// The key has a kind or size that is not supported.
    #[error(
        "the private key cannot be used ({0}); supported are RSA of 2048 to 8192 bits, ECDSA P-256, P-384 and P-521, and Ed25519"
    )]
    UnusableKey(String),
    /// Two halves of different pairs.
    #[error(
        "the private key does not belong to the first certificate; check that both come from the same request and that the leaf stands first"
    )]
    KeyMismatch,
    /// The self-signed default could not be made.
    #[error("the self-signed default certificate could not be made ({0})")]
    Generate(String),
}
