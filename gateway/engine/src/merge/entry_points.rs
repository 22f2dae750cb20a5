//! Entry points as routers see them: which there are, which are the default, what they add.

use std::sync::Arc;

use indexmap::IndexMap;
use windrose_config::dynamic_config::{Name, RouterTls};
use windrose_config::static_config::EntryPoint;
use windrose_config::{Located, StaticConfig};

use crate::entry::Kind;

/// An entry point as routers see it.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name.
    pub name: Arc<str>,
    /// What it listens for.
    pub kind: Kind,
    /// Whether routers of HTTP and TCP that name no entry point are here.
    pub default: bool,
    /// Whether authorities are answered by routers here, and not by the gateway itself.
    pub by_pass: bool,
    /// What it adds to routers; `None` when that is nothing.
    pub model: Option<Arc<Model>>,
}

/// What an entry point adds to the routers on it.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Put before a router's own middlewares.
    pub middlewares: Box<[Name]>,
    /// For routers that say nothing about TLS.
    pub tls: Option<Box<RouterTls>>,
}

/// The entry points there are: the written ones, `http` on port 80 when none is written, and `traefik` on
/// port 8080 when the API, the ping endpoint or the metrics want it and it is not written.
#[must_use]
pub fn effective(settings: &StaticConfig) -> IndexMap<Arc<str>, EntryPoint> {
    let mut all = settings.entry_points.clone();
    if all.is_empty() {
        all.insert("http".into(), on(":80"));
    }
    let api = settings.api.as_ref().is_some_and(|api| api.insecure);
    let ping = settings.ping.as_ref();
    let ping = ping.is_some_and(|ping| !ping.manual_routing && &**ping.entry_point == TRAEFIK);
    let prometheus = settings.metrics.as_ref().and_then(|metrics| metrics.prometheus.as_ref());
    let prometheus = prometheus.is_some_and(|of| !of.manual_routing && &**of.entry_point == TRAEFIK);
    let rest = settings.providers.is_rest_insecure();
    if (api || ping || prometheus || rest) && !all.contains_key(TRAEFIK) {
        all.insert(TRAEFIK.into(), on(":8080"));
    }
    all
}

impl Place {
    /// The places of all entry points, in order.
    #[must_use]
    pub fn all(settings: &StaticConfig) -> Arc<[Self]> {
        let all = effective(settings);
        let is_tcp = |entry: &EntryPoint| Kind::of(entry) == Kind::Tcp;
        let chosen = all.values().any(|entry| is_tcp(entry) && entry.as_default);
        let is_default = |name: &str, entry: &EntryPoint| {
            is_tcp(entry) && if chosen { entry.as_default } else { name != TRAEFIK }
        };
        all.iter()
            .map(|(name, entry)| Self {
                name: Arc::clone(name),
                kind: Kind::of(entry),
                default: is_default(name, entry),
                by_pass: entry.allow_acme_by_pass,
                model: Model::of(entry).map(Arc::new),
            })
            .collect()
    }
}

impl Model {
    fn of(entry: &EntryPoint) -> Option<Self> {
        let http = &entry.http;
        // Saying what is recorded adds nothing, and yet makes it a router of its own (traefik: the same).
        let records = &entry.observability;
        let records_all = records.access_logs && records.metrics && records.tracing;
        if http.middlewares.is_empty() && http.tls.is_none() && records_all {
            return None;
        }
        let tls = http.tls.as_ref().map(|tls| {
            Box::new(RouterTls {
                options: tls.options.clone(),
                cert_resolver: tls.cert_resolver.clone(),
                domains: tls.domains.clone(),
            })
        });
        Some(Self { middlewares: http.middlewares.clone(), tls })
    }
}

fn on(address: &str) -> EntryPoint {
    EntryPoint { address: Located::from(Arc::from(address)), ..EntryPoint::default() }
}

/// The entry point of the API and of ping, where nobody else goes unless they say so.
pub(super) const TRAEFIK: &str = "traefik";
