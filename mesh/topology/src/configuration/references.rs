//! What is written for the edge and is to act here: which object a name means, and whether it may be named.
//!
//! Invariant: a name leads to another namespace only where that is allowed, since what stands there may hold what its
//! Secrets do.

use std::sync::Arc;

use crate::facts::{Key, Named, Table};
use crate::settings::{Crossing, Settings};

/// Why what is written for the edge cannot act here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EdgeError {
    #[error("there is no {kind} {}/{}", .key.namespace, .key.name)]
    Missing { kind: &'static str, key: Key },
    #[error("{kind} {}/{}: {why}", .key.namespace, .key.name)]
    Refused { kind: &'static str, key: Key, why: Arc<str> },
    #[error(
        "{written:?} is in namespace {namespace}, and objects of {from} may not name it; set allowCrossNamespace"
    )]
    OtherNamespace { written: String, namespace: Arc<str>, from: Arc<str> },
    #[error(
        "{written:?} is in another namespace, and objects of {from} may not name it; set allowCrossNamespace"
    )]
    Elsewhere { written: String, from: Arc<str> },
    #[error("{written:?} is in a namespace that the mesh does not look at")]
    Unseen { written: String },
    #[error("{0:?} is of another provider, which nodes do not have; write NAME or NAMESPACE/NAME")]
    OtherProvider(String),
    #[error("{written:?} may mean {kind}s of several namespaces; write NAMESPACE/NAME")]
    Ambiguous { kind: &'static str, written: String },
    #[error("{0:?} is no name of an object; write NAME or NAMESPACE/NAME")]
    NoName(String),
    #[error("{kind} {}/{} leads to itself", .key.namespace, .key.name)]
    Circle { kind: &'static str, key: Key },
    #[error("{kind} {}/{} is {DEEPEST} levels below what the Service names; name it higher", .key.namespace, .key.name)]
    Deep { kind: &'static str, key: Key },
    #[error("Service {}/{} has no port {port} of TCP", .key.namespace, .key.name)]
    NoPort { key: Key, port: String },
}

/// Follows names that objects of one namespace write.
#[derive(Clone, Copy)]
pub(super) struct Names<'a, T> {
    pub(super) kind: &'static str,
    pub(super) table: &'a Table<T>,
    pub(super) settings: &'a Settings,
    /// The namespace of who names.
    pub(super) from: &'a Arc<str>,
}

impl<T> Names<'_, T> {
    /// What an annotation means: `NAME`, `NAMESPACE/NAME`, or `NAMESPACE-NAME@kubernetescrd` as routers of the edge
    /// have it.
    pub(super) fn written(self, text: &str) -> Result<Key, EdgeError> {
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) if !namespace.is_empty() => (namespace, name),
            None => ("", text),
            Some(_) => return Err(EdgeError::NoName(text.to_owned())),
        };
        self.named(&Named { name: name.into(), namespace: namespace.into() })
    }

    /// What a field of an object means.
    pub(super) fn named(self, named: &Named) -> Result<Key, EdgeError> {
        let written = || named.name.to_string();
        if let Some((joined, provider)) = named.name.rsplit_once('@') {
            if !provider.eq_ignore_ascii_case(PROVIDER) || !named.namespace.is_empty() {
                return Err(EdgeError::OtherProvider(written()));
            }
            return self.joined(joined, written());
        }
        if named.name.is_empty() || named.name.contains('/') {
            return Err(EdgeError::NoName(written()));
        }
        let namespace = if named.namespace.is_empty() { self.from } else { &named.namespace };
        self.check(namespace, written())?;
        Ok(Key::new(namespace, &named.name))
    }

    /// Where the namespace ends cannot be told from the text, so what is there decides; what is here comes first.
    fn joined(self, joined: &str, written: String) -> Result<Key, EdgeError> {
        if let Some(name) = name_within(joined, self.from) {
            let own = Key::new(self.from, &name.into());
            if own.find(self.table).is_some() || self.settings.crossing == Crossing::Denied {
                return Ok(own);
            }
        }
        let is_it = |(namespace, name): &&(Arc<str>, Arc<str>)| {
            name_within(joined, namespace).is_some_and(|rest| *rest == **name)
        };
        let mut found = self.table.keys().filter(is_it);
        match (found.next(), found.next()) {
            // Whether there is one is nobody's business who may not name it.
            _ if self.settings.crossing == Crossing::Denied => {
                Err(EdgeError::Elsewhere { written, from: Arc::clone(self.from) })
            }
            (Some(key), None) => {
                self.check(&key.0, written)?;
                Ok(Key::from(key))
            }
            (Some(_), Some(_)) => Err(EdgeError::Ambiguous { kind: self.kind, written }),
            (None, _) => {
                let named = name_within(joined, self.from).unwrap_or(joined);
                Err(EdgeError::Missing { kind: self.kind, key: Key::new(self.from, &named.into()) })
            }
        }
    }

    fn check(self, namespace: &Arc<str>, written: String) -> Result<(), EdgeError> {
        if namespace == self.from {
            return Ok(());
        }
        if self.settings.crossing == Crossing::Denied {
            let (namespace, from) = (Arc::clone(namespace), Arc::clone(self.from));
            return Err(EdgeError::OtherNamespace { written, namespace, from });
        }
        if self.settings.sees(namespace, "") { Ok(()) } else { Err(EdgeError::Unseen { written }) }
    }
}

/// The rest of a joined name whose namespace is this one.
fn name_within<'j>(joined: &'j str, namespace: &str) -> Option<&'j str> {
    joined.strip_prefix(namespace)?.strip_prefix('-').filter(|name| !name.is_empty())
}

/// As deep as objects of the edge may name each other; nodes follow them, too.
pub(super) const DEEPEST: usize = 16;
/// What the edge calls the provider of these objects.
const PROVIDER: &str = "kubernetescrd";
