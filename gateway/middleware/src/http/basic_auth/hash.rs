//! The forms of hashes that `htpasswd` makes.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::BASE64;

use super::md5_crypt;

/// A hash of a password.
#[derive(PartialEq, Eq)]
pub(in crate::http) enum Hash {
    /// `$2y$` and its like.
    Bcrypt(Box<str>),
    /// `$apr1$` or `$1$`, a salt, and the rest.
    Md5 { magic: Box<[u8]>, salt: Box<[u8]>, whole: Box<[u8]> },
    /// `{SHA}`, without it.
    Sha1(Box<[u8]>),
    /// Nothing that a password could be.
    None,
}

/// How long it takes to try a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Cost {
    /// Microseconds.
    Little,
    /// From a tenth of a millisecond to seconds.
    Much,
}

impl Hash {
    /// Reads a hash. What is none of the others is read as MD5, if it has as many dollars.
    pub(in crate::http) fn parse(text: &[u8]) -> Self {
        if let Some(rest) = text.strip_prefix(b"{SHA}") {
            return Self::Sha1(rest.into());
        }
        if [&b"$2a$"[..], b"$2b$", b"$2x$", b"$2y$"].iter().any(|prefix| text.starts_with(prefix)) {
            let hash = std::str::from_utf8(text).ok().filter(|hash| is_bcrypt(hash));
            return hash.map_or(Self::None, |hash| Self::Bcrypt(hash.into()));
        }
        let mut parts = text.splitn(4, |byte| *byte == b'$');
        let (Some(_), Some(magic), Some(salt), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Self::None;
        };
        Self::Md5 { magic: [b"$", magic, b"$"].concat().into(), salt: salt.into(), whole: text.into() }
    }

    pub(in crate::http) const fn cost(&self) -> Cost {
        match self {
            Self::Bcrypt(_) | Self::Md5 { .. } => Cost::Much,
            Self::Sha1(_) | Self::None => Cost::Little,
        }
    }

    /// Whether it is the hash of `password`.
    pub(in crate::http) fn verify(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(hash) => bcrypt::verify(password, hash).unwrap_or(false),
            Self::Md5 { magic, salt, whole } => {
                verify_slices_are_equal(whole, &md5_crypt::hash(password, salt, magic)).is_ok()
            }
            Self::Sha1(hash) => {
                let right = BASE64.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, password).as_ref());
                verify_slices_are_equal(hash, right.as_bytes()).is_ok()
            }
            Self::None => false,
        }
    }
}

fn is_bcrypt(hash: &str) -> bool {
    let cost = hash.get(4..6).and_then(|cost| cost.parse::<u32>().ok());
    hash.parse::<bcrypt::HashParts>().is_ok() && cost.is_some_and(|cost| (4..=31).contains(&cost))
}
