//! `api@internal`: what is in force, for people and programs to look at.

mod everything;
mod own;
mod problems;
mod sections;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use indexmap::IndexMap;
use serde_json::{Value, json};
use windrose_config::StaticConfig;
use windrose_config::static_config::EntryPoint;
use windrose_engine::merge::effective;
use windrose_engine::publish::Current;
use windrose_http::{Body, Exchange, Id, Method, Reply};
use windrose_observe::Rfc3339;
use windrose_providers_core::State;
use windrose_upstream::service::Internal;

use crate::answer::Answer;
use crate::dashboard::Dashboard;
use crate::debug;
use crate::dump;
use crate::explain::{Question, Sight, explain};
use crate::path::Asked;
use crate::ping::Listening;
use crate::pprof::{self, Pprof};
use crate::query::{Query, pairs};
use crate::stage::{Window, stage, stage_of};
use crate::tap::filter::Filter;
use crate::tap::{Lines, Tap};
use crate::view::{View, entry_point, overview};

use everything::everything;
pub use own::Order;

/// Where the API looks.
pub struct Outlook {
    /// The configuration in force.
    pub look: Look,
    /// How the engine is.
    pub window: Window,
    /// What traffic sees.
    pub current: Arc<OnceLock<Arc<Current>>>,
    /// What is heard of traffic.
    pub tap: Arc<Tap>,
    /// Which providers there are, and what was heard of each.
    pub listening: Listening,
    /// How it stands with their sources.
    pub sources: Sources,
    /// What certificate resolvers do.
    pub orders: Orders,
}

/// Gives how it stands with the source of each provider.
pub type Sources = Box<dyn Fn() -> BTreeMap<Arc<str>, State> + Send + Sync>;

/// Gives what certificate resolvers do.
pub type Orders = Box<dyn Fn() -> Vec<Order> + Send + Sync>;

/// Gives the configuration in force, once there is one.
pub type Look = Box<dyn Fn() -> Option<View> + Send + Sync>;

/// The API, and the dashboard below the same base path.
pub struct Api {
    facts: Arc<Facts>,
    dashboard: Option<Arc<Dashboard>>,
    /// Numbers and profiles of the process, where they are wanted.
    debug: Option<Pprof>,
}

/// What is there without a configuration in force.
pub(crate) struct Facts {
    base: String,
    version: Value,
    entry_points: IndexMap<Arc<str>, EntryPoint>,
    settings: StaticConfig,
    outlook: Outlook,
    started: SystemTime,
    explaining: Mutex<()>,
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
    /// The API of a program with these settings.
    #[must_use]
    pub fn new(about: About, settings: &StaticConfig, outlook: Outlook) -> Self {
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
        let dashboard = api.dashboard.then(|| Arc::new(Dashboard::new(&base)));
        let facts = Facts {
            base,
            version,
            entry_points: effective(settings),
            settings: settings.clone(),
            outlook,
            started: about.started,
            explaining: Mutex::default(),
        };
        Self { facts: Arc::new(facts), dashboard, debug: api.debug.then(Pprof::default) }
    }
}

impl Internal for Api {
    /// Everything but the version is written out on a thread that may take its time: a large configuration must not
    /// hold up the requests of others.
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(async move {
            let path = ex.target.path();
            let Some(path) = path.strip_prefix(self.facts.base.as_str()) else {
                return Answer::nothing().into_reply();
            };
            if let Some(reply) = self.dashboard.as_ref().and_then(|dashboard| self.page(dashboard, path, ex))
            {
                return reply;
            }
            if let Some(pprof) = &self.debug
                && let Some(asked) = pprof::Asked::parse(path)
            {
                return pprof.answer(asked, ex, &self.facts.outlook.window).await;
            }
            let asked = match path {
                "/debug/vars" if self.debug.is_some() => Some(Asked::Debug),
                _ => Asked::parse(path),
            };
            let Some(asked) = asked else { return Answer::nothing().into_reply() };
            if ex.method != Method::Get {
                return Reply::empty(405);
            }
            if asked == Asked::Tail {
                return self.facts.tail(ex.target.query());
            }
            let (facts, view) = (Arc::clone(&self.facts), (self.facts.outlook.look)());
            let query = ex.target.query().map(str::to_owned);
            let work = move || facts.answer(&asked, query.as_deref(), view.as_ref());
            match tokio::task::spawn_blocking(work).await {
                Ok(answer) => answer.into_reply(),
                Err(_) => windrose_http::Failure::Internal.reply(),
            }
        })
    }
}

impl Api {
    /// What of the dashboard stands at a path below the base path.
    fn page(&self, dashboard: &Dashboard, path: &str, ex: &Exchange) -> Option<Reply> {
        let base = &self.facts.base;
        let is_root = if base.is_empty() { path == "/" } else { path.is_empty() };
        if is_root {
            return Some(windrose_pages::welcome(base, ex));
        }
        path.strip_prefix("/dashboard")
            .filter(|rest| rest.starts_with('/'))
            .map(|rest| dashboard.file(rest, ex))
    }
}

impl Facts {
    fn answer(&self, asked: &Asked, query: Option<&str>, view: Option<&View>) -> Answer {
        match (asked, view) {
            (Asked::Version, _) => Answer::version(&self.version),
            (Asked::Debug, _) => Answer::debug(&debug::vars(&self.outlook.window, view, self.started)),
            (Asked::EntryPoints, _) => self.entry_points(query),
            (Asked::Rates, _) => own::rates(query, &self.outlook.tap.rates),
            (Asked::Providers, view) => {
                let Outlook { listening, sources, .. } = &self.outlook;
                own::providers(&listening(), &sources(), view)
            }
            (Asked::Tail, _) => Answer::nothing(),
            (Asked::EntryPoint(name), _) => match self.entry_points.get(&**name) {
                Some(entry) => Answer::json(&self.entry_point(name, entry)),
                None => Answer::error(404, &format!("entry point not found: {name}")),
            },
            (_, None) => Answer::error(503, "no configuration is in force yet, ask again"),
            (Asked::Overview, Some(view)) => Answer::json(&overview(view, stage(&self.outlook.window))),
            (Asked::RawData, Some(view)) => Answer::written(everything(view)),
            (Asked::SupportDump, Some(view)) => Answer::download(
                "support-dump.tar.gz",
                dump::dump(&self.version, &self.settings, everything(view), SystemTime::now()),
            ),
            (Asked::Explain, Some(view)) => self.explain(query, view),
            (Asked::Reloads, Some(view)) => own::reloads(query, view),
            (Asked::Certificates, Some(view)) => own::certificates(query, view, &(self.outlook.orders)()),
            (Asked::Problems, Some(view)) => problems::list(query, view),
            (Asked::All(section), Some(view)) => sections::list(*section, query, view),
            (Asked::One(section, name), Some(view)) => sections::one(*section, name, view),
        }
    }

    /// Requests as they end, until somebody has seen enough.
    fn tail(&self, query: Option<&str>) -> Reply {
        let mut words = String::new();
        for (name, value) in pairs(query) {
            if name != "filter" {
                return Answer::error(400, &format!("unknown parameter {name}, use filter")).into_reply();
            }
            words.push(' ');
            words.push_str(&value);
        }
        let filter = match Filter::parse(&words) {
            Ok(filter) => filter,
            Err(bad) => return Answer::error(400, &bad.to_string()).into_reply(),
        };
        match self.outlook.tap.tail.listen(filter) {
            Ok(listening) => {
                let lines = Lines::new(listening, Arc::clone(&self.outlook.window));
                let mut reply = Reply::empty(200);
                reply.body = Body::Stream(Box::new(lines));
                reply.headers.append(Id::CONTENT_TYPE, "text/event-stream");
                reply.headers.append(Id::CACHE_CONTROL, "no-store");
                // Some proxies hold answers back to send them as a whole.
                reply.headers.append("X-Accel-Buffering", "no");
                reply
            }
            Err(full) => Answer::error(503, &full.to_string()).into_reply(),
        }
    }

    fn explain(&self, query: Option<&str>, view: &View) -> Answer {
        let Some(current) = self.outlook.current.get() else {
            return Answer::error(503, "no configuration is in force yet, ask again");
        };
        let status = self.outlook.window.get();
        let addresses = status.map(|status| status.addresses()).unwrap_or_default();
        // One at a time: every router is looked at, and those of others must not wait for a crowd.
        let _turn = self.explaining.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = current.load();
        let sight = Sight { view, snapshot: &snapshot, addresses };
        match Question::parse(query).and_then(|question| explain(sight, &question)) {
            Ok(explanation) => Answer::json(&explanation),
            Err(bad) => Answer::error(400, &bad.to_string()),
        }
    }

    fn entry_points(&self, query: Option<&str>) -> Answer {
        let mut entries: Vec<_> = self.entry_points.iter().collect();
        entries.sort_unstable_by_key(|(name, _)| *name);
        match Query::parse(query).and_then(|query| query.window(entries.len())) {
            Ok((window, paging)) => {
                let page = entries.get(window).unwrap_or_default().iter();
                Answer::page(
                    &page.map(|(name, entry)| self.entry_point(name, entry)).collect::<Vec<_>>(),
                    paging,
                )
            }
            Err(bad) => Answer::error(400, &bad.to_string()),
        }
    }

    fn entry_point(&self, name: &str, entry: &EntryPoint) -> Value {
        let mut value = entry_point(name, entry);
        value["stage"] = stage_of(&self.outlook.window, name).to_string().into();
        value
    }
}
