//! Where certificates are kept, as `storage` has it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// A name for Secrets and Leases, in a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The namespace; nothing for the one that the gateway is in.
    pub(crate) namespace: Option<String>,
    /// What all names begin with.
    pub(crate) name: String,
    /// The Secrets of certificates that somebody chose a name for, by the main name of the certificate.
    pub(crate) chosen: BTreeMap<String, String>,
}

/// What is wrong with a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "storage {0:?} names no Secrets; write kubernetes://NAME or kubernetes://NAMESPACE/NAME, of lower-case letters, digits and hyphens, NAME of at most {LONGEST}, and after it, where a certificate is to be in a Secret of another name, ?DOMAIN=SECRET&DOMAIN=SECRET"
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
        let (rest, chosen) = match rest.split_once('?') {
            Some((rest, chosen)) => (rest, read_chosen(chosen, rest)),
            None => (rest, Some(BTreeMap::new())),
        };
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, rest),
        };
        let is_right = is_label(name, LONGEST) && namespace.is_none_or(|namespace| is_label(namespace, 63));
        Some(match chosen.filter(|_| is_right) {
            Some(chosen) => {
                Ok(Self { namespace: namespace.map(str::to_owned), name: name.to_owned(), chosen })
            }
            None => Err(PlaceError(storage.to_owned())),
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

/// Names of Secrets by domain: each once, and none that other objects of the place may have.
fn read_chosen(text: &str, place: &str) -> Option<BTreeMap<String, String>> {
    let name = place.rsplit('/').next().unwrap_or(place);
    let mut chosen = BTreeMap::new();
    for pair in text.split('&') {
        let (domain, secret) = pair.split_once('=')?;
        let is_taken = chosen.values().any(|known| known == secret) || secret.starts_with(name);
        let is_right = !domain.is_empty() && secret.split('.').all(|part| is_label(part, LONGEST));
        if is_taken || !is_right || chosen.insert(domain.to_ascii_lowercase(), secret.to_owned()).is_some() {
            return None;
        }
    }
    Some(chosen)
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
