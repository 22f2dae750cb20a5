//! Routers that are lost: their place stays known, so that no broader one answers there.

use std::sync::Arc;

use windrose_config::dynamic_config::{Router, RouterTls};
use windrose_config::{DynamicConfig, Section, Written};

use super::names;

/// Closes the place of a router that was read.
pub(super) fn router(config: &mut DynamicConfig, name: &Arc<str>) {
    let Some(written) = config.http.routers.shift_remove(name) else { return };
    config.lost.insert(Section::HttpRouters, Arc::clone(name));
    if written.rule.value.is_empty() {
        return;
    }
    let router = Router {
        rule: written.rule.clone(),
        rule_syntax: written.rule_syntax.clone(),
        priority: written.priority,
        entry_points: written.entry_points.clone(),
        tls: written
            .tls
            .as_ref()
            .map(|tls| Box::new(RouterTls { options: tls.options.clone(), ..RouterTls::default() })),
        ..Router::default()
    };
    let closed = Written::new(router, written.origin.clone());
    config.http.closed.insert(Arc::clone(name), Arc::new(closed));
}

/// Closes all of a workload, when nobody knows which of its objects is wrong: it serves nothing, and the places of its
/// routers are nobody else's.
pub fn everything(config: &mut DynamicConfig) {
    for name in names(&config.http.routers) {
        router(config, &name);
    }
    let DynamicConfig { http, tcp, udp, tls, lost, .. } = config;
    let mut lose =
        |section, names: Vec<Arc<str>>| names.into_iter().for_each(|name| lost.insert(section, name));
    lose(Section::HttpServices, names(&http.services));
    lose(Section::HttpMiddlewares, names(&http.middlewares));
    lose(Section::TcpRouters, names(&tcp.routers));
    lose(Section::TcpServices, names(&tcp.services));
    lose(Section::TcpMiddlewares, names(&tcp.middlewares));
    lose(Section::UdpRouters, names(&udp.routers));
    lose(Section::UdpServices, names(&udp.services));
    lose(Section::TlsStores, names(&tls.stores));
    http.services.clear();
    http.middlewares.clear();
    tcp.routers.clear();
    tcp.services.clear();
    tcp.middlewares.clear();
    udp.routers.clear();
    udp.services.clear();
    tls.stores.clear();
}
