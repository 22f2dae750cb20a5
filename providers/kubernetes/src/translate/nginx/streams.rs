//! TLS that servers end themselves: a router of TCP in place of those of HTTP.

use std::sync::Arc;

use windrose_config::dynamic_config::{
    Name, TcpLoadBalancer, TcpRouter, TcpRouterTls, TcpServer, TcpService, TcpServiceKind,
};
use windrose_providers_core::labels::normalize;

use super::Context;
use super::routes::points;
use crate::objects::{IngressPath, IngressRule, Port};
use crate::translate::Scribe;
use crate::translate::ingress::call;

impl Context<'_> {
    /// TLS that servers end themselves.
    pub(super) fn passed_through(
        &self,
        scribe: &mut Scribe<'_>,
        rule: &IngressRule,
        path: &IngressPath,
        index: usize,
    ) {
        let place = format!("spec.rules[{index}]");
        let from = scribe.namespace();
        let name: Arc<str> = {
            let subject = &scribe.subject.name;
            normalize(&format!("{from}-{subject}-{}", rule.host)).into()
        };
        let sni = if rule.host.is_empty() { "*" } else { &*rule.host };
        let router = TcpRouter {
            entry_points: points(self.options.https_entry_point.as_ref()),
            rule: Name::from(Arc::from(call("HostSNI", sni))),
            tls: Some(Box::new(TcpRouterTls { passthrough: true, ..TcpRouterTls::default() })),
            ..TcpRouter::default()
        };
        let named = path.backend.service.as_ref();
        let found = named.ok_or_else(|| "the backend is no Service; name one".to_owned()).and_then(|named| {
            let port = match &*named.port.name {
                "" => Port::Number(named.port.number),
                _ => Port::Name(Arc::clone(&named.port.name)),
            };
            self.servers(&from, &named.name, &port, false)
        });
        match found {
            Ok(found) => {
                let server = |address: &String| TcpServer {
                    address: Name::from(Arc::from(address.as_str())),
                    tls: false,
                };
                let servers = found.addresses.iter().map(server).collect();
                let balancer = TcpLoadBalancer { servers, ..TcpLoadBalancer::default() };
                let kind = TcpServiceKind::LoadBalancer(Box::new(balancer));
                scribe.tcp_service(Arc::clone(&name), TcpService { kind });
                let service = Some(Name::from(Arc::clone(&name)));
                scribe.tcp_router(name, TcpRouter { service, ..router }, &place);
            }
            Err(message) => {
                scribe.wrong(place, message);
                scribe.tcp_close(name, router);
            }
        }
    }
}
