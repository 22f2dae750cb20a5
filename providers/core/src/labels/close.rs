//! Routers that are lost: their place stays known, so that no broader one answers there.

use std::sync::Arc;

use windrose_config::dynamic_config::{Objects, Router, RouterTls, TcpRouter, TcpRouterTls, UdpRouter};
use windrose_config::{DynamicConfig, Section, Written};

use super::names;

/// Closes the places of those routers that `is_lost` says.
pub(super) fn http(config: &mut DynamicConfig, is_lost: impl Fn(&str) -> bool) {
    let closed = take(&mut config.http.routers, is_lost);
    let closed = closed.into_iter().filter(|(_, written)| !written.rule.value.is_empty());
    config.http.closed.extend(closed.map(|(name, written)| {
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
        (name, Arc::new(Written::new(router, written.origin.clone())))
    }));
}

/// The same for routers of TCP.
pub(super) fn tcp(config: &mut DynamicConfig, is_lost: impl Fn(&str) -> bool) {
    let closed = take(&mut config.tcp.routers, is_lost);
    let closed = closed.into_iter().filter(|(_, written)| !written.rule.value.is_empty());
    config.tcp.closed.extend(closed.map(|(name, written)| {
        let router = TcpRouter {
            rule: written.rule.clone(),
            rule_syntax: written.rule_syntax.clone(),
            priority: written.priority,
            entry_points: written.entry_points.clone(),
            tls: written.tls.as_ref().map(|_| Box::new(TcpRouterTls::default())),
            ..TcpRouter::default()
        };
        (name, Arc::new(Written::new(router, written.origin.clone())))
    }));
}

/// The same for routers of UDP.
pub(super) fn udp(config: &mut DynamicConfig, is_lost: impl Fn(&str) -> bool) {
    let closed = take(&mut config.udp.routers, is_lost);
    config.udp.closed.extend(closed.into_iter().map(|(name, written)| {
        let router = UdpRouter { entry_points: written.entry_points.clone(), service: None };
        (name, Arc::new(Written::new(router, written.origin.clone())))
    }));
}

/// Takes out some objects; the others stay in their order.
fn take<T>(objects: &mut Objects<T>, is_lost: impl Fn(&str) -> bool) -> Objects<T> {
    let all = std::mem::take(objects).into_iter();
    let (lost, stay) = all.partition(|(name, _)| is_lost(name));
    *objects = stay;
    lost
}

/// Closes all of a workload, when nobody knows which of its objects is wrong: it serves nothing, and the places of its
/// routers are nobody else's.
pub fn everything(config: &mut DynamicConfig) {
    let DynamicConfig { http, tcp, udp, tls, lost, .. } = config;
    let mut lose =
        |section, names: Vec<Arc<str>>| names.into_iter().for_each(|name| lost.insert(section, name));
    lose(Section::HttpRouters, names(&http.routers));
    lose(Section::TcpRouters, names(&tcp.routers));
    lose(Section::UdpRouters, names(&udp.routers));
    lose(Section::HttpServices, names(&http.services));
    lose(Section::HttpMiddlewares, names(&http.middlewares));
    lose(Section::TcpServices, names(&tcp.services));
    lose(Section::TcpMiddlewares, names(&tcp.middlewares));
    lose(Section::UdpServices, names(&udp.services));
    lose(Section::TlsStores, names(&tls.stores));
    http.services.clear();
    http.middlewares.clear();
    tcp.services.clear();
    tcp.middlewares.clear();
    udp.services.clear();
    tls.stores.clear();
    self::http(config, |_| true);
    self::tcp(config, |_| true);
    self::udp(config, |_| true);
}
