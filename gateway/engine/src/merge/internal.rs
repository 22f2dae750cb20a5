//! What the gateway declares itself, as provider `internal`.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use windrose_config::dynamic_config::{
    Middleware, Name, Objects, Router, TcpServersTransport, TcpTransportTls,
};
use windrose_config::static_config::{Api, EntryPoint, Ping, Prometheus, Redirection};
use windrose_config::tree::{Entry, Style, Tree, Value};
use windrose_config::{DynamicConfig, Located, Mark, Origin, Problem, Source, StaticConfig, Written};

use super::entry_points::{TRAEFIK, effective};

/// The name of the provider.
pub const INTERNAL: &str = "internal";

/// The routers, middlewares and transports that follow from the install configuration.
///
/// A redirection that leads nowhere is left out and told in the problems.
#[must_use]
pub fn internal(settings: &StaticConfig) -> DynamicConfig {
    let mut made = Made {
        config: DynamicConfig::default(),
        origin: Origin::new(Source::other(INTERNAL), Mark::default()),
    };
    made.put(|config| &mut config.http.servers_transports, "default", settings.servers_transport.transport());
    made.put(|config| &mut config.tcp.servers_transports, "default", tcp_transport(settings));
    if let Some(api) = &settings.api {
        made.api(api);
    }
    if let Some(ping) = &settings.ping {
        made.ping(ping);
    }
    if let Some(prometheus) = settings.metrics.as_ref().and_then(|metrics| metrics.prometheus.as_ref()) {
        made.prometheus(prometheus);
    }
    if settings.providers.is_rest_insecure() {
        let rule = "PathPrefix(`/api/providers`)".to_owned();
        made.router("rest", router(rule, TRAEFIK, "rest@internal", i64::MAX));
    }
    let entries = effective(settings);
    made.challenges(settings, &entries);
    for (name, entry) in &entries {
        if let Some(redirection) = &entry.http.redirections.entry_point {
            match port_of(redirection, |to| entries.get(to)) {
                Some(port) => made.redirection(name, entry, redirection, &port),
                None => made.config.problems.push(Problem::error(format!(
                    "entry point {name} redirects to {:?}, which is neither an entry point nor a port such as :443",
                    redirection.to.value
                ))),
            }
        }
    }
    made.config
}

struct Made {
    config: DynamicConfig,
    origin: Origin,
}

impl Made {
    fn put<T>(&mut self, section: impl FnOnce(&mut DynamicConfig) -> &mut Objects<T>, name: &str, object: T) {
        let written = Arc::new(Written::new(object, self.origin.clone()));
        section(&mut self.config).insert(Arc::from(name), written);
    }

    fn router(&mut self, name: &str, router: Router) {
        self.put(|config| &mut config.http.routers, name, router);
    }

    /// What everybody who can connect to entry point `traefik` is shown, if the operator wants that.
    fn api(&mut self, api: &Api) {
        if !api.insecure {
            return;
        }
        let base = api.base_path.trim_end_matches('/');
        let below =
            |path: &str| router(format!("PathPrefix(`{base}{path}`)"), TRAEFIK, "api@internal", i64::MAX - 1);
        self.router("api", below("/api"));
        if api.debug {
            self.router("debug", below("/debug"));
        }
        if api.dashboard {
            let through = ["dashboard_redirect@internal", "dashboard_stripprefix@internal"].map(written);
            let whole = router("PathPrefix(`/`)".to_owned(), TRAEFIK, "dashboard@internal", i64::MAX - 2);
            self.router("dashboard", Router { middlewares: Box::new(through), ..whole });
            self.home(base);
        }
    }

    /// From the root to the dashboard, and from the paths of the dashboard to those of its files.
    fn home(&mut self, base: &str) {
        let base_or_not = match base.strip_prefix('/') {
            Some(base) => format!("({}\\/?)?", base.replace('.', "\\.").replace('/', "\\/")),
            None => String::new(),
        };
        let root = format!("^(http:\\/\\/(\\[[\\w:.]+\\]|[\\w\\._-]+)(:\\d+)?)\\/{base_or_not}$");
        let dashboard = format!("${{1}}{base}/dashboard/");
        let options = table([("regex", &root), ("replacement", &dashboard), ("permanent", "true")]);
        let redirect = Middleware { kind: written("redirectRegex"), options };
        self.put(|config| &mut config.http.middlewares, "dashboard_redirect", redirect);
        let prefixes = format!("{base}/dashboard/,{base}/dashboard");
        let strip = Middleware { kind: written("stripPrefix"), options: table([("prefixes", &prefixes)]) };
        self.put(|config| &mut config.http.middlewares, "dashboard_stripprefix", strip);
    }

    fn ping(&mut self, ping: &Ping) {
        if !ping.manual_routing {
            let rule = "PathPrefix(`/ping`)".to_owned();
            self.router("ping", router(rule, &ping.entry_point, "ping@internal", i64::MAX));
        }
    }

    /// Where authorities look for proofs: before every router, or, where routers may answer them, as one of these.
    fn challenges(&mut self, settings: &StaticConfig, entries: &IndexMap<Arc<str>, EntryPoint>) {
        let resolvers = settings.certificates_resolvers.values();
        let named = resolvers.filter_map(|resolver| resolver.acme.as_ref()?.http_challenge.as_ref());
        let names: BTreeSet<&str> = named.map(|challenge| &**challenge.entry_point).collect();
        let passes = |name: &&str| entries.get(*name).is_some_and(|entry| entry.allow_acme_by_pass);
        let (passed, proper): (Vec<&str>, Vec<&str>) = names.into_iter().partition(passes);
        let kinds = [("acme-http", proper, i64::MAX), ("acme-http-bypass", passed, 0)];
        for (name, on, priority) in kinds.into_iter().filter(|(_, on, _)| !on.is_empty()) {
            let rule = "PathPrefix(`/.well-known/acme-challenge/`)".to_owned();
            let entry_points = on.into_iter().map(written).collect();
            self.router(name, Router { entry_points, ..router(rule, "", "acme-http@internal", priority) });
        }
    }

    fn prometheus(&mut self, prometheus: &Prometheus) {
        if !prometheus.manual_routing {
            let rule = "PathPrefix(`/metrics`)".to_owned();
            let entry_point = &prometheus.entry_point;
            self.router("prometheus", router(rule, entry_point, "prometheus@internal", i64::MAX));
        }
    }

    fn redirection(&mut self, from: &str, entry: &EntryPoint, to: &Redirection, port: &str) {
        let name = normal(&format!("{from}-to-{}", to.to.value));
        let middleware = format!("redirect-{name}");
        let mut rule = "HostRegexp(`^.+$`)".to_owned();
        if entry.allow_acme_by_pass {
            rule.push_str(" && !PathPrefix(`/.well-known/acme-challenge/`)");
        }
        let through = Box::new([written(&middleware)]);
        self.router(
            &name,
            Router { middlewares: through, ..router(rule, from, "noop@internal", to.priority) },
        );
        let options = table([
            ("scheme", &*to.scheme),
            ("port", port),
            ("permanent", if to.permanent { "true" } else { "false" }),
        ]);
        let redirect = Middleware { kind: written("redirectScheme"), options };
        self.put(|config| &mut config.http.middlewares, &middleware, redirect);
    }
}

/// The transport of services of TCP that name none.
fn tcp_transport(settings: &StaticConfig) -> TcpServersTransport {
    let of = &settings.tcp_servers_transport;
    TcpServersTransport {
        dial_keep_alive: of.dial_keep_alive,
        dial_timeout: of.dial_timeout,
        termination_delay: of.termination_delay,
        tls: of.tls.as_ref().map(|tls| {
            Box::new(TcpTransportTls {
                insecure_skip_verify: tls.insecure_skip_verify,
                root_cas: tls.root_cas.clone(),
                spiffe: tls.spiffe.clone(),
                ..TcpTransportTls::default()
            })
        }),
        ..TcpServersTransport::default()
    }
}

fn router(rule: String, entry_point: &str, service: &str, priority: i64) -> Router {
    Router {
        entry_points: Box::new([written(entry_point)]),
        service: Some(written(service)),
        rule: written(&rule),
        priority,
        ..Router::default()
    }
}

fn port_of<'e>(to: &Redirection, find: impl FnOnce(&str) -> Option<&'e EntryPoint>) -> Option<String> {
    let port = match to.to.strip_prefix(':') {
        Some(port) => port,
        None => find(&to.to)?.address.split('/').next()?.rsplit_once(':')?.1,
    };
    port.parse::<u16>().ok().map(|port| port.to_string())
}

/// Pieces of letters and digits, joined by dashes.
fn normal(text: &str) -> String {
    let pieces = text.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty());
    pieces.collect::<Vec<_>>().join("-")
}

fn written(name: &str) -> Name {
    Located::from(Arc::from(name))
}

fn table<const N: usize>(entries: [(&str, &str); N]) -> Tree {
    let entry = |(key, text): (&str, &str)| Entry {
        key: key.into(),
        mark: Mark::default(),
        value: Tree::text(text, Style::Bare, Mark::default()),
    };
    Tree { mark: Mark::default(), value: Value::Table(entries.map(entry).into()) }
}
