//! Middlewares.

use serde_json::{Map, Value};
use windrose_config::dynamic_config::{Middleware, Objects};
use windrose_config::redact::Unowned;
use windrose_config::{DynamicConfig, Section, Source};
use windrose_engine::merge::qualified;
use windrose_middleware::list;

use super::{Object, Related, Routers, Shown, View, Written};
use crate::list::Row;

/// The section `http.middlewares`.
pub(crate) struct Middlewares;

impl Shown for Middlewares {
    type Written = Middleware;
    const SECTION: Section = Section::HttpMiddlewares;

    fn objects(config: &DynamicConfig) -> &Objects<Middleware> {
        &config.http.middlewares
    }

    fn related(view: &View, wanted: &dyn Fn(&str) -> bool) -> Related {
        Related::of_middlewares::<Routers, Self>(view, wanted)
    }

    fn describe<'a>(_: &View, row: &mut Row<'a, Object<'a, Middleware>>, written: &'a Middleware) {
        row.kind = &written.kind;
    }

    fn write(_: &View, object: &Object<'_, Middleware>, out: &mut Map<String, Value>) {
        let Written::Read(middleware) = object.written else { return };
        let entry = list::find(&middleware.kind);
        let typed = entry.and_then(|entry| (entry.check)(middleware, &Source::other("the API")).ok());
        // Of what cannot be built nobody knows which texts are secret.
        let options =
            typed.or_else(|| serde_json::to_value(Unowned(&middleware.options)).ok()).unwrap_or_default();
        out.insert(kind(middleware).to_owned(), options);
    }

    fn relate(_: &View, object: &Object<'_, Middleware>, related: &Related, out: &mut Map<String, Value>) {
        related.write(object.id, out);
        // What is in use knows which objects it means (traefik: the same).
        if related.reaches(object.id)
            && let Some(names) = out.get_mut("chain").and_then(|chain| chain.get_mut("middlewares"))
        {
            for name in names.as_array_mut().into_iter().flatten() {
                *name = name.as_str().map(|name| qualified(name, object.id.provider).to_string()).into();
            }
        }
    }

    fn name(object: &Object<'_, Middleware>, out: &mut Map<String, Value>) {
        if let Written::Read(middleware) = object.written {
            out.insert("type".to_owned(), middleware.kind.to_lowercase().into());
        }
    }
}

/// The kind in its usual spelling.
fn kind(middleware: &Middleware) -> &str {
    list::find(&middleware.kind).map_or(&*middleware.kind, |entry| entry.name)
}
