//! What is known of objects that cannot be read: that they are written, and of a router where it is.
//!
//! A router that fell away would leave its requests to a broader one, past the middlewares it names; TLS options that
//! fell away would leave their handshakes to laxer ones. Each field is read by itself here, so that a mistake in one
//! hides no other. Of what cannot be read, the stricter meaning counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Name, Router, RouterTls};
use crate::origin::{Mark, Source};
use crate::problem::Section;
use crate::tree::{Entry, Tree, Value, decode};

/// The names of objects that are written and cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost(BTreeMap<Section, BTreeSet<Arc<str>>>);

impl Lost {
    /// Takes note of an object that cannot be read.
    pub fn insert(&mut self, section: Section, name: Arc<str>) {
        self.0.entry(section).or_default().insert(name);
    }

    /// Whether an object is written and cannot be read.
    #[must_use]
    pub fn contains(&self, section: Section, name: &str) -> bool {
        self.0.get(&section).is_some_and(|names| names.contains(name))
    }

    /// Takes note of all that others could not be read.
    pub fn extend(&mut self, others: &Self) {
        for (section, names) in &others.0 {
            self.0.entry(*section).or_default().extend(names.iter().cloned());
        }
    }
}

/// The place of a router: its rule and how that ranks, its entry points, whether it is for TLS and with which options.
/// `None` without a rule.
pub(super) fn salvage(written: &Tree, source: &Arc<Source>) -> Option<Router> {
    let fields = Fields { of: written, source };
    let rule = fields.read("rule").rule;
    if rule.trim().is_empty() {
        return None;
    }
    let is_ranked = fields.all("priority").all(|entry| fields.alone(entry).is_some());
    Some(Router {
        rule,
        rule_syntax: fields.read("ruleSyntax").rule_syntax,
        priority: if is_ranked { fields.read("priority").priority } else { i64::MAX },
        entry_points: fields.read("entryPoints").entry_points,
        tls: fields.all("tls").find_map(|entry| fields.tls(entry)),
        ..Router::default()
    })
}

/// The fields of a router, each for itself.
struct Fields<'a> {
    of: &'a Tree,
    source: &'a Arc<Source>,
}

impl Fields<'_> {
    fn all(&self, name: &str) -> impl Iterator<Item = &Entry> {
        let fields = self.of.entries().iter().filter(move |entry| entry.key.eq_ignore_ascii_case(name));
        fields.filter(|entry| !entry.value.is_null())
    }

    /// What a field says that can be read; else nothing is written there.
    fn read(&self, name: &str) -> Router {
        self.all(name).find_map(|entry| self.alone(entry)).unwrap_or_default()
    }

    /// A router with nothing but this field.
    fn alone(&self, entry: &Entry) -> Option<Router> {
        decode(&table(entry.clone(), entry.mark), self.source).ok()
    }

    /// A router is for TLS, too, where what is written of TLS cannot be read.
    fn tls(&self, entry: &Entry) -> Option<Box<RouterTls>> {
        match self.alone(entry) {
            Some(router) => {
                router.tls.map(|tls| Box::new(RouterTls { options: tls.options, ..RouterTls::default() }))
            }
            None => Some(Box::new(RouterTls { options: self.options(entry), ..RouterTls::default() })),
        }
    }

    /// The options that are named where not all that is written of TLS can be read.
    fn options(&self, tls: &Entry) -> Option<Name> {
        let mut may_be_meant = tls.value.entries().is_empty();
        for inner in tls.value.entries() {
            let alone = Entry { value: table(inner.clone(), inner.mark), ..tls.clone() };
            match self.alone(&alone).map(|router| router.tls.and_then(|tls| tls.options)) {
                Some(Some(options)) => return Some(options),
                Some(None) => {}
                None => {
                    may_be_meant |= !ELSE_OF_TLS.iter().any(|field| inner.key.eq_ignore_ascii_case(field))
                }
            }
        }
        may_be_meant.then(|| Name::from(Arc::from(UNREADABLE)))
    }
}

fn table(entry: Entry, mark: Mark) -> Tree {
    Tree { mark, value: Value::Table(Box::new([entry])) }
}

/// A name that no object has.
const UNREADABLE: &str = "@";
/// What may be written of a router's TLS besides its options.
const ELSE_OF_TLS: [&str; 2] = ["certResolver", "domains"];
