//! What is known of objects that cannot be read: that they are written, and of a router where it is.
//!
//! A router that fell away would leave its requests to a broader one, past the middlewares it names; TLS options that
//! fell away would leave their handshakes to laxer ones. Each field is read by itself here, also under a misspelt
//! name, so that a mistake in one hides no other. Of what cannot be read, the stricter meaning counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Name, Router, RouterTls, TcpRouter, TcpRouterTls, UdpRouter};
use crate::origin::{Mark, Source};
use crate::problem::Section;
use crate::shape::Shape;
use crate::tree::{Entry, Tree, Value, decode, nearest};

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

/// The places of a router: its rule and how that ranks, its entry points, whether it is for TLS and with which options.
/// None without a rule; two, the second under another name, where nobody knows whether it is for TLS.
pub(super) fn salvage(name: &Arc<str>, written: &Tree, source: &Arc<Source>) -> Vec<(Arc<str>, Router)> {
    let Shape::Section(known) = Shape::of::<Router>() else { return Vec::new() };
    let known = known.into_iter().map(|(name, _)| name).collect();
    let fields = Fields { of: written, source, known };
    let rule = fields.read("rule").rule;
    if rule.trim().is_empty() {
        return Vec::new();
    }
    let is_ranked = fields.all("priority").all(|entry| fields.alone(&entry).is_some());
    let router = |tls| Router {
        rule: rule.clone(),
        rule_syntax: fields.read("ruleSyntax").rule_syntax,
        priority: if is_ranked { fields.read("priority").priority } else { i64::MAX },
        entry_points: fields.read("entryPoints").entry_points,
        parent_refs: fields.parents(),
        tls,
        ..Router::default()
    };
    let tls = fields.written("tls").find_map(|entry| fields.tls(&entry));
    let misspelt = fields.misspelt("tls").find_map(|entry| fields.tls(&entry)).filter(|_| tls.is_none());
    let maybe = misspelt.map(|tls| (format!("{name}@tls").into(), router(Some(tls))));
    std::iter::once((Arc::clone(name), router(tls))).chain(maybe).collect()
}

/// The places of a TCP router: what says where it is, is written as in a router of HTTP.
pub(super) fn salvage_tcp(
    name: &Arc<str>,
    written: &Tree,
    source: &Arc<Source>,
) -> Vec<(Arc<str>, TcpRouter)> {
    let places = salvage(name, written, source).into_iter();
    let of_tcp = |router: Router| TcpRouter {
        rule: router.rule,
        rule_syntax: router.rule_syntax,
        priority: router.priority,
        entry_points: router.entry_points,
        tls: router.tls.map(|_| Box::new(TcpRouterTls::default())),
        ..TcpRouter::default()
    };
    places.map(|(name, router)| (name, of_tcp(router))).collect()
}

/// The place of a UDP router: its entry points, all of them where they cannot be read.
pub(super) fn salvage_udp(
    name: &Arc<str>,
    written: &Tree,
    source: &Arc<Source>,
) -> Vec<(Arc<str>, UdpRouter)> {
    let fields = Fields { of: written, source, known: vec!["entryPoints", "service"] };
    let entry_points = fields.read("entryPoints").entry_points;
    vec![(Arc::clone(name), UdpRouter { entry_points, service: None })]
}

/// The fields of a router, each for itself.
struct Fields<'a> {
    of: &'a Tree,
    source: &'a Arc<Source>,
    known: Vec<&'static str>,
}

impl Fields<'_> {
    /// What is written under a name, and then what may be meant by it.
    fn all(&self, name: &'static str) -> impl Iterator<Item = Entry> {
        self.written(name).chain(self.misspelt(name))
    }

    /// What is written under a name.
    fn written(&self, name: &'static str) -> impl Iterator<Item = Entry> {
        self.entries(name, move |entry| entry.key.eq_ignore_ascii_case(name))
    }

    /// What is written under names that nobody knows and that are nearest to this one.
    fn misspelt(&self, name: &'static str) -> impl Iterator<Item = Entry> {
        self.entries(name, move |entry| {
            let is_known = self.known.iter().any(|known| known.eq_ignore_ascii_case(&entry.key));
            !is_known && nearest(&entry.key, &self.known).as_deref() == Some(name)
        })
    }

    fn entries(&self, name: &'static str, is_it: impl Fn(&Entry) -> bool) -> impl Iterator<Item = Entry> {
        let fields = self.of.entries().iter().filter(move |entry| !entry.value.is_null() && is_it(entry));
        fields.map(move |entry| Entry { key: name.into(), ..entry.clone() })
    }

    /// What a field says that can be read; else nothing is written there.
    fn read(&self, name: &'static str) -> Router {
        self.all(name).find_map(|entry| self.alone(&entry)).unwrap_or_default()
    }

    /// The parents of a router; a name that none has where they cannot be read, so that it is known to have some.
    fn parents(&self) -> Box<[Name]> {
        let read = self.read("parentRefs").parent_refs;
        let is_written = self.all("parentRefs").any(|entry| self.alone(&entry).is_none());
        if read.is_empty() && is_written { Box::new([Name::from(Arc::from(UNREADABLE))]) } else { read }
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
pub const UNREADABLE: &str = "@";
/// What may be written of a router's TLS besides its options.
const ELSE_OF_TLS: [&str; 2] = ["certResolver", "domains"];
