//! `api@internal`: what is in force, for people and programs to look at.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use indexmap::IndexMap;
use serde_json::{Value, json};
use windrose_config::StaticConfig;
use windrose_config::static_config::EntryPoint;
use windrose_engine::merge::effective;
use windrose_http::{Exchange, Method, Reply};
use windrose_observe::Rfc3339;
use windrose_upstream::service::Internal;

use crate::answer::Answer;
use crate::list::{self, Page};
use crate::path::{Asked, Section};
use crate::query::{BadPage, Query};
use crate::stage::{Window, stage, stage_of};
use crate::view::{Middlewares, Naming, Object, Routers, Services, Shown, Users, View, overview, told};

/// Gives the configuration in force, once there is one.
pub type Look = Box<dyn Fn() -> Option<View> + Send + Sync>;

/// The API.
pub struct Api {
    facts: Arc<Facts>,
    look: Look,
}

/// What is there without a configuration in force.
struct Facts {
    base: String,
    version: Value,
    entry_points: IndexMap<Arc<str>, EntryPoint>,
    window: Window,
}

/// What the API says of the program itself.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its version.
    pub version: &'static str,
    /// The name of that version.
    pub codename: &'static str,
    /// When it was started.
    pub started: SystemTime,
}

impl Api {
    /// The API of a program with these settings, whose engine is seen through `window`.
    #[must_use]
    pub fn new(about: About, settings: &StaticConfig, look: Look, window: Window) -> Self {
        let mut version = json!({
            "Version": about.version,
            "Codename": about.codename,
            "startDate": Rfc3339(about.started).to_string(),
        });
        let api = settings.api.clone().unwrap_or_default();
        if api.disable_dashboard_ad {
            version["disableDashboardAd"] = true.into();
        }
        if !api.dashboard_name.is_empty() {
            version["dashboardName"] = (*api.dashboard_name).into();
        }
        let base = api.base_path.trim_end_matches('/').to_owned();
        Self { facts: Arc::new(Facts { base, version, entry_points: effective(settings), window }), look }
    }
}

impl Internal for Api {
    /// Everything but the version is written out on a thread that may take its time: a large configuration must not
    /// hold up the requests of others.
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(async move {
            let path = ex.target.path();
            let Some(asked) = path.strip_prefix(self.facts.base.as_str()).and_then(Asked::parse) else {
                return Answer::nothing().into_reply();
            };
            if ex.method != Method::Get {
                return Reply::empty(405);
            }
            let (facts, view) = (Arc::clone(&self.facts), (self.look)());
            let query = ex.target.query().map(str::to_owned);
            let work = move || facts.answer(&asked, query.as_deref(), view.as_ref());
            match tokio::task::spawn_blocking(work).await {
                Ok(answer) => answer.into_reply(),
                Err(_) => windrose_http::Failure::Internal.reply(),
            }
        })
    }
}

impl Facts {
    fn answer(&self, asked: &Asked, query: Option<&str>, view: Option<&View>) -> Answer {
        match (asked, view) {
            (Asked::Version, _) => Answer::json(&self.version),
            (Asked::EntryPoints, _) => self.entry_points(query),
            (Asked::EntryPoint(name), _) => match self.entry_points.get(&**name) {
                Some(entry) => Answer::json(&self.entry_point(name, entry)),
                None => Answer::error(404, &format!("entry point not found: {name}")),
            },
            (_, None) => Answer::error(503, "no configuration is in force yet, ask again"),
            (Asked::Overview, Some(view)) => Answer::json(&overview(view, stage(&self.window))),
            (Asked::RawData, Some(view)) => Answer::written(everything(view)),
            (Asked::All(section), Some(view)) => section.list(query, view),
            (Asked::One(section, name), Some(view)) => section.one(name, view),
        }
    }

    fn entry_points(&self, query: Option<&str>) -> Answer {
        let mut entries: Vec<_> = self.entry_points.iter().collect();
        entries.sort_unstable_by_key(|(name, _)| *name);
        match Query::parse(query).and_then(|query| query.window(entries.len())) {
            Ok((window, next)) => {
                let page = entries.get(window).unwrap_or_default().iter();
                Answer::page(
                    &page.map(|(name, entry)| self.entry_point(name, entry)).collect::<Vec<_>>(),
                    next,
                )
            }
            Err(bad) => Answer::error(400, &bad.to_string()),
        }
    }

    fn entry_point(&self, name: &str, entry: &EntryPoint) -> Value {
        let mut value = serde_json::to_value(entry).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            fields.insert("name".to_owned(), name.into());
            fields.insert("stage".to_owned(), stage_of(&self.window, name).to_string().into());
        }
        value
    }
}

impl Section {
    fn list(self, query: Option<&str>, view: &View) -> Answer {
        match Query::parse(query).and_then(|query| self.page(&query, view)) {
            Ok((objects, next)) => Answer::page(&objects, next),
            Err(bad) => Answer::error(400, &bad.to_string()),
        }
    }

    fn page(self, query: &Query, view: &View) -> Result<(Vec<Value>, usize), BadPage> {
        // Only routers have a service and middlewares.
        let plain = || Query { service: None, middleware: None, ..query.clone() };
        Ok(match self {
            Self::Routers => {
                written::<Routers>(view, &view.page::<Routers>(query, Routers::lists)?, |_| Users::none())
            }
            Self::Services => {
                let page = view.page::<Services>(&plain(), |_, _| true)?;
                written::<Services>(view, &page, |wanted| Users::of_services(view, wanted))
            }
            Self::Middlewares => {
                let page = view.page::<Middlewares>(&plain(), |_, _| true)?;
                written::<Middlewares>(view, &page, |wanted| Users::of_middlewares(view, wanted))
            }
            Self::Empty(_) => (Vec::new(), query.window(0)?.1),
        })
    }

    fn one(self, name: &str, view: &View) -> Answer {
        let is_it = |candidate: &str| candidate == name;
        let found = match self {
            Self::Routers => {
                view.find::<Routers>(name).map(|it| view.show::<Routers>(&it, &Users::none(), Naming::Inside))
            }
            Self::Services => view
                .find::<Services>(name)
                .map(|it| view.show::<Services>(&it, &Users::of_services(view, is_it), Naming::Inside)),
            Self::Middlewares => view
                .find::<Middlewares>(name)
                .map(|it| view.show::<Middlewares>(&it, &Users::of_middlewares(view, is_it), Naming::Inside)),
            Self::Empty(_) => None,
        };
        match found {
            Some(object) => Answer::json(&object),
            None => Answer::error(404, &format!("{} not found: {name}", self.noun())),
        }
    }
}

/// The objects of a page written out, and the number of the next page.
fn written<S: Shown>(
    view: &View,
    page: &Page<Object<'_, S::Written>>,
    users: impl FnOnce(&dyn Fn(&str) -> bool) -> Users,
) -> (Vec<Value>, usize) {
    let names: HashSet<String> = page.objects.iter().map(Object::qualified).collect();
    let users = users(&|name| names.contains(name));
    let show = |object| view.show::<S>(object, &users, Naming::Inside);
    (page.objects.iter().map(show).collect(), page.next)
}

/// All sections that are not empty, objects by name, and the problems that belong to no object. Written object by object: a million would not fit as one value.
fn everything(view: &View) -> Vec<u8> {
    let all = |_: &str| true;
    let mut out = vec![b'{'];
    section::<Routers>(&mut out, "routers", view, &Users::none());
    section::<Middlewares>(&mut out, "middlewares", view, &Users::of_middlewares(view, all));
    section::<Services>(&mut out, "services", view, &Users::of_services(view, all));
    let problems: Vec<Value> = view.loose().map(|problem| told(problem).into()).collect();
    if !problems.is_empty() {
        member(&mut out, "problems");
        out.extend_from_slice(Value::from(problems).to_string().as_bytes());
    }
    out.push(b'}');
    out
}

fn section<S: Shown>(out: &mut Vec<u8>, name: &str, view: &View, users: &Users) {
    let mut objects: Vec<_> = view.objects::<S>().collect();
    if objects.is_empty() {
        return;
    }
    objects.sort_unstable_by(|left, right| {
        list::by_name((left.name, left.provider), (right.name, right.provider))
    });
    member(out, name);
    out.push(b'{');
    for object in &objects {
        member(out, &object.qualified());
        out.extend_from_slice(view.show::<S>(object, users, Naming::Before).to_string().as_bytes());
    }
    out.push(b'}');
}

/// Begins a member of the object that is being written.
fn member(out: &mut Vec<u8>, key: &str) {
    if !out.ends_with(b"{") {
        out.push(b',');
    }
    out.extend_from_slice(Value::from(key).to_string().as_bytes());
    out.push(b':');
}
