//! A number used once, which lets a page's own scripts run and no others.

use data_encoding::BASE64_NOPAD;

/// A nonce as it stands in a policy.
pub(super) struct Nonce(String);

impl Nonce {
    /// A new one that nobody can guess.
    pub(super) fn new() -> Self {
        let mut random = [0; 16];
        match getrandom::fill(&mut random) {
            Ok(()) => Self(format!("'nonce-{}'", BASE64_NOPAD.encode(&random))),
            // Without randomness no script is let through: one that can be guessed would let through any.
            Err(_) => Self("'none'".to_owned()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
