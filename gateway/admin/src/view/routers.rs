//! Routers.

use serde_json::{Map, Value, json};
use windrose_config::dynamic_config::{Objects, Router, RouterObservability};
use windrose_config::{DynamicConfig, Section};
use windrose_engine::merge::qualified;

use super::{Object, Shown, Users, View, extend};
use crate::list::Row;

/// The section `http.routers`.
pub(crate) struct Routers;

impl Routers {
    /// Whether a router lists a middleware of this qualified name.
    pub(crate) fn lists(object: Object<'_, Router>, name: &str) -> bool {
        let middlewares = object.read().map(|router| &*router.middlewares).unwrap_or_default();
        middlewares.iter().any(|middleware| *qualified(middleware, object.provider) == *name)
    }
}

impl Shown for Routers {
    type Written = Router;
    const SECTION: Section = Section::HttpRouters;

    fn objects(config: &DynamicConfig) -> &Objects<Router> {
        &config.http.routers
    }

    fn describe<'a>(row: &mut Row<'a, Object<'a, Router>>, written: &'a Router) {
        row.rule = &written.rule;
        row.service = written.service.as_deref().map_or("", |service| service);
        row.priority = priority(written);
        row.size = written.entry_points.len();
    }

    fn write(view: &View, object: &Object<'_, Router>, out: &mut Map<String, Value>) {
        let Some(router) = object.read() else { return };
        out.insert("entryPoints".to_owned(), entry_points(view, router).into());
        if !router.middlewares.is_empty() {
            let names = router.middlewares.iter().map(|name| qualified(name, object.provider).to_string());
            out.insert("middlewares".to_owned(), names.collect::<Vec<_>>().into());
        }
        let mut rest = Map::new();
        extend(&mut rest, router);
        for (name, value) in rest {
            out.entry(name).or_insert(value);
        }
        out.insert("priority".to_owned(), priority(router).into());
        if router.tls.is_some()
            && let Some(Value::Object(tls)) = out.get_mut("tls")
        {
            tls.entry("options").or_insert_with(|| "default".into());
        }
        out.insert("observability".to_owned(), observability(router.observability.as_deref()));
    }

    fn relate(view: &View, object: &Object<'_, Router>, _: &Users, out: &mut Map<String, Value>) {
        let Some(router) = object.read() else { return };
        let exists = |name: &String| view.merged().places.iter().any(|place| *place.name == **name);
        let using: Vec<String> = entry_points(view, router).into_iter().filter(exists).collect();
        if !using.is_empty() {
            out.insert("using".to_owned(), using.into());
        }
    }

    fn name(object: &Object<'_, Router>, out: &mut Map<String, Value>) {
        if let Some(router) = object.read() {
            // Beyond what a number of JavaScript holds.
            out.insert("priorityStr".to_owned(), priority(router).to_string().into());
        }
    }
}

/// Those written, or the default ones.
fn entry_points(view: &View, router: &Router) -> Vec<String> {
    if !router.entry_points.is_empty() {
        return router.entry_points.iter().map(|name| name.to_string()).collect();
    }
    let mut names: Vec<String> = view
        .merged()
        .places
        .iter()
        .filter(|place| place.default)
        .map(|place| place.name.to_string())
        .collect();
    names.sort_unstable();
    names
}

/// The one written, or the length of the rule.
fn priority(router: &Router) -> i64 {
    match router.priority {
        0 => i64::try_from(router.rule.len()).unwrap_or(i64::MAX),
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
