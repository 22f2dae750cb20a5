//! `Middleware`s that a Service names.
//!
//! Invariant: all of them are there or none is, so that no router goes without one of its middlewares.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builder::Builder;
use super::model;
use super::references::{DEEPEST, EdgeError, Names};
use crate::facts::{Key, Middleware};
use crate::problem::Kind;

/// What a Service names, and what that leads to.
#[derive(Debug, Default)]
pub(super) struct Named<'f> {
    /// The first is asked first.
    names: Vec<Key>,
    all: BTreeMap<Key, Found<'f>>,
}

/// An object, and the members of a chain.
#[derive(Debug)]
struct Found<'f> {
    middleware: &'f Middleware,
    members: Vec<Key>,
}

impl<'a> Builder<'a> {
    /// Finds the middlewares of an annotation.
    pub(super) fn find_middlewares(&mut self, service: &Key, written: &str) -> Result<Named<'a>, EdgeError> {
        let mut named = Named::default();
        for name in written.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let key = self.middleware_names(&service.namespace).written(name)?;
            self.follow_middleware(&key, &mut Vec::new(), &mut named.all)?;
            named.names.push(key);
        }
        if named.names.is_empty() {
            self.tell(Kind::Service, service, "middlewares is empty, there are none".to_owned());
        }
        Ok(named)
    }

    fn follow_middleware(
        &self,
        key: &Key,
        way: &mut Vec<Key>,
        all: &mut BTreeMap<Key, Found<'a>>,
    ) -> Result<(), EdgeError> {
        if way.contains(key) {
            return Err(EdgeError::Circle { kind: KIND, key: key.clone() });
        }
        if way.len() >= DEEPEST {
            return Err(EdgeError::Deep { kind: KIND, key: key.clone() });
        }
        if all.contains_key(key) {
            return Ok(());
        }
        let missing = || EdgeError::Missing { kind: KIND, key: key.clone() };
        let middleware = &**key.find(&self.facts.middlewares).ok_or_else(missing)?;
        let mut members = Vec::new();
        match middleware {
            Middleware::Step(_) => {}
            Middleware::Refused(why) => {
                return Err(EdgeError::Refused { kind: KIND, key: key.clone(), why: Arc::clone(why) });
            }
            Middleware::Chain(written) => {
                way.push(key.clone());
                for one in written {
                    let member = self.middleware_names(&key.namespace).named(one)?;
                    self.follow_middleware(&member, way, all)?;
                    members.push(member);
                }
                way.pop();
            }
        }
        all.insert(key.clone(), Found { middleware, members });
        Ok(())
    }

    /// Declares all that was found; the names of those that routers have.
    pub(super) fn declare_middlewares(&mut self, named: &Named<'_>) -> Vec<String> {
        for (key, found) in &named.all {
            let made = match found.middleware {
                Middleware::Step(step) => model::Middleware::Written(step.clone()),
                _ => model::Middleware::Chain {
                    middlewares: found.members.iter().map(|member| self.middleware_name(member)).collect(),
                },
            };
            let name = self.middleware_name(key);
            self.made.http.middlewares.insert(name, made);
        }
        named.names.iter().map(|key| self.middleware_name(key)).collect()
    }

    fn middleware_name(&mut self, key: &Key) -> String {
        self.keys.name(&[&key.namespace, &key.name, "middleware"])
    }

    fn middleware_names<'n>(&self, from: &'n Arc<str>) -> Names<'n, Middleware>
    where
        'a: 'n,
    {
        Names { kind: KIND, table: &self.facts.middlewares, settings: self.settings, from }
    }
}

const KIND: &str = "Middleware";
