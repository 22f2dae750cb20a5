//! Names of routers, services and middlewares.
//!
//! They are made of names that are joined with dashes and may have dashes themselves, so two different objects can
//! come to the same: Service `b-c` of namespace `a`, and Service `c` of namespace `a-b`. Who comes first has the name, and
//! others get one with a digest. Otherwise one namespace could put its list of clients in the place of another's.

use std::collections::BTreeMap;

use crate::digest;

/// The names that are taken, each with what it stands for.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<String, String>);

impl Keys {
    /// The name of what these parts say; the same parts give the same name.
    pub(super) fn name(&mut self, parts: &[&str]) -> String {
        self.name_of(parts, "")
    }

    /// The same for what the parts do not tell apart by themselves.
    pub(super) fn name_of(&mut self, parts: &[&str], which: &str) -> String {
        let meant = format!("{}/{which}", parts.join("/"));
        let plain = parts.join("-");
        let mut name = plain.clone();
        let mut round = 0;
        while self.0.get(&name).is_some_and(|taken| *taken != meant) {
            name = format!("{plain}-{}", digest::short(&format!("{round}/{meant}"), 8));
            round += 1;
        }
        self.0.insert(name.clone(), meant);
        name
    }
}
