//! Which routers use an object.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};
use windrose_config::dynamic_config::{Name, Router};
use windrose_engine::merge::qualified;

use super::View;

/// The routers that use each object of a section, by qualified names.
#[derive(Debug, Default)]
pub(crate) struct Users(BTreeMap<Arc<str>, BTreeSet<String>>);

impl Users {
    /// Nobody, for sections whose objects nobody uses.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// The routers that send requests to each of the wanted services.
    pub(crate) fn of_services(view: &View, wanted: impl Fn(&str) -> bool) -> Self {
        Self::collect(view, wanted, |router| router.service.as_slice())
    }

    /// The routers that list each of the wanted middlewares.
    pub(crate) fn of_middlewares(view: &View, wanted: impl Fn(&str) -> bool) -> Self {
        Self::collect(view, wanted, |router| &router.middlewares)
    }

    fn collect(view: &View, wanted: impl Fn(&str) -> bool, used: impl Fn(&Router) -> &[Name]) -> Self {
        let mut users = Self::default();
        for part in &view.merged().parts {
            for (name, router) in &part.config.http.routers {
                for reference in used(router) {
                    let object = qualified(reference, &part.provider);
                    if wanted(&object) {
                        users.0.entry(object).or_default().insert(format!("{name}@{}", part.provider));
                    }
                }
            }
        }
        users
    }

    /// Writes out who uses an object.
    pub(super) fn write(&self, name: &str, provider: &str, out: &mut Map<String, Value>) {
        if let Some(users) = self.0.get(&*qualified(name, provider)) {
            let users: Vec<Value> = users.iter().map(|user| user.as_str().into()).collect();
            out.insert("usedBy".to_owned(), users.into());
        }
    }
}
