//! The paths of `metrics.smi-spec.io`: what they are asked, and what they answer.
//!
//! Whoever asks has been let in already: permissions are the API server's. Figures of something that is there and had
//! no traffic are zeros, and what is not there is not found.

mod discovery;
mod items;
mod kinds;
mod query;
mod selector;
mod table;
#[cfg(test)]
mod tests;
mod traffic;

use serde_json::{Value, json};
use windrose_mesh_topology::Key;

use crate::directory::Directory;
use crate::shown::{Frame, Item};
use crate::window::Window;
use items::Items;
use kinds::Kind;
use query::Query;

pub use traffic::{Look, traffic};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Without a query.
    pub path: &'a str,
    /// As it was written; empty without one.
    pub query: &'a str,
    /// Which forms are taken.
    pub accept: &'a str,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Of HTTP.
    pub status: u16,
    /// As JSON.
    pub body: Value,
}

/// What a path means.
#[derive(Debug)]
enum Place<'a> {
    /// All of a kind, in a namespace or everywhere.
    All(&'static Kind, Option<&'a str>),
    One(&'static Kind, Key),
    Edges(&'static Kind, Key),
}

/// Answers a question, at a time in seconds since 1970.
#[must_use]
pub fn answer(asked: &Asked<'_>, window: &Window, directory: &Directory, now: u64) -> Answer {
    let path = asked.path.trim_end_matches('/');
    if let Some(found) = discovery::answer(path) {
        return found;
    }
    let rest = path.strip_prefix(discovery::PREFIX).and_then(|rest| rest.split_once('/'));
    let Some((version, rest)) = rest.filter(|(version, _)| discovery::VERSIONS.contains(version)) else {
        return Answer::failure(404, "NotFound", "404 page not found");
    };
    let query = match Query::read(asked.query) {
        Ok(query) => query,
        Err(why) => return Answer::failure(400, "BadRequest", &why),
    };
    let place = match Place::read(rest) {
        Ok(place) => place,
        Err(what) => return Answer::failure(404, "NotFound", &what),
    };
    if query.is_watch {
        return Answer::failure(405, "MethodNotAllowed", "figures cannot be watched; ask again");
    }
    let api = format!("{}/{version}", discovery::GROUP);
    let frame = Frame { api: &api, span: Window::span(query.seconds, now) };
    let items = Items { window, directory, span: frame.span };
    let link = |path: &str| format!("{}{version}/{path}", discovery::PREFIX);
    let said = match &place {
        // A split has figures for each of its backends.
        Place::One(kind, key) if kind.of == kinds::Of::Split => match items.split(kind, key) {
            Some(found) => Said::Many(found),
            None => return not_found(kind, key),
        },
        Place::One(kind, key) => match items.one(kind, key) {
            Some(item) => Said::One(Box::new(item)),
            None => return not_found(kind, key),
        },
        Place::Edges(kind, key) => match items.edges(kind, key) {
            Some(found) => Said::Many(found),
            None => return not_found(kind, key),
        },
        Place::All(kind, namespace) => match &query.selector {
            Some(_) if kind.of == kinds::Of::Split => {
                return Answer::failure(400, "BadRequest", "labels of trafficsplits are not known here");
            }
            selector => Said::Many(items.all(kind, *namespace, selector.as_ref())),
        },
    };
    let body = match said {
        Said::One(item) if asked.wants_table() => table::table(&frame, &[*item], &link),
        Said::Many(found) if asked.wants_table() => table::table(&frame, &found, &link),
        Said::One(item) => frame.object(&item, &link(&place_of(&item))),
        Said::Many(found) => {
            let objects: Vec<Value> =
                found.iter().map(|item| frame.object(item, &link(&place_of(item)))).collect();
            let mut list = json!({
                "apiVersion": api,
                "kind": "TrafficMetricsList",
                "metadata": {"selfLink": path},
                "resource": place.reference(),
            });
            if let Some(selector) = &query.selector {
                list["selector"] = selector.shown();
            }
            list["items"] = objects.into();
            list
        }
    };
    Answer { status: 200, body }
}

/// What there is to say.
enum Said {
    One(Box<Item>),
    Many(Vec<Item>),
}

impl<'a> Place<'a> {
    fn read(rest: &'a str) -> Result<Self, String> {
        let parts: Vec<&str> = rest.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err("404 page not found".to_owned());
        }
        let named =
            |plural: &str| Kind::named(plural).ok_or_else(|| format!("Unsupported resource: {plural}"));
        let bare = |name: &str| kinds::bare(&name.into());
        let within = |namespace: &str, name: &str| Key { namespace: namespace.into(), name: name.into() };
        let namespaced = |plural: &str| {
            named(plural).and_then(|kind| match kind.is_namespaced() {
                true => Ok(kind),
                false => Err(format!("{plural} are in no namespace")),
            })
        };
        match parts.as_slice() {
            [plural] => named(plural).map(|kind| Self::All(kind, None)),
            [plural @ ("namespaces" | "nodes"), name] => {
                named(plural).map(|kind| Self::One(kind, bare(name)))
            }
            [plural @ ("namespaces" | "nodes"), name, "edges"] => {
                named(plural).map(|kind| Self::Edges(kind, bare(name)))
            }
            ["namespaces", namespace, plural] => {
                namespaced(plural).map(|kind| Self::All(kind, Some(*namespace)))
            }
            ["namespaces", namespace, plural, name] => {
                namespaced(plural).map(|kind| Self::One(kind, within(namespace, name)))
            }
            ["namespaces", namespace, plural, name, "edges"] if *plural != "trafficsplits" => {
                namespaced(plural).map(|kind| Self::Edges(kind, within(namespace, name)))
            }
            _ => Err("404 page not found".to_owned()),
        }
    }

    /// What a list is about.
    fn reference(&self) -> Value {
        match self {
            Self::All(kind, None) => json!({"kind": kind.name}),
            Self::All(kind, Some(namespace)) => json!({"kind": kind.name, "namespace": namespace}),
            Self::One(kind, key) | Self::Edges(kind, key) => kind.resource(key.clone()).reference(),
        }
    }
}

impl Asked<'_> {
    fn wants_table(&self) -> bool {
        // The first form that is known counts.
        let first = self.accept.split(',').next().unwrap_or_default();
        let mut parts = first.split(';').map(str::trim);
        let is = |part: &str| first.split(';').any(|one| one.trim() == part);
        parts.any(|part| part == "as=Table") && is("g=meta.k8s.io") && is("v=v1")
    }
}

impl Answer {
    /// As the tools of Kubernetes show it; `error` is what the interface's own server says.
    #[must_use]
    pub fn failure(status: u16, reason: &str, message: &str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": status, "error": message,
        });
        Self { status, body }
    }
}

/// The end of the path of what an item is about.
fn place_of(item: &Item) -> String {
    let key = &item.resource.key;
    let plural = kinds::KINDS.iter().find(|kind| kind.name == item.resource.kind);
    let plural = plural.map_or("", |kind| kind.plural);
    match &*key.namespace {
        "" => format!("{plural}/{}", key.name),
        namespace => format!("namespaces/{namespace}/{plural}/{}", key.name),
    }
}

fn not_found(kind: &Kind, key: &Key) -> Answer {
    Answer::failure(404, "NotFound", &format!("{} {:?} not found", kind.plural, &*key.name))
}
