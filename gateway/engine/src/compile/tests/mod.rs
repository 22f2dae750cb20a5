//! One bench for all tests of compilation: documents in, snapshots and problems out.

mod align;
mod carried;
mod certificates;
mod closed;
mod doors;
mod elsewhere;
mod entries;
mod graph;
mod http;
mod options;
mod own;
mod property;
mod reuse;
mod services;
mod shrink;

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use windrose_config::source::yaml;
use windrose_config::{Section, StaticConfig, Update, refuse};
use windrose_http::{Exchange, Failure, Reply};
use windrose_rule::RequestView;
use windrose_upstream::service::LoadBalancer;

use super::*;
use crate::compile::layers::Layer;
use crate::merge::{Place, Sources, internal, merge};
use crate::snapshot::{Listener, Route};

/// A compiler with everything around it.
pub(super) struct Bench {
    pub(super) compiler: Compiler,
    pub(super) tools: Tools,
    pub(super) files: Arc<Memory>,
    pub(super) settings: Arc<StaticConfig>,
    pub(super) sources: Sources,
}

/// Files that are only in memory.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) files: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(super) reads: Mutex<usize>,
}

impl Memory {
    pub(super) fn put(&self, path: &str, content: impl Into<Vec<u8>>) {
        self.files.lock().unwrap().insert(path.to_owned(), content.into());
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        *self.reads.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.files.lock().unwrap().get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

struct Teapot;

impl Internal for Teapot {
    fn answer<'a>(&'a self, _: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(async { Failure::NoRoute.reply() })
    }
}

impl Bench {
    pub(super) fn new(settings: &str) -> Self {
        let settings = Arc::new(settings_of(settings));
        let files = Arc::new(Memory::default());
        let own =
            ["api", "ping", "noop"].map(|name| (Arc::from(name), Arc::new(Teapot) as Arc<dyn Internal>));
        let tools = Tools {
            build: windrose_middleware::list::build,
            services: own.into(),
            live: Arc::default(),
            files: Arc::clone(&files) as _,
        };
        let mut sources = Sources::new();
        sources.take(Update { provider: INTERNAL.into(), config: Arc::new(internal(&settings)) });
        Self { compiler: Compiler::new(tools.clone(), 0), tools, files, settings, sources }
    }

    /// Entry points `web` and `websecure`.
    pub(super) fn web() -> Self {
        Self::new("entryPoints: {web: {address: ':80'}, websecure: {address: ':443'}}")
    }

    pub(super) fn merged(&self) -> Merged {
        merge(&self.settings, &Place::all(&self.settings), &self.sources)
    }

    pub(super) fn take(&mut self, provider: &str, config: DynamicConfig) {
        self.sources.take(Update { provider: provider.into(), config: Arc::new(config) });
    }

    /// A provider says something new, and that is compiled.
    pub(super) fn say(&mut self, provider: &str, document: &str) -> Compiled {
        self.hear(provider, document);
        self.compile()
    }

    /// A provider says something new; objects written as before are shared, as providers do it.
    pub(super) fn hear(&mut self, provider: &str, document: &str) {
        let mut config = config(document);
        if let Some(part) = self.merged().parts.iter().find(|part| *part.provider == *provider) {
            config.reuse_unchanged(&part.config);
        }
        self.take(provider, config);
    }

    pub(super) fn compile(&mut self) -> Compiled {
        let merged = self.merged();
        self.compiler.compile(&merged)
    }

    /// What a compiler without memory makes of the same.
    pub(super) fn afresh(&self) -> Compiled {
        Compiler::new(self.tools.clone(), 0).compile(&self.merged())
    }
}

pub(super) fn settings_of(document: &str) -> StaticConfig {
    let source = Source::other("settings");
    let tree = yaml::parse(document, &source).unwrap();
    windrose_config::decode(&tree, &source).unwrap()
}

pub(super) fn config(document: &str) -> DynamicConfig {
    let source = Source::file("dynamic.yaml");
    DynamicConfig::decode(yaml::parse(document, &source).unwrap(), &source, refuse::DYNAMIC)
}

impl Compiled {
    pub(super) fn listener(&self, place: usize) -> &Listener {
        &self.snapshot.listeners[place]
    }

    pub(super) fn plain(&self, host: &str, path: &str) -> Option<&Arc<Route>> {
        self.listener(0)
            .plain
            .find(&RequestView { host, path, method: b"GET", ..Default::default() })
            .map(|found| found.route)
    }

    /// Who answers a request; closed places do not.
    pub(super) fn name(&self, host: &str, path: &str) -> Option<&str> {
        self.plain(host, path).filter(|route| !is_closed(route)).map(|route| &*route.name)
    }

    /// The router whose closed place a request meets.
    pub(super) fn closed(&self, host: &str, path: &str) -> Option<&str> {
        self.plain(host, path).filter(|route| is_closed(route)).map(|route| &*route.name)
    }

    pub(super) fn secure_name(&self, place: usize, host: &str) -> Option<&str> {
        let request = RequestView { host, path: "/", method: b"GET", ..Default::default() };
        let found = self.listener(place).secure.find(&request)?;
        Some(&*found.route.name).filter(|_| !is_closed(found.route))
    }

    /// All problems, one line each.
    pub(super) fn told(&self) -> Vec<String> {
        let line = |problem: &Problem| {
            let object = problem.object.as_ref().map_or_else(String::new, ToString::to_string);
            format!("{object}: {problem}")
        };
        self.report.problems().iter().map(line).collect()
    }
}

/// What is below a route, if anything is.
pub(super) fn layer(route: &Route) -> Option<&Layer> {
    let Kind::Fronted(front) = &route.service.kind else { return None };
    (&**front as &dyn std::any::Any).downcast_ref()
}

/// The routes that a request takes, from the top.
pub(super) fn way<'r>(top: &'r Arc<Route>, request: &RequestView<'_>) -> Vec<&'r Arc<Route>> {
    let mut way = vec![top];
    let mut at = top;
    while let Some(below) = layer(at) {
        let Some(found) = below.routes.find(request) else { break };
        at = found.route;
        way.push(at);
    }
    way
}

pub(super) fn is_closed(route: &Route) -> bool {
    &*route.service.name == "closed@internal" && route.chain.stages.is_empty()
}

pub(super) fn balancer(route: &Route) -> &LoadBalancer {
    match &route.service.kind {
        Kind::LoadBalancer(balancer) => balancer,
        _ => panic!("{} is no load balancer", route.service.name),
    }
}
