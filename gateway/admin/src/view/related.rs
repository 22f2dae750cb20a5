//! What others make of an object: which routers use it, and whether traffic reaches it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};
use windrose_config::dynamic_config::{Middleware, Name};
use windrose_config::tree::Value as Written;
use windrose_engine::merge::qualified;

use super::{Object, Shown, View};
use crate::list::Id;

/// A section of routers: what they refer to.
pub(super) trait Referring: Shown {
    /// The service that a router sends to.
    fn service(written: &Self::Written) -> Option<&Name>;

    /// The middlewares in front of a router, by qualified names: its entry point's and its own.
    fn middlewares(view: &View, object: &Object<'_, Self::Written>) -> Vec<Arc<str>>;
}

/// A section of services: what they refer to.
pub(super) trait Nesting: Shown {
    /// The services that a service is made of.
    fn children(written: &Self::Written) -> Vec<&Name>;
}

/// What is known of some objects of a section, by qualified names.
#[derive(Debug, Default)]
pub(crate) struct Related {
    users: BTreeMap<Arc<str>, BTreeSet<String>>,
    reached: HashSet<Arc<str>>,
}

impl Related {
    /// Nothing, for sections whose objects nobody uses.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// The routers that send to each of the wanted services, and which services traffic reaches.
    pub(super) fn of_services<R: Referring, S: Nesting>(view: &View, wanted: &dyn Fn(&str) -> bool) -> Self {
        let mut related = Self::default();
        let mut waiting = Vec::new();
        for router in view.objects::<R>() {
            let Some(service) = router.read().and_then(R::service) else { continue };
            let service = qualified(service, router.id.provider);
            if wanted(&service) {
                related.users.entry(Arc::clone(&service)).or_default().insert(router.id.to_string());
            }
            if related.reached.insert(Arc::clone(&service)) {
                waiting.push(service);
            }
        }
        while let Some(service) = waiting.pop() {
            let Some(object) = view.find::<S>(&service) else { continue };
            for child in object.read().map(S::children).unwrap_or_default() {
                let child = qualified(child, object.id.provider);
                if related.reached.insert(Arc::clone(&child)) {
                    waiting.push(child);
                }
            }
        }
        related
    }

    /// The routers that have each of the wanted middlewares in front of them, and which middlewares stand before any.
    pub(super) fn of_middlewares<R, M>(view: &View, wanted: &dyn Fn(&str) -> bool) -> Self
    where
        R: Referring,
        M: Shown<Written = Middleware>,
    {
        let mut related = Self::default();
        let mut waiting = Vec::new();
        for router in view.objects::<R>() {
            for middleware in R::middlewares(view, &router) {
                if related.reached.insert(Arc::clone(&middleware)) {
                    waiting.push(Arc::clone(&middleware));
                }
                if wanted(&middleware) {
                    related.users.entry(middleware).or_default().insert(router.id.to_string());
                }
            }
        }
        while let Some(chain) = waiting.pop() {
            let Some(object) = view.find::<M>(&chain) else { continue };
            for child in object.read().map(chained).unwrap_or_default() {
                let child = qualified(child, object.id.provider);
                if related.reached.insert(Arc::clone(&child)) {
                    waiting.push(child);
                }
            }
        }
        related
    }

    /// Whether a router leads to an object, be it through others.
    pub(super) fn reaches(&self, object: Id<'_>) -> bool {
        self.reached.contains(&*qualified(object.name, object.provider))
    }

    /// Writes out who uses an object.
    pub(super) fn write(&self, object: Id<'_>, out: &mut Map<String, Value>) {
        if let Some(users) = self.users.get(&*qualified(object.name, object.provider)) {
            let users: Vec<Value> = users.iter().map(|user| user.as_str().into()).collect();
            out.insert("usedBy".to_owned(), users.into());
        }
    }
}

/// The middlewares that a chain stands for.
fn chained(middleware: &Middleware) -> Vec<&str> {
    if !middleware.kind.eq_ignore_ascii_case("chain") {
        return Vec::new();
    }
    match middleware.options.field("middlewares").map(|names| &names.value) {
        Some(Written::List(names)) => names.iter().filter_map(|name| name.as_text()).collect(),
        Some(Written::Text(names)) => names.text.split(',').map(str::trim).collect(),
        _ => Vec::new(),
    }
}
