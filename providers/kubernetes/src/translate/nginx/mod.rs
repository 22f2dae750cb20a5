//! Ingresses that were written for ingress-nginx: its annotations and the keys of its ConfigMap.
//!
//! [`table`] says what becomes of each annotation and where its value goes; a draft of an Ingress then becomes
//! middlewares ([`steps`]), services and routers ([`routes`]). Names are those of Traefik's provider of the same name.
//! Invariants: nothing that is written is accepted in silence; where something that decides who gets in cannot be had, the
//! routes are off.

pub mod audit;
mod beside;
mod canary;
mod class;
mod draft;
mod hosts;
mod keys;
mod read;
mod routes;
mod row;
mod rules;
mod services;
mod steps;
mod streams;
pub mod table;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::sync::Arc;

use windrose_config::Problem;
use windrose_providers_core::labels::normalize;

use super::ingress::certificates;
use super::names::hash;
use super::view::{Needs, View};
use super::{Scribe, Translated};
use crate::objects::{Ingress, Object, World};
use crate::options::NginxOptions;

pub use class::ours;
pub use keys::KEYS;
pub use row::{Fate, Row};

use canary::Canaries;
use draft::Draft;

/// What Ingresses declare.
#[must_use]
pub fn translate(world: &World, options: &NginxOptions) -> Translated {
    let mut out = Translated::default();
    let needs = Needs::default();
    let context = Context { world, view: View::new(world, &needs), options };
    let (seed, is_closed) = context.seed(&mut out);
    let readings = context.readings(&mut out, &seed, is_closed);
    let hosts = context.hosts(&mut out, &readings);
    let mut canaries = Canaries::of(&readings);
    for reading in readings.iter().filter(|reading| !reading.draft.canary.is_on) {
        let Some((mut scribe, body)) = out.begin("Ingress", reading.object) else { continue };
        certificates(context.view, &mut scribe, body);
        context.routes(&mut scribe, reading, &hosts, &mut canaries);
    }
    for (at, message) in canaries.told() {
        let Some(reading) = readings.get(at.ingress) else { continue };
        let Some((mut scribe, _)) = out.begin("Ingress", reading.object) else { continue };
        scribe.wrong(format!("spec.rules[{}].http.paths[{}]", at.rule, at.path), message);
    }
    if let Some((namespace, name)) = &options.default_backend
        && let Some(object) = world.services.get(namespace, name)
        && let Some((mut scribe, _)) = out.begin("Service", object)
    {
        context.last(&mut scribe, (namespace, name));
    }
    out.config.tls.certificates.sort_by_key(|written| written.origin.source.to_string());
    out
}

/// What translation looks at.
struct Context<'a> {
    world: &'a World,
    /// The same, as those see it who translate other kinds, too.
    view: View<'a>,
    options: &'a NginxOptions,
}

/// An Ingress whose annotations are read.
struct Reading<'w> {
    object: &'w Object<Ingress>,
    body: &'w Ingress,
    /// What the names of all it declares begin with.
    stem: String,
    draft: Draft,
    /// Whether something is asked for that cannot be had.
    is_closed: bool,
}

impl Reading<'_> {
    /// Whether clients of a host can be sent to TLS.
    fn has_certificate(&self, host: &str) -> bool {
        let fits = |name: &Arc<str>| {
            **name == *host
                || name.strip_prefix('*').is_some_and(|domain| {
                    host.strip_suffix(domain).is_some_and(|label| !label.is_empty() && !label.contains('.'))
                })
        };
        self.body.tls.iter().any(|tls| tls.hosts.is_empty() || tls.hosts.iter().any(fits))
    }
}

impl<'a> Context<'a> {
    /// What holds for all Ingresses: options, and the ConfigMap over them. Whether their routes are off: a guard that
    /// stands there must not be lost because it cannot be read.
    fn seed(&self, out: &mut Translated) -> (Draft, bool) {
        let mut draft = Draft::default();
        for (name, value) in &self.options.defaults {
            if let Some(row) = keys::find(name) {
                // An option that cannot be used would stand here as nothing, which is what it says then.
                let _ = row.read(&mut draft, value);
            }
        }
        let Some((namespace, name)) = &self.options.config_map else { return (draft, false) };
        let Some(object) = self.world.config_maps.get(namespace, name) else {
            let message =
                format!("there is no ConfigMap {namespace}/{name}; all routes are off until it is there");
            out.config.problems.push(Problem::error(message));
            return (draft, true);
        };
        let Some((mut scribe, map)) = out.begin("ConfigMap", object) else { return (draft, true) };
        let mut is_closed = false;
        for (key, value) in &map.data {
            let place = format!("data[{key}]");
            let row = keys::find(key);
            tell(&mut scribe, &place, row.map_or(keys::UNKNOWN, |row| row.fate_of(value)));
            if let Some(Err(message)) = row.map(|row| row.read(&mut draft, value)) {
                let is_guard = keys::is_guard(key);
                let more = if is_guard { "; all routes are off until it is mended" } else { "" };
                scribe.wrong(place, format!("{message}{more}"));
                is_closed |= is_guard;
            }
        }
        for (key, written) in
            [("add-headers", &draft.fields.added), ("proxy-set-headers", &draft.fields.sent)]
        {
            if let Err(message) = self.map(written, namespace) {
                scribe.wrong(format!("data[{key}]"), message);
            }
        }
        (draft, is_closed)
    }

    fn readings(&self, out: &mut Translated, seed: &Draft, all_closed: bool) -> Vec<Reading<'a>> {
        let mut stems: BTreeMap<String, Arc<str>> = BTreeMap::new();
        let mut readings = Vec::new();
        for object in ours(self.world, self.options) {
            let Some((mut scribe, body)) = out.begin("Ingress", object) else { continue };
            let meta = &object.meta;
            let mut stem = normalize(&format!("{}-{}", meta.namespace, meta.name));
            // Two Ingresses whose names come to the same: the older one has it.
            if stems.contains_key(&stem) {
                stem = format!("{stem}-{}", hash(format!("{}/{}", meta.namespace, meta.name).as_bytes()));
            }
            stems.insert(stem.clone(), Arc::clone(&meta.name));
            let (draft, is_closed) = read(&mut scribe, object, seed.clone());
            readings.push(Reading { object, body, stem, draft, is_closed: is_closed || all_closed });
        }
        readings
    }
}

/// The draft of an Ingress, and whether its routes are off.
fn read(scribe: &mut Scribe<'_>, object: &Object<Ingress>, mut draft: Draft) -> (Draft, bool) {
    let mut is_closed = false;
    let written = |name: &str| object.meta.annotations.get(format!("{}{name}", table::PREFIX).as_str());
    let is_canary = written("canary").is_some_and(|value| read::truth(value.trim()) == Ok(true));
    for row in table::ANNOTATIONS {
        let Some(value) = written(row.name) else { continue };
        // Of a canary the others are those of the Ingress it stands beside.
        if is_canary && !row.in_canary {
            continue;
        }
        let fate = row.fate_of(value);
        is_closed |= matches!(fate, Fate::Refused(_));
        match row.read(&mut draft, value) {
            Ok(()) => tell(scribe, &field(row.name), fate),
            Err(message) => {
                scribe.wrong(field(row.name), message);
                is_closed = true;
            }
        }
    }
    for name in object.meta.annotations.keys().filter_map(|name| name.strip_prefix(table::PREFIX)) {
        if table::find(name).is_none() {
            scribe.wrong(field(name), "is no annotation of ingress-nginx, and is left out");
        }
    }
    (draft, is_closed)
}

/// Tells what becomes of something, unless that is what is written.
fn tell(scribe: &mut Scribe<'_>, place: &str, fate: Fate) {
    let message = format!("{}: {}", fate.word(), fate.why());
    match fate {
        Fate::Exact => {}
        Fate::Approximated(_) | Fate::Idle(_) => scribe.odd(place, message),
        Fate::LeftOut(_) => scribe.wrong(place, message),
        Fate::Refused(why) => scribe.wrong(place, format!("refused, and what needs it is off: {why}")),
    }
}

/// Where an annotation stands.
fn field(annotation: &str) -> String {
    format!("metadata.annotations[{}{annotation}]", table::PREFIX)
}
