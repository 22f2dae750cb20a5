//! What routers and services of the configuration stand for.
//!
//! Their names are made for people and cannot be taken apart again, so whoever counts what passes through a router
//! is told here whose it is and by what it refuses. A proxy needs none of this to route.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::builder::Builder;
use crate::facts::Key;

/// What names of the configuration stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subjects {
    /// Routers of HTTP and TCP by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub routers: BTreeMap<Arc<str>, Subject>,
    /// Of services that are a backend of a split: the Service, as `namespace/name`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub backends: BTreeMap<Arc<str>, Arc<str>>,
}

/// Where what names stand for stands beside the routing that nodes are told.
pub const SUBJECTS: &str = "mesh";

/// What a router stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// The Service, as `namespace/name`.
    pub service: Arc<str>,
    /// Its port, as clients know it.
    pub port: u16,
    /// The split that the router shares requests out by, as `namespace/name`.
    #[serde(skip_serializing_if = "is_empty")]
    pub split: Arc<str>,
    /// What refuses whoever the router refuses; empty where it refuses nobody.
    #[serde(skip_serializing_if = "is_empty")]
    pub policy: Arc<str>,
    /// The only place among its middlewares at which that policy is, where others may refuse with the same status;
    /// none where no others do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuses_at: Option<usize>,
}

/// What a router refuses by.
pub(super) enum Policy<'k> {
    /// It refuses nobody.
    Open,
    /// No target lets the client in.
    NoTarget,
    /// The one target that it answers for does not.
    Target(&'k Key),
    /// No targets of all backends of this split do.
    Split(&'k Key),
    /// No targets of all Services that share requests by this `TraefikService` do.
    TraefikService(&'k Key),
}

impl Builder<'_> {
    /// Takes down what a router stands for.
    pub(super) fn stands_for(
        &mut self,
        router: &str,
        (service, port): (&Key, u16),
        split: Option<&Key>,
        policy: &Policy<'_>,
    ) {
        let policy = match policy {
            Policy::Open => Arc::default(),
            Policy::NoTarget => NO_TARGET.into(),
            Policy::Target(key) => format!("TrafficTarget {}", text(key)).into(),
            Policy::Split(key) => format!("TrafficSplit {}", text(key)).into(),
            Policy::TraefikService(key) => format!("TraefikService {}", text(key)).into(),
        };
        let split = split.map(text).unwrap_or_default();
        let subject = Subject { service: text(service), port, split, policy, refuses_at: None };
        self.subjects.routers.insert(router.into(), subject);
    }

    /// Takes down that only the middleware at a place of a router is its policy.
    pub(super) fn refuses_at(&mut self, router: &str, place: usize) {
        let subject = self.subjects.routers.get_mut(router).filter(|subject| !subject.policy.is_empty());
        subject.into_iter().for_each(|subject| subject.refuses_at = Some(place));
    }

    /// Takes down which Service a part of a split is.
    pub(super) fn is_backend(&mut self, name: &str, service: &Key) {
        self.subjects.backends.insert(name.into(), text(service));
    }
}

/// As Kubernetes writes it.
fn text(key: &Key) -> Arc<str> {
    format!("{}/{}", key.namespace, key.name).into()
}

fn is_empty(text: &Arc<str>) -> bool {
    text.is_empty()
}

/// The policy of a router that stands below those of all targets.
const NO_TARGET: &str = "no TrafficTarget";
