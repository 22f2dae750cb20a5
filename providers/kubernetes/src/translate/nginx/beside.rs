//! Routers beside those of paths: the other name of a host, and who answers for what nobody answers for.

use std::sync::Arc;

use serde_json::json;
use windrose_config::dynamic_config::{Name, Router, RouterTls};

use super::hosts::Handshake;
use super::routes::{Common, points};
use super::variables::quoted;
use super::{Context, field, rules};
use crate::translate::Scribe;
use crate::translate::ingress::call;

impl Context<'_> {
    /// The host with `www.` sends to the one without, or the other way round.
    pub(super) fn other_name(
        &self,
        scribe: &mut Scribe<'_>,
        common: &Common<'_>,
        host: &str,
        index: usize,
        service: &Arc<str>,
    ) {
        let other = host.strip_prefix("www.").map_or_else(|| format!("www.{host}"), str::to_owned);
        if host.is_empty() || host.starts_with('*') || common.hosts.is_known(&other) {
            let message = format!("{other:?} is a host of its own, or none");
            scribe.odd(field("from-to-www-redirect"), message);
            return;
        }
        let name = format!("{}-rule-{index}-www", common.reading.stem);
        let options = json!({"redirectRegex": {
            "regex": format!(r"^(https?)://{}(:[0-9]+)?(/.*)?$", quoted(&other)),
            "replacement": format!("${{1}}://{host}${{2}}${{3}}"),
            "permanent": true,
        }});
        crate::translate::crd::declare(scribe, "http", "middlewares", &name, &options);
        let router = Router {
            rule: Name::from(Arc::from(call("Host", &other))),
            priority: rules::priority(&other, "", false),
            middlewares: [Name::from(Arc::from(name.as_str()))].into(),
            service: Some(Name::from(Arc::clone(service))),
            ..Router::default()
        };
        let place = format!("spec.rules[{index}].host");
        let plain = Router { entry_points: points(self.options.http_entry_point.as_ref()), ..router.clone() };
        scribe.router(name.as_str().into(), plain, &place);
        let options = match common.hosts.handshake(host) {
            Handshake::With(name) => Some(Name::from(name)),
            Handshake::Usual | Handshake::Closed => None,
        };
        let tls = Router {
            entry_points: points(self.options.https_entry_point.as_ref()),
            tls: Some(Box::new(RouterTls { options, ..RouterTls::default() })),
            ..router
        };
        scribe.router(format!("{name}-tls").into(), tls, &place);
    }

    /// Who answers for what nobody answers for.
    pub(super) fn last(&self, scribe: &mut Scribe<'_>, of: (&Arc<str>, &Arc<str>)) {
        let place = "providers.kubernetesIngressNGINX.defaultBackendService";
        let service = match self.whole(scribe, of, "default-backend") {
            Ok(service) => service,
            Err(message) => return scribe.wrong(place, message),
        };
        let router = Router {
            rule: Name::from(Arc::from(call("PathPrefix", "/"))),
            priority: rules::LAST,
            service: Some(Name::from(service)),
            ..Router::default()
        };
        let plain = Router { entry_points: points(self.options.http_entry_point.as_ref()), ..router.clone() };
        scribe.router("default-backend".into(), plain, place);
        let tls = Router {
            entry_points: points(self.options.https_entry_point.as_ref()),
            tls: Some(Box::default()),
            ..router
        };
        scribe.router("default-backend-tls".into(), tls, place);
    }
}
