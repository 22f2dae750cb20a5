//! Other gateways that keep in the same place: who obtains what, and what each must show for the others.
//!
//! An authority that looks for a proof may come to any of them. So whoever obtains posts the proof, and lets the
//! authority come when all that are there show it. A right to obtain, like a place among those that are there, ends
//! with the process that has it, in whatever way that ends. Must not know orders. Invariant: of two gateways never both
//! have the same right.

mod folder;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub use folder::Folder;

/// Those that keep in the same place. All of it blocks.
pub trait Peers: Send + Sync + fmt::Debug {
    /// Takes the right to do this. It says so when it is taken, or has failed elsewhere and rests.
    ///
    /// # Errors
    /// It cannot be taken, and not because somebody has it.
    fn claim(&self, what: &str) -> io::Result<Claimed>;

    /// Waits for a right that everybody gives back at once.
    ///
    /// # Errors
    /// It cannot be taken.
    fn wait(&self, what: &str) -> io::Result<Claim>;

    /// Gives a proof to all others.
    ///
    /// # Errors
    /// It cannot be given.
    fn post(&self, proof: &Proof) -> io::Result<()>;

    /// Takes it back.
    fn withdraw(&self, proof: &Proof);

    /// What others have posted; `None` if that is as it was.
    fn posted(&self) -> Option<Vec<Proof>>;

    /// Says which proofs are shown here.
    ///
    /// # Errors
    /// It cannot be said.
    fn showing(&self, proofs: &BTreeSet<String>) -> io::Result<()>;

    /// Whether all that are there show it.
    fn is_shown(&self, proof: &Proof) -> bool;
}

/// What came of asking for a right.
#[derive(Debug)]
pub enum Claimed {
    /// It is taken.
    Mine(Claim),
    /// Somebody else has it.
    Elsewhere,
    /// Somebody else has failed, and nobody is to try before this.
    Resting(SystemTime),
}

/// A right. It is given back when dropped.
pub struct Claim(Box<dyn Right>);

/// What stands behind a right.
pub trait Right: Any + Send {
    /// Nobody is to try before this.
    fn rest(&self, until: SystemTime);
}

/// A proof that whoever is asked by an authority must show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "by")]
pub enum Proof {
    /// An answer to a request for the token.
    Http {
        /// What is asked for.
        token: String,
        /// What is answered.
        authorization: String,
    },
    /// A certificate in a handshake.
    Tls {
        /// The name or the address that is proved.
        name: String,
        /// What the certificate is made of.
        authorization: String,
    },
}

/// Nobody else is there.
#[derive(Debug)]
pub struct Alone;

impl Claim {
    /// A right that ends when this is dropped.
    #[must_use]
    pub fn new(right: impl Right) -> Self {
        Self(Box::new(right))
    }

    /// Nobody is to try before this.
    pub fn rest(&self, until: SystemTime) {
        self.0.rest(until);
    }
}

impl Proof {
    /// What it is called among gateways: of characters that may be in the name of a file.
    #[must_use]
    pub fn id(&self) -> String {
        let (kind, about, authorization) = match self {
            Self::Http { token, authorization } => ("http", token, authorization),
            Self::Tls { name, authorization } => ("tls", name, authorization),
        };
        name_of(&format!("{kind}\n{about}\n{authorization}"))
    }
}

impl Peers for Alone {
    fn claim(&self, _what: &str) -> io::Result<Claimed> {
        Ok(Claimed::Mine(Claim(Box::new(Self))))
    }

    fn wait(&self, _what: &str) -> io::Result<Claim> {
        Ok(Claim(Box::new(Self)))
    }

    fn post(&self, _proof: &Proof) -> io::Result<()> {
        Ok(())
    }

    fn withdraw(&self, _proof: &Proof) {}

    fn posted(&self) -> Option<Vec<Proof>> {
        None
    }

    fn showing(&self, _proofs: &BTreeSet<String>) -> io::Result<()> {
        Ok(())
    }

    fn is_shown(&self, _proof: &Proof) -> bool {
        true
    }
}

impl Right for Alone {
    fn rest(&self, _until: SystemTime) {}
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim")
    }
}

/// A name of fixed length for anything.
fn name_of(what: &str) -> String {
    let digest = crate::keys::sha256(what.as_bytes());
    data_encoding::HEXLOWER.encode(digest.get(..16).unwrap_or(&digest))
}
