//! HTTP routers.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use windrose_config::dynamic_config::{Name, Objects, Router, RouterObservability};
use windrose_config::{DynamicConfig, Section};
use windrose_engine::merge::{INTERNAL, Model, Place, qualified};

use super::related::Referring;
use super::{Copies, Object, Related, Shown, View, extend};
use crate::list::Row;

/// The section `http.routers`.
pub(crate) struct Routers;

impl Shown for Routers {
    type Written = Router;
    const SECTION: Section = Section::HttpRouters;

    fn objects(config: &DynamicConfig) -> &Objects<Router> {
        &config.http.routers
    }

    /// Where an entry point adds something of its own, a router on several of them goes by a name for each
    /// (traefik: the same).
    fn copies<'a>(view: &'a View, router: &'a Router) -> Copies<'a> {
        let adds = |place: &Place| view.adds(place);
        if is_child(router) || !view.merged().places.iter().any(adds) {
            return Copies::Whole;
        }
        let named = names(view, router);
        let on: Vec<&str> = named.iter().copied().filter(|name| view.place(name).is_some_and(adds)).collect();
        match named.len() {
            0 | 1 => Copies::Whole,
            all => Copies::Split { rest: on.len() < all, on },
        }
    }

    fn lists(view: &View, object: &Object<'_, Router>, name: &str) -> bool {
        Self::middlewares(view, object).iter().any(|middleware| **middleware == *name)
    }

    fn describe<'a>(view: &View, row: &mut Row<'a, Object<'a, Router>>, written: &'a Router) {
        row.rule = &written.rule;
        row.service = written.service.as_deref().map_or("", |service| service);
        row.priority = rank(view, &row.object, written);
        row.size = entry_points(view, &row.object, written).len();
    }

    fn write(view: &View, object: &Object<'_, Router>, out: &mut Map<String, Value>) {
        let Some(router) = object.read() else { return };
        let on = entry_points(view, object, router);
        if !on.is_empty() || !is_child(router) {
            out.insert("entryPoints".to_owned(), on.into());
        }
        let middlewares = Self::middlewares(view, object);
        if !middlewares.is_empty() {
            let names = middlewares.iter().map(|name| name.as_ref().into());
            out.insert("middlewares".to_owned(), names.collect::<Vec<Value>>().into());
        }
        let mut rest = Map::new();
        extend(&mut rest, router);
        for (name, value) in rest {
            out.entry(name).or_insert(value);
        }
        if is_child(router) {
            out.insert("parentRefs".to_owned(), parents(view, object, router).into());
        }
        if object.id.provider == INTERNAL {
            // They are written in the newest syntax, whatever that of others is.
            out.insert("ruleSyntax".to_owned(), "default".into());
        } else if is_old(view) {
            out.entry("ruleSyntax").or_insert_with(|| "v2".into());
        }
        match rank(view, object, router) {
            0 => out.remove("priority"),
            rank => out.insert("priority".to_owned(), rank.into()),
        };
        let model = model(view, object, router).and_then(|model| model.tls.as_deref());
        if let Some(tls) = router.tls.as_deref().or(model) {
            let mut shown = Map::new();
            extend(&mut shown, tls);
            out.insert("tls".to_owned(), shown.into());
        }
        if !is_child(router) || router.observability.is_some() {
            out.insert("observability".to_owned(), observability(router.observability.as_deref()));
        }
    }

    fn relate(view: &View, object: &Object<'_, Router>, _: &Related, out: &mut Map<String, Value>) {
        let Some(router) = object.read() else { return };
        let exists = |name: &String| view.place(name).is_some();
        let using: Vec<String> = entry_points(view, object, router).into_iter().filter(exists).collect();
        if !using.is_empty() {
            out.insert("using".to_owned(), using.into());
        }
    }

    fn name(object: &Object<'_, Router>, out: &mut Map<String, Value>) {
        if object.read().is_some() {
            // Beyond what a number of JavaScript holds.
            let priority = out.get("priority").and_then(Value::as_i64).unwrap_or(0);
            out.insert("priorityStr".to_owned(), priority.to_string().into());
            if let Some(Value::Object(tls)) = out.get_mut("tls") {
                tls.entry("options").or_insert_with(|| "default".into());
            }
        }
    }
}

impl Referring for Routers {
    fn service(written: &Router) -> Option<&Name> {
        written.service.as_ref()
    }

    fn middlewares(view: &View, object: &Object<'_, Router>) -> Vec<Arc<str>> {
        let Some(router) = object.read() else { return Vec::new() };
        let added = model(view, object, router).map(|model| &*model.middlewares).unwrap_or_default();
        added.iter().chain(&*router.middlewares).map(|name| qualified(name, object.id.provider)).collect()
    }
}

/// The entry points of one copy of a router.
fn entry_points(view: &View, object: &Object<'_, Router>, router: &Router) -> Vec<String> {
    if let Some(on) = object.id.on {
        return vec![on.to_owned()];
    }
    let all = names(view, router);
    let is_split = all.len() > 1;
    let is_here = |name: &&&str| !is_split || view.place(name).is_none_or(|place| !view.adds(place));
    all.iter().filter(is_here).map(|name| (*name).to_owned()).collect()
}

/// Whether it is reached through others alone.
fn is_child(router: &Router) -> bool {
    !router.parent_refs.is_empty()
}

/// The parents of a router, each under all names that it goes by (traefik: the same).
fn parents(view: &View, object: &Object<'_, Router>, router: &Router) -> Vec<String> {
    let names = |reference: &Name| {
        let full = qualified(reference, object.id.provider);
        let (plain, provider) = full.rsplit_once('@')?;
        let part = view.merged().parts.iter().find(|part| *part.provider == *provider)?;
        let (plain, parent) = part.config.http.routers.get_key_value(plain)?;
        let copies = view.copies::<Routers>(plain, &part.provider, &parent.value);
        Some(copies.map(|copy| copy.id.to_string()).collect::<Vec<_>>())
    };
    let known = |reference| {
        names(reference).unwrap_or_else(|| vec![qualified(reference, object.id.provider).to_string()])
    };
    router.parent_refs.iter().flat_map(known).collect()
}

/// Those written, or the default ones; a child has none.
fn names<'a>(view: &'a View, router: &'a Router) -> Vec<&'a str> {
    if router.entry_points.is_empty() && is_child(router) {
        return Vec::new();
    }
    if router.entry_points.is_empty() {
        return view.default_places();
    }
    router.entry_points.iter().map(|name| &***name).collect()
}

/// What the entry point of a copy adds to it.
fn model<'a>(view: &'a View, object: &Object<'_, Router>, router: &Router) -> Option<&'a Model> {
    let place = match (object.id.on, &*names(view, router)) {
        (Some(on), _) => view.place(on),
        (None, [name]) => view.place(name),
        (None, _) => None,
    };
    place?.model.as_deref()
}

/// Whether rules that do not say otherwise are written in the old syntax.
pub(super) fn is_old(view: &View) -> bool {
    &**view.merged().settings.core.default_rule_syntax == "v2"
}

/// The priority of a copy; 0 where it is on no entry point, since nobody compares it there.
fn rank(view: &View, object: &Object<'_, Router>, router: &Router) -> i64 {
    // Those that a parent cannot have are compared by nobody either (traefik: the same).
    let is_below = is_child(router) && router.tls.is_none() && router.observability.is_none();
    let is_anywhere =
        || is_below || entry_points(view, object, router).iter().any(|name| view.place(name).is_some());
    if router.priority == 0 && !is_anywhere() { 0 } else { priority(&router.rule, router.priority) }
}

/// The one written, or the length of the rule.
pub(super) fn priority(rule: &str, written: i64) -> i64 {
    match written {
        0 => i64::try_from(rule.len()).unwrap_or(i64::MAX),
        written => written,
    }
}

fn observability(written: Option<&RouterObservability>) -> Value {
    let on = |switch: fn(&RouterObservability) -> Option<bool>| written.and_then(switch).unwrap_or(true);
    json!({
        "accessLogs": on(|of| of.access_logs),
        "metrics": on(|of| of.metrics),
        "tracing": on(|of| of.tracing),
        "traceVerbosity": written.and_then(|of| of.trace_verbosity.as_deref()).unwrap_or("minimal"),
    })
}
