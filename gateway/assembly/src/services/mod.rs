//! The services that the gateway provides itself, by the name they have at provider `internal`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_acme::AcmeHttp;
use windrose_admin::{About, Api, Dashboard, Noop, Order, Outlook, Ping, View};
use windrose_config::StaticConfig;
#[cfg(feature = "mesh")]
use windrose_engine::drain::Stage;
use windrose_providers_core::States;
use windrose_telemetry::Telemetry;
use windrose_telemetry::metrics::Prometheus;
use windrose_upstream::service::Internal;

use crate::Windows;
use crate::providers::may_wish;

/// A service of the gateway's own.
#[derive(Clone, Copy)]
pub struct Own {
    /// Its name, without provider.
    pub name: &'static str,
    /// Whether the operator asked for it.
    pub is_wanted: fn(&StaticConfig) -> bool,
    /// Makes it.
    make: fn(&Wiring<'_>) -> Arc<dyn Internal>,
}

/// What services are made of.
#[derive(Debug)]
pub struct Wiring<'a> {
    /// What was decided at start.
    pub settings: &'a StaticConfig,
    /// What is to be said of the program.
    pub about: About,
    /// What there will be to see.
    pub windows: &'a Arc<Windows>,
    /// What is recorded of requests.
    pub telemetry: &'a Arc<Telemetry>,
}

/// All there are.
pub static SERVICES: &[Own] = &[
    Own { name: "noop", is_wanted: |_| true, make: |_| Arc::new(Noop) },
    Own { name: "api", is_wanted: |settings| settings.api.is_some(), make: api },
    Own { name: "dashboard", is_wanted: has_dashboard, make: dashboard },
    Own { name: "ping", is_wanted: |settings| settings.ping.is_some(), make: ping },
    Own { name: "acme-http", is_wanted: proves_by_http, make: acme_http },
    Own { name: "prometheus", is_wanted: wants_prometheus, make: prometheus },
    #[cfg(feature = "rest")]
    Own { name: "rest", is_wanted: |settings| settings.providers.find("rest").is_some(), make: rest },
    #[cfg(feature = "mesh")]
    Own {
        name: "mesh",
        is_wanted: |settings| settings.providers.find("meshController").is_some(),
        make: mesh,
    },
];

/// Those that the operator asked for.
#[must_use]
pub fn wanted(wiring: &Wiring<'_>) -> Vec<(Arc<str>, Arc<dyn Internal>)> {
    let wanted = SERVICES.iter().filter(|own| (own.is_wanted)(wiring.settings));
    wanted.map(|own| (Arc::from(own.name), (own.make)(wiring))).collect()
}

/// The same names, for whoever only compiles: nobody will ask them anything.
#[must_use]
pub fn unasked(settings: &StaticConfig) -> Vec<(Arc<str>, Arc<dyn Internal>)> {
    let wanted = SERVICES.iter().filter(|own| (own.is_wanted)(settings));
    wanted.map(|own| (Arc::from(own.name), Arc::new(Noop) as Arc<dyn Internal>)).collect()
}

fn api(wiring: &Wiring<'_>) -> Arc<dyn Internal> {
    let windows = Arc::clone(wiring.windows);
    let (providers, orders) = (Arc::clone(&windows.providers), windows.orders.clone());
    let seen = Arc::clone(&windows);
    let outlook = Outlook {
        window: Arc::clone(&windows.status),
        current: Arc::clone(&windows.current),
        tap: Arc::clone(&windows.tap),
        listening: Box::new(move || providers.load_full()),
        sources: Box::new(move || seen.states.get().map(States::all).unwrap_or_default()),
        orders: Box::new(move || orders.list().iter().map(order).collect()),
        look: Box::new(move || windows.published.get().map(|published| View::new(published.load_full()))),
    };
    Arc::new(Api::new(wiring.about, wiring.settings, outlook))
}

fn order(of: &windrose_acme::Order) -> Order {
    Order {
        resolver: Arc::clone(&of.resolver),
        names: of.names.clone(),
        renews_at: of.renews_at,
        is_under_way: of.is_under_way,
        error: of.error.clone(),
        next: of.next,
    }
}

#[cfg(feature = "rest")]
fn rest(wiring: &Wiring<'_>) -> Arc<dyn Internal> {
    let inlet = wiring.windows.rest.clone();
    Arc::new(windrose_admin::Rest::new(Arc::new(move |body| inlet.put(body))))
}

#[cfg(feature = "mesh")]
fn mesh(wiring: &Wiring<'_>) -> Arc<dyn Internal> {
    let status = Arc::clone(&wiring.windows.status);
    let is_running = move || status.get().is_none_or(|status| status.stage() == Stage::Running);
    Arc::new(windrose_mesh_controller::Service::new(wiring.windows.mesh.clone(), Box::new(is_running)))
}

fn has_dashboard(settings: &StaticConfig) -> bool {
    settings.api.as_ref().is_some_and(|api| api.dashboard)
}

fn dashboard(wiring: &Wiring<'_>) -> Arc<dyn Internal> {
    let base = wiring.settings.api.as_ref().map_or("", |api| api.base_path.trim_end_matches('/'));
    Arc::new(Dashboard::new(base))
}

fn proves_by_http(settings: &StaticConfig) -> bool {
    let mut resolvers = settings.certificates_resolvers.values();
    resolvers.any(|resolver| resolver.acme.as_ref().is_some_and(|acme| acme.http_challenge.is_some()))
}

fn acme_http(wiring: &Wiring<'_>) -> Arc<dyn Internal> {
    Arc::new(AcmeHttp::new(Arc::clone(&wiring.windows.tokens)))
}

fn ping(wiring: &Wiring<'_>) -> Arc<dyn Internal> {
    let status = wiring.settings.ping.as_ref().map_or(503, |ping| ping.terminating_status_code);
    let providers = Arc::clone(&wiring.windows.providers);
    let heard = Box::new(move || providers.load_full());
    Arc::new(Ping::new(status, Arc::clone(&wiring.windows.status), heard))
}

fn wants_prometheus(settings: &StaticConfig) -> bool {
    let is_written = settings.metrics.as_ref().is_some_and(|metrics| metrics.prometheus.is_some());
    is_written || may_wish(settings)
}

fn prometheus(wiring: &Wiring<'_>) -> Arc<dyn Internal> {
    let (telemetry, windows) = (Arc::clone(wiring.telemetry), Arc::clone(wiring.windows));
    Arc::new(Prometheus::new(Box::new(move || telemetry.metrics()), Box::new(move || windows.seen())))
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own").field("name", &self.name).finish_non_exhaustive()
    }
}
