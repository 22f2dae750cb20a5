//! What can be said about an install configuration by looking at it.

mod addresses;
mod durations;
mod plugins;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{CertificateResolver, EntryPoint, OtlpGrpc, StaticConfig};
use crate::origin::{Located, Mark, Source};
use crate::problem::{Problem, Severity};
use crate::tree::{Tree, nearest};

pub(super) use durations::negative;

/// What is wrong with values that are each well formed. Errors stop the start.
#[must_use]
pub fn validate(config: &StaticConfig, source: &Arc<Source>) -> Vec<Problem> {
    let mut check = Check { source, problems: Vec::new() };
    for (name, entry_point) in &config.entry_points {
        check.entry_point(name, entry_point);
    }
    for (name, resolver) in &config.certificates_resolvers {
        check.resolver(name, resolver);
    }
    addresses::check(config, &mut check);
    check.words(config);
    check.providers(config);
    check.otlp(config);
    check.api_and_ocsp(config);
    check.ping(config);
    check.prometheus(config);
    plugins::check(&config.experimental, &mut check);
    check.problems
}

/// Problems of one configuration.
struct Check<'a> {
    source: &'a Arc<Source>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn error(&mut self, mark: Mark, message: String) {
        self.problems.push(Problem::error(message).at(self.source, mark));
    }

    fn entry_point(&mut self, name: &str, entry_point: &EntryPoint) {
        let at = |option: &str| format!("entryPoints.{name}.{option}");
        let address = &entry_point.address;
        if address.is_empty() {
            self.error(address.mark, format!("{} is missing, write for example \":80\"", at("address")));
        } else if !is_address(address) {
            let problem = Problem::error(format!("{} `{}` is no address", at("address"), &**address));
            let problem = problem.at(self.source, address.mark).spanning(address.chars().count());
            self.problems.push(problem.expecting("[host]:port, with /tcp or /udp behind it or not"));
        }
        if let Some(redirection) = &entry_point.http.redirections.entry_point {
            let to = &redirection.to;
            if to.is_empty() {
                self.error(to.mark, format!("{} is missing", at("http.redirections.entryPoint.to")));
            }
        }
        let strategy = &entry_point.http.underscore_headers_strategy;
        self.one_of(&at("http.underscoreHeadersStrategy"), strategy, &["keep", "delete", "reject"]);
        let strategy = &entry_point.http.alias_headers_strategy;
        self.one_of(&at("http.aliasHeadersStrategy"), strategy, &["keep", "delete", "reject"]);
        let verbosity = &entry_point.observability.trace_verbosity;
        self.one_of(&at("observability.traceVerbosity"), verbosity, &["minimal", "detailed"]);
    }

    fn ping(&mut self, config: &StaticConfig) {
        let Some(ping) = config.ping.as_ref().filter(|ping| !ping.manual_routing) else { return };
        self.entry_point_of("ping", &ping.entry_point, config);
    }

    fn prometheus(&mut self, config: &StaticConfig) {
        let prometheus = config.metrics.as_ref().and_then(|metrics| metrics.prometheus.as_ref());
        if let Some(prometheus) = prometheus.filter(|prometheus| !prometheus.manual_routing) {
            self.entry_point_of("metrics.prometheus", &prometheus.entry_point, config);
        }
    }

    /// The entry point at which something of the gateway's own is to be reached.
    fn entry_point_of(&mut self, of: &str, name: &Located<Arc<str>>, config: &StaticConfig) {
        // It is added when somebody asks for it.
        if &***name != TRAEFIK && !has_entry_point(config, name) {
            let problem = Problem::error(format!("{of}.entryPoint: there is no entry point `{}`", &***name));
            let problem = problem.at(self.source, name.mark).spanning(name.chars().count());
            self.problems.push(problem.expecting("the name of an entry point"));
        }
    }

    fn resolver(&mut self, name: &str, resolver: &CertificateResolver) {
        let at = format!("certificatesResolvers.{name}");
        match (&resolver.acme, &resolver.tailscale) {
            (Some(_), Some(_)) => {
                self.error(Mark::default(), format!("{at} has both acme and tailscale, keep one of them"));
            }
            (None, None) => {
                self.error(Mark::default(), format!("{at} has neither acme nor tailscale, write one"))
            }
            (Some(acme), None) if acme.storage.is_empty() => {
                self.error(
                    acme.storage.mark,
                    format!("{at}.acme.storage is empty, write the name of a file"),
                );
            }
            _ => {}
        }
    }

    fn words(&mut self, config: &StaticConfig) {
        self.one_of("core.defaultRuleSyntax", &config.core.default_rule_syntax, &["v2", "v3"]);
        self.level(&config.log.level);
        self.one_of("log.format", &config.log.format, &["common", "json"]);
    }

    /// traefik: a level that it does not know is told, and ERROR.
    fn level(&mut self, written: &Located<Arc<str>>) {
        let told = self.problems.len();
        let levels = ["trace", "debug", "info", "warn", "warning", "error", "fatal", "panic"];
        self.one_of("log.level", written, &levels);
        for problem in self.problems.iter_mut().skip(told) {
            problem.severity = Severity::Warning;
            problem.message.push_str("; it is ERROR now");
        }
    }

    /// Words are compared without case.
    fn one_of(&mut self, path: &str, written: &Located<Arc<str>>, known: &[&str]) {
        if !known.iter().any(|word| word.eq_ignore_ascii_case(written)) {
            let problem = Problem::error(format!("{path} cannot be `{}`", &**written));
            let problem = problem.at(self.source, written.mark).spanning(written.chars().count());
            self.problems.push(problem.expecting(format!("one of {}", known.join(", "))));
        }
    }

    fn providers(&mut self, config: &StaticConfig) {
        for name in &config.providers.precedence {
            if !PROVIDERS.contains(&&***name) {
                let problem =
                    Problem::error(format!("providers.precedence names unknown provider `{}`", &**name));
                self.problems.push(problem.at(self.source, name.mark).spanning(name.chars().count()));
            }
        }
        if let Some(knative) = config.providers.find("knative")
            && !config.experimental.knative
        {
            self.error(knative.mark, "providers.knative needs experimental.knative".to_owned());
        }
        if let Some(nginx) = config.providers.find("kubernetesIngressNGINX") {
            self.nginx(&nginx.options, nginx.mark);
        }
    }

    fn nginx(&mut self, options: &Tree, mark: Mark) {
        let text = |name: &str| options.field(name).and_then(Tree::as_text).filter(|text| !text.is_empty());
        if text("watchNamespace").is_some() && text("watchNamespaceSelector").is_some() {
            let message =
                "providers.kubernetesIngressNGINX has both watchNamespace and watchNamespaceSelector";
            self.error(mark, format!("{message}, keep one of them"));
        }
        for name in ["publishService", "defaultBackendService"] {
            let Some(written) = text(name) else { continue };
            let good = written.split_once('/').is_some_and(|(namespace, name)| {
                !namespace.is_empty() && !name.is_empty() && !name.contains('/')
            });
            if !good {
                let place = options.field(name).map_or(mark, |tree| tree.mark);
                let path = format!("providers.kubernetesIngressNGINX.{name}");
                self.error(place, format!("{path} cannot be `{written}`, write namespace/name"));
            }
        }
    }

    fn otlp(&mut self, config: &StaticConfig) {
        let log = config.log.otlp.as_deref();
        let access_log = config.access_log.as_ref().and_then(|access_log| access_log.otlp.as_deref());
        for (path, otlp) in [("log.otlp", log), ("accessLog.otlp", access_log)] {
            let Some(otlp) = otlp else { continue };
            if !config.experimental.otlp_logs {
                self.error(Mark::default(), format!("{path} needs experimental.otlpLogs"));
            }
            self.grpc(path, otlp.grpc.as_deref());
        }
        let tracing = config.tracing.as_ref().and_then(|tracing| tracing.otlp.as_ref());
        self.grpc("tracing.otlp", tracing.and_then(|otlp| otlp.grpc.as_deref()));
        let metrics = config.metrics.as_ref().and_then(|metrics| metrics.otlp.as_ref());
        self.grpc("metrics.otlp", metrics.and_then(|otlp| otlp.grpc.as_deref()));
    }

    fn grpc(&mut self, path: &str, grpc: Option<&OtlpGrpc>) {
        if let Some(grpc) = grpc
            && *grpc.insecure
            && grpc.tls.is_some()
        {
            self.error(
                grpc.insecure.mark,
                format!("{path}.grpc has both insecure and tls, keep one of them"),
            );
        }
    }

    fn api_and_ocsp(&mut self, config: &StaticConfig) {
        if let Some(api) = &config.api {
            let path = &api.base_path;
            let good = |c: char| c.is_ascii_alphanumeric() || "/_.:~-".contains(c);
            if !path.starts_with('/') || !path.chars().all(good) {
                let problem = Problem::error(format!("api.basePath cannot be `{}`", &**path));
                let problem = problem.at(self.source, path.mark).spanning(path.chars().count());
                self.problems.push(problem.expecting("/ and then letters, digits, / _ . : ~ -"));
            } else if api.insecure && &***path != "/" {
                let message = "api.basePath goes together with api.insecure here, and does not in Traefik";
                let problem = Problem { severity: Severity::Warning, ..Problem::error(message) };
                self.problems.push(problem.at(self.source, path.mark));
            }
        }
        for (url, instead) in config.ocsp.iter().flat_map(|ocsp| &ocsp.responder_overrides) {
            if instead.is_empty() {
                self.error(instead.mark, format!("ocsp.responderOverrides.{url} is empty, write an address"));
            }
        }
    }
}

/// Redirections that lead nowhere. As in Traefik they do not stop the start: the entry point serves without them.
pub(super) fn dangling_redirections(config: &StaticConfig, source: &Arc<Source>) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, entry_point) in &config.entry_points {
        let Some(redirection) = &entry_point.http.redirections.entry_point else { continue };
        let to = &redirection.to;
        if !to.is_empty() && !to.starts_with(':') && !has_entry_point(config, to) {
            let message =
                format!("entry point {name} does not redirect, as there is no entry point `{}`", &**to);
            let known: Vec<&str> = config.entry_points.keys().map(AsRef::as_ref).collect();
            let problem = Problem::error(message).at(source, to.mark).spanning(to.chars().count());
            found.push(Problem { nearest: nearest(to, &known), ..problem });
        }
    }
    found
}

/// Whether an entry point is written, or added because something needs it.
fn has_entry_point(config: &StaticConfig, name: &str) -> bool {
    let api = config.api.as_ref().is_some_and(|api| api.insecure);
    let ping = config.ping.as_ref();
    let ping = ping.is_some_and(|ping| !ping.manual_routing && &**ping.entry_point == TRAEFIK);
    let prometheus = config.metrics.as_ref().and_then(|metrics| metrics.prometheus.as_ref());
    let prometheus = prometheus.is_some_and(|of| !of.manual_routing && &**of.entry_point == TRAEFIK);
    let implied = match name {
        TRAEFIK => api || ping || prometheus,
        "http" => config.entry_points.is_empty(),
        _ => false,
    };
    implied || config.entry_points.contains_key(name)
}

/// The entry point of the API, of ping and of metrics.
const TRAEFIK: &str = "traefik";

/// `[host]:port`, with `/tcp` or `/udp` behind it or not.
fn is_address(text: &str) -> bool {
    let (address, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let known = ["tcp", "udp"].iter().any(|name| name.eq_ignore_ascii_case(protocol));
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    known && port.parse::<u16>().is_ok() && (bracketed || !host.contains(':'))
}

/// The providers that an order of precedence may name.
const PROVIDERS: &[&str] = &[
    "kubernetesgateway",
    "kubernetescrd",
    "kubernetes",
    "kubernetesingressnginx",
    "swarm",
    "docker",
    "file",
    "redis",
    "knative",
    "consul",
    "consulcatalog",
    "nomad",
    "etcd",
    "ecs",
    "http",
    "zookeeper",
    "rest",
];
