//! Where certificates are kept, as `storage` has it.

use std::fmt;
use std::path::PathBuf;

/// A name for Secrets and Leases, in a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The namespace; nothing for the one that the gateway is in.
    pub(crate) namespace: Option<String>,
    /// What all names begin with.
    pub(crate) name: String,
}

/// What is wrong with a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "storage {0:?} names no Secrets; write kubernetes://NAME or kubernetes://NAMESPACE/NAME, of lower-case letters, digits and hyphens, NAME of at most {LONGEST}"
)]
pub struct PlaceError(String);

impl Place {
    /// Reads it; nothing for what is a path.
    ///
    /// # Errors
    ///
    /// It is meant to be one, and is none.
    pub fn read(storage: &str) -> Option<Result<Self, PlaceError>> {
        let rest = storage.strip_prefix(SCHEME)?;
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, rest),
        };
        let is_right = is_label(name, LONGEST) && namespace.is_none_or(|namespace| is_label(namespace, 63));
        Some(if is_right {
            Ok(Self { namespace: namespace.map(str::to_owned), name: name.to_owned() })
        } else {
            Err(PlaceError(storage.to_owned()))
        })
    }

    /// What errors call it.
    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(self.to_string())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{SCHEME}{namespace}/{}", self.name),
            None => write!(f, "{SCHEME}{}", self.name),
        }
    }
}

fn is_label(text: &str, longest: usize) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=longest).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

const SCHEME: &str = "kubernetes://";
/// It is the value of a label, and the beginning of longer names.
const LONGEST: usize = 63;
