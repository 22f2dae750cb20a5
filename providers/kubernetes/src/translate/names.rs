//! The names that objects get. traefik: the same.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use windrose_providers_core::labels::normalize;

/// How names are made of namespaces and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Naming {
    /// Whether the parts of a name are told apart, by a character that none of them has.
    pub is_safe: bool,
}

impl Naming {
    /// The name of an object that is referred to.
    #[must_use]
    pub fn object(self, namespace: &str, name: &str) -> Arc<str> {
        if self.is_safe {
            return format!("{namespace}_{name}").into();
        }
        normalize(&format!("{namespace}-{name}")).into()
    }

    /// The name of an object whose parts stand as they are.
    #[must_use]
    pub fn plain(self, namespace: &str, name: &str) -> Arc<str> {
        if self.is_safe { self.object(namespace, name) } else { format!("{namespace}-{name}").into() }
    }

    /// The name of a route of an object.
    #[must_use]
    pub fn route(self, namespace: &str, name: &str, rule: &str, index: usize) -> Arc<str> {
        if self.is_safe {
            return format!("{namespace}_{name}_{index}").into();
        }
        normalize(&format!("{namespace}-{name}-{}", hash(rule.as_bytes()))).into()
    }

    /// The name of the service of a route, made of servers (`lb`) or of services (`wrr`).
    #[must_use]
    pub fn of_route(self, route: &Arc<str>, role: &str) -> Arc<str> {
        if self.is_safe { format!("{route}_{role}").into() } else { Arc::clone(route) }
    }

    /// The name of a Service's port at a place in another service.
    #[must_use]
    pub fn port(self, place: &str, namespace: &str, service: &str, port: &str) -> Arc<str> {
        if self.is_safe {
            return format!("{place}_{namespace}_{service}_{port}").into();
        }
        normalize(&format!("{namespace}-{service}-{port}")).into()
    }
}

/// The first ten bytes of SHA-256, in hexadecimal digits.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    data_encoding::HEXLOWER.encode(digest.as_ref().get(..10).unwrap_or_default())
}
