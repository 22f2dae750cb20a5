//! The reference under `docs/reference` says what the code says: the same options, defaults and refusals.
//!
//! A page is read as tables below headings: `` ## `entryPoints.<name>` `` begins the options of an object, and the first
//! cells of the rows below are the paths of options in it. `<name>` stands for any name, `[]` for any element.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use windrose_config::dynamic_config::{
    FailoverErrors, ForwardingTimeouts, HealthCheck, LoadBalancer, Mirroring, PassiveHealthCheck,
    ResponseForwarding, Router, ServersTransport, Service, StickyCookie, TcpHealthCheck, TcpProxyProtocol,
    TcpRouter, TcpServersTransport, TcpService, TcpWeightedChild, TlsCertificate, TlsOptions, TlsStore,
    UdpRouter, UdpService, UdpWeightedChild, WeightedChild,
};
use windrose_config::refuse::{Allowed, DYNAMIC, Refusal, STATIC};
use windrose_config::source::{Format, parse};
use windrose_config::static_config::{self, StaticConfig};
use windrose_config::{DynamicConfig, Shape, Source};
use windrose_middleware::list::{KINDS, UNSUPPORTED, find, instead};
use windrose_middleware::tcp::{self, InFlightConn, Kind as _, in_flight_conn, ip_allow_list};
use windrose_provider_docker::SwarmOptions;
use windrose_provider_kubernetes::{CrdOptions, IngressOptions, NginxOptions};

#[test]
fn every_option_of_the_install_configuration_is_described() {
    let mut code = Options::default();
    code.add("", &StaticConfig::shape());
    let has_page = |path: &str| PROVIDERS.iter().any(|name| path.starts_with(&join("providers", name)));
    code.paths.retain(|path| !is_refused(path, STATIC) && !has_page(path));
    code.paths.remove("plugin");
    let entry = |section: &str| join("entryPoints.<name>", section);
    code.default_of("entryPoints.<name>", &static_config::EntryPoint::default());
    code.default_of(&entry("http"), &static_config::EntryPointHttp::default());
    code.default_of(&entry("http.encodedCharacters"), &static_config::EncodedCharacters::default());
    code.default_of(&entry("http.redirections.entryPoint"), &static_config::Redirection::default());
    code.default_of(&entry("http2"), &static_config::EntryPointHttp2::default());
    code.default_of(&entry("udp"), &static_config::EntryPointUdp::default());
    code.default_of(&entry("observability"), &static_config::EntryPointObservability::default());
    code.default_of(&entry("transport.lifeCycle"), &static_config::LifeCycle::default());
    code.default_of(&entry("transport.respondingTimeouts"), &static_config::RespondingTimeouts::default());
    code.default_of("api", &static_config::Api::default());
    code.default_of("ping", &static_config::Ping::default());
    code.default_of("", &StaticConfig::default());
    code.default_of("global", &static_config::Global::default());
    code.default_of("providers", &static_config::Providers::default());
    code.default_of("serversTransport", &static_config::StaticServersTransport::default());
    let times = static_config::StaticForwardingTimeouts::default();
    code.default_of("serversTransport.forwardingTimeouts", &times);
    code.default_of("tcpServersTransport", &static_config::StaticTcpServersTransport::default());
    code.default_of("log", &static_config::Log::default());
    code.default_of("core", &static_config::Core::default());
    code.default_of("certificatesResolvers.<name>.acme", &static_config::Acme::default());
    code.default_of("accessLog", &static_config::AccessLog::default());
    code.default_of("accessLog.filters", &static_config::AccessLogFilters::default());
    code.default_of("accessLog.fields", &static_config::AccessLogFields::default());
    code.default_of("accessLog.fields.headers", &static_config::FieldHeaders::default());
    code.default_of("accessLog.fields.queryParameters", &static_config::FieldQueryParameters::default());
    code.default_of("log.otlp", &static_config::Otlp::default());
    code.default_of("log.otlp.grpc", &static_config::OtlpGrpc::default());
    code.default_of("accessLog.otlp", &static_config::Otlp::default());
    code.default_of("accessLog.otlp.grpc", &static_config::OtlpGrpc::default());
    code.default_of("metrics.prometheus", &static_config::Prometheus::default());
    code.default_of("metrics.datadog", &static_config::Datadog::default());
    code.default_of("metrics.statsD", &static_config::StatsD::default());
    code.default_of("metrics.influxDB2", &static_config::InfluxDb2::default());
    code.default_of("metrics.otlp", &static_config::OtlpMetrics::default());
    code.default_of("metrics.otlp.grpc", &static_config::OtlpGrpc::default());
    code.default_of("tracing", &static_config::Tracing::default());
    code.default_of("tracing.otlp.grpc", &static_config::OtlpGrpc::default());
    code.default_of("tracing.jaeger", &static_config::Jaeger::default());
    code.compare(&[page("static.md"), page("acme.md"), page("observability.md")]);
}

#[test]
fn every_option_of_the_routing_configuration_is_described() {
    let mut code = Options::default();
    code.add("http.routers.<name>", &Shape::of::<Router>());
    code.add("http.services.<name>", &Shape::of::<Service>());
    code.add("http.serversTransports.<name>", &Shape::of::<ServersTransport>());
    code.add("tls.certificates[]", &Shape::of::<TlsCertificate>());
    code.add("tls.options.<name>", &Shape::of::<TlsOptions>());
    code.add("tls.stores.<name>", &Shape::of::<TlsStore>());
    code.paths.retain(|path| !is_refused(path, DYNAMIC));
    code.default_of("http.routers.<name>", &Router::default());
    code.default_of("http.services.<name>.loadBalancer", &LoadBalancer::default());
    let forwarding = ResponseForwarding::default();
    code.default_of("http.services.<name>.loadBalancer.responseForwarding", &forwarding);
    let of = |section: &str| join("http.services.<name>", section);
    for balancer in ["loadBalancer", "weighted"] {
        code.default_of(&of(&join(balancer, "sticky.cookie")), &StickyCookie::default());
    }
    code.default_of(&of("loadBalancer.healthCheck"), &HealthCheck::default());
    code.default_of(&of("loadBalancer.passiveHealthCheck"), &PassiveHealthCheck::default());
    code.default_of(&of("weighted.services[]"), &WeightedChild::default());
    code.default_of(&of("highestRandomWeight.services[]"), &WeightedChild::default());
    code.default_of(&of("mirroring"), &Mirroring::default());
    code.default_of(&of("failover.errors"), &FailoverErrors::default());
    code.default_of("http.serversTransports.<name>", &ServersTransport::default());
    let times = ForwardingTimeouts::default();
    code.default_of("http.serversTransports.<name>.forwardingTimeouts", &times);
    code.default_of("tls.options.<name>", &TlsOptions::default());
    code.compare(&[page("http.md"), page("tls.md")]);
}

#[test]
fn every_option_of_docker_is_described() {
    let mut code = Options::default();
    for provider in ["providers.docker", "providers.swarm"] {
        code.add(provider, &SwarmOptions::shape());
        let defaults = [
            ("endpoint", "unix:///var/run/docker.sock"),
            ("watch", "true"),
            ("exposedByDefault", "true"),
            ("defaultRule", "Host({{normalize.Name}})"),
            ("refreshSeconds", "15s"),
        ];
        for (option, default) in defaults {
            code.defaults.insert(join(provider, option), default.to_owned());
        }
    }
    code.paths.remove("providers.docker.refreshSeconds");
    code.compare(&[page("docker.md")]);
}

#[test]
fn every_option_of_the_other_providers_is_described() {
    let mut code = Options::default();
    code.add("providers.http", &windrose_provider_http::Options::shape());
    code.add("providers.rest", &windrose_provider_rest::Options::shape());
    let defaults = [("pollInterval", "5s"), ("pollTimeout", "5s"), ("maxResponseBodySize", "-1")];
    code.expect("providers.http", &[("endpoint", "required")]);
    code.expect("providers.http", &defaults);
    code.compare(&[page("http-provider.md")]);

    let mut code = Options::default();
    code.add("providers.redis", &windrose_provider_redis::Options::shape());
    code.add("providers.consul", &windrose_provider_consul::kv::Options::shape());
    code.add("providers.etcd", &windrose_provider_etcd::Options::shape());
    code.add("providers.zooKeeper", &windrose_provider_zookeeper::Options::shape());
    for store in ["redis", "consul", "etcd", "zooKeeper"] {
        code.expect(&join("providers", store), &[("rootKey", "traefik")]);
    }
    code.compare(&[page("stores.md")]);

    let mut code = Options::default();
    code.add("providers.meshController", &windrose_mesh_controller::Options::shape());
    code.add("providers.meshNode", &windrose_mesh_node::Options::shape());
    let defaults = [("namespace", "maesh"), ("clusterDomain", "cluster.local"), ("defaultMode", "http")];
    code.expect("providers.meshController", &defaults);
    let limits = [("limitHTTPPort", "10"), ("limitTCPPort", "25"), ("limitUDPPort", "25")];
    code.expect("providers.meshController", &limits);
    let sources = [("enforceTCPSources", "true"), ("enforceUDPSources", "true"), ("entryPoint", "mesh")];
    code.expect("providers.meshController", &sources);
    code.expect("providers.meshController", &[("metricsEntryPoint", "metricsAPI")]);
    code.expect("providers.meshNode", &[("endpoint", "required")]);
    code.compare(&[page("mesh.md")]);

    let mut code = Options::default();
    code.add("providers.consulCatalog", &windrose_provider_consul::catalog::Options::shape());
    code.add("providers.nomad", &windrose_provider_nomad::Options::shape());
    code.add("providers.ecs", &windrose_provider_ecs::Options::shape());
    let rule = ("defaultRule", "Host({{normalize.Name}})");
    let tags = [("prefix", "traefik"), ("refreshInterval", "15s"), ("exposedByDefault", "true"), rule];
    code.expect("providers.consulCatalog", &tags);
    code.expect("providers.nomad", &tags);
    let own = [("serviceName", "traefik"), ("strictChecks", "passing,warning")];
    code.expect("providers.consulCatalog", &own);
    let own = [("clusters", "default"), ("refreshSeconds", "15"), ("exposedByDefault", "true"), rule];
    code.expect("providers.ecs", &own);
    code.compare(&[page("catalogs.md")]);
}

#[test]
fn every_option_of_kubernetes_is_described() {
    let mut code = Options::default();
    code.add("providers.kubernetesCRD", &CrdOptions::shape());
    code.add("providers.kubernetesIngress", &IngressOptions::shape());
    code.compare(&[page("kubernetes.md")]);

    let mut code = Options::default();
    code.add("providers.kubernetesIngressNGINX", &NginxOptions::shape());
    let usual = [
        ("ingressClass", "nginx"),
        ("controllerClass", "k8s.io/ingress-nginx"),
        ("clientBodyBufferSize", "16384"),
        ("proxyBodySize", "1048576"),
        ("proxyBufferSize", "8192"),
        ("proxyBuffersNumber", "4"),
        ("proxyConnectTimeout", "60"),
        ("proxyReadTimeout", "60"),
        ("proxySendTimeout", "60"),
        ("proxyNextUpstream", "errortimeout"),
        ("proxyNextUpstreamTries", "3"),
        ("upstreamKeepaliveTimeout", "60"),
        ("strictValidatePathType", "true"),
    ];
    code.expect("providers.kubernetesIngressNGINX", &usual);
    code.compare(&[page("ingress-nginx.md")]);
}

#[test]
fn every_option_of_tcp_and_udp_is_described() {
    let mut code = Options::default();
    code.add("tcp.routers.<name>", &Shape::of::<TcpRouter>());
    code.add("tcp.services.<name>", &Shape::of::<TcpService>());
    code.add("tcp.serversTransports.<name>", &Shape::of::<TcpServersTransport>());
    code.add("udp.routers.<name>", &Shape::of::<UdpRouter>());
    code.add("udp.services.<name>", &Shape::of::<UdpService>());
    code.paths.retain(|path| !is_refused(path, DYNAMIC));
    code.default_of("tcp.services.<name>.loadBalancer.healthCheck", &TcpHealthCheck::default());
    code.default_of("tcp.services.<name>.loadBalancer.proxyProtocol", &TcpProxyProtocol::default());
    code.default_of("tcp.services.<name>.weighted.services[]", &TcpWeightedChild::default());
    code.default_of("tcp.serversTransports.<name>", &TcpServersTransport::default());
    code.default_of("tcp.serversTransports.<name>.proxyProtocol", &TcpProxyProtocol::default());
    code.default_of("udp.services.<name>.weighted.services[]", &UdpWeightedChild::default());
    code.add(InFlightConn::NAME, &Shape::of::<in_flight_conn::Options>());
    code.add(tcp::IpAllowList::NAME, &Shape::of::<ip_allow_list::Options>());
    // A third is another name of the second.
    assert_eq!(tcp::KINDS.len(), 3, "name every kind of the list in this test");
    code.compare(&[page("tcp-udp.md")]);
}

#[test]
fn every_kind_of_middleware_is_described() {
    let mut code = Options::default();
    for entry in &KINDS {
        code.add(entry.name, &(entry.shape)());
        code.note(entry.name, &(entry.defaults)());
    }
    code.compare(&[page("middlewares.md")]);
}

#[test]
fn the_page_of_refusals_is_the_table_of_refusals() {
    let text = read("refused.md");
    let described: BTreeMap<&str, &str> = rows(&text).map(|row| (row.option, row.default)).collect();
    let refused: BTreeMap<&str, Allowed> =
        STATIC.iter().chain(DYNAMIC).map(|refusal| (refusal.path, refusal.allowed)).collect();
    let (paths, known): (BTreeSet<_>, BTreeSet<_>) = (described.keys().collect(), refused.keys().collect());
    assert_eq!(paths, known);
    for (path, allowed) in refused {
        let words = match allowed {
            Allowed::Values(words) | Allowed::AllBut(words) => words,
            Allowed::Nothing => &[],
        };
        for word in words.iter().filter(|word| !word.is_empty()) {
            assert!(described[path].contains(&format!("`{word}`")), "{path} may also be {word}");
        }
    }
    for refusal in STATIC.iter().chain(DYNAMIC) {
        let row = text.lines().find(|line| line.starts_with(&format!("| `{}` |", refusal.path)));
        assert!(row.is_some_and(|row| row.ends_with(&format!("| {} |", refusal.instead))), "{row:?}");
    }
    let kinds = text.split("## Kinds of middleware").nth(1).unwrap();
    for kind in UNSUPPORTED {
        let line = kinds.lines().find(|line| line.contains(&format!("`{kind}`")));
        assert!(line.is_some_and(|line| line.ends_with(&format!(": {}", instead(kind)))), "{kind}: {line:?}");
    }
    for kind in KINDS {
        assert!(!kinds.contains(&format!("`{}`", kind.name)), "{} is not refused", kind.name);
    }
}

#[test]
fn examples_are_understood() {
    let mut seen = 0;
    for page in [
        "static.md",
        "http.md",
        "tcp-udp.md",
        "tls.md",
        "middlewares.md",
        "file-provider.md",
        "docker.md",
        "http-provider.md",
        "stores.md",
        "catalogs.md",
        "ingress-nginx.md",
        "api.md",
        "observability.md",
    ] {
        let text = read(page);
        for example in text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            // Templates are the business of the file provider.
            if example.contains("{{") {
                continue;
            }
            seen += 1;
            let problems = problems_of(page, example);
            assert_eq!(problems, Vec::<String>::new(), "{page}:\n{example}");
        }
    }
    assert!(seen >= 6, "{seen} examples");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let docs = root().join("docs");
    let mut pages = vec![root().join("README.md")];
    for folder in [&docs, &docs.join("reference")] {
        pages.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    let mut broken = Vec::new();
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let is_file = !link.is_empty() && !link.contains("://");
            if is_file && !page.parent().unwrap().join(link).exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn the_readme_leads_to_every_page_of_the_reference() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let pages = fs::read_dir(root().join("docs/reference")).unwrap();
    let names = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
    let unlinked: Vec<String> =
        names.filter(|name| !readme.contains(&format!("](docs/reference/{name})"))).collect();
    assert_eq!(unlinked, Vec::<String>::new());
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    let libraries = dependencies.iter().filter(|(_, from)| from.get("path").is_none());
    let known: BTreeSet<&str> = libraries.map(|(name, _)| name.as_str()).collect();
    let text = fs::read_to_string(root().join("docs/DEPENDENCIES.md")).unwrap();
    let first_cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    let described: BTreeSet<&str> =
        first_cells.flat_map(|cell| cell.split(',').map(|name| name.trim_matches(['`', ' ']))).collect();
    assert_eq!(described, known);
}

/// What is wrong with an example of install or routing configuration, options of middlewares included.
fn problems_of(page: &str, example: &str) -> Vec<String> {
    let source = Source::other(page);
    let document = parse(Format::Yaml, example, &source).expect("examples are YAML");
    let routes = ["http:", "tcp:", "tls:"].iter().any(|section| example.starts_with(section));
    if !routes {
        let problems = match StaticConfig::load(document, &source, STATIC) {
            Ok(loaded) => loaded.warnings,
            Err(problems) => problems,
        };
        return problems.iter().map(ToString::to_string).collect();
    }
    let config = DynamicConfig::decode(document, &source, DYNAMIC);
    let mut problems: Vec<String> = config.problems.iter().map(ToString::to_string).collect();
    for middleware in config.http.middlewares.values() {
        match find(&middleware.kind).map(|kind| (kind.check)(middleware, &source)) {
            Some(Ok(_)) => {}
            Some(Err(wrong)) => problems.extend(wrong.iter().map(ToString::to_string)),
            None => problems.push(format!("no kind {}", middleware.kind.value)),
        }
    }
    problems
}

/// What the code knows: the paths of options, and defaults that are more than nothing.
#[derive(Default)]
struct Options {
    paths: BTreeSet<String>,
    defaults: BTreeMap<String, String>,
}

impl Options {
    fn add(&mut self, path: &str, shape: &Shape) {
        match shape {
            Shape::Section(fields) if !fields.is_empty() => {
                for (name, shape) in fields {
                    self.add(&join(path, name), shape);
                }
            }
            Shape::Map(item) if matches!(**item, Shape::Section(_)) => self.add(&join(path, "<name>"), item),
            Shape::List(item) if matches!(**item, Shape::Section(_)) => self.add(&format!("{path}[]"), item),
            _ => {
                self.paths.insert(path.to_owned());
            }
        }
    }

    /// Notes defaults that only the owner of the options knows.
    fn expect(&mut self, path: &str, defaults: &[(&str, &str)]) {
        let all = defaults.iter().map(|(option, default)| (join(path, option), (*default).to_owned()));
        self.defaults.extend(all);
    }

    /// Notes the defaults of an object; what is not serialized is false, zero, empty or absent.
    fn default_of(&mut self, path: &str, default: &impl Serialize) {
        self.note(path, &serde_json::to_value(default).expect("options are plain data"));
    }

    fn note(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| self.note(&join(path, name), value))
            }
            other => {
                self.defaults.insert(path.to_owned(), other.to_string().replace('"', ""));
            }
        }
    }

    fn compare(&self, pages: &[Page]) {
        let described: BTreeMap<&str, &str> = pages
            .iter()
            .flat_map(|page| &page.options)
            .map(|(path, default)| (&**path, &**default))
            .collect();
        let paths: BTreeSet<&str> = described.keys().copied().collect();
        let known: BTreeSet<&str> = self.paths.iter().map(String::as_str).collect();
        let missing: Vec<_> = known.difference(&paths).collect();
        let unknown: Vec<_> = paths.difference(&known).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "not described: {missing:#?}\nunknown: {unknown:#?}"
        );
        for (path, default) in described {
            match self.defaults.get(path) {
                Some(_) if default == "required" => {}
                Some(known) => assert_eq!(default.replace(['`', ' '], ""), *known, "default of {path}"),
                None => assert!(NOTHING.contains(&default), "{path} has no default {default}"),
            }
        }
    }
}

/// A page of the reference: options by their full path, with the cell of their default.
struct Page {
    options: Vec<(String, String)>,
}

fn page(name: &str) -> Page {
    let text = read(name);
    Page { options: rows(&text).map(|row| (join(row.object, row.option), row.default.to_owned())).collect() }
}

/// A row of a table of options.
struct Row<'a> {
    object: &'a str,
    option: &'a str,
    default: &'a str,
}

/// The rows whose table has `option` as its first column.
fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    let (mut object, mut is_options) = ("", false);
    text.lines().filter_map(move |line| {
        if line.starts_with('#') {
            object = line.split('`').nth(1).unwrap_or_default();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match cells.as_slice() {
            ["", first, default, ..] => {
                is_options |= *first == "option";
                let option = first.strip_prefix('`')?.strip_suffix('`')?;
                is_options.then_some(Row { object, option, default })
            }
            _ => {
                is_options = false;
                None
            }
        }
    })
}

/// Whether an option, or something that holds it, is refused.
fn is_refused(path: &str, table: &[Refusal]) -> bool {
    let path: Vec<&str> = path.split('.').map(|part| part.trim_end_matches("[]")).collect();
    table.iter().any(|refusal| {
        let pattern: Vec<&str> = refusal.path.split('.').collect();
        let fits = pattern.len() <= path.len()
            && pattern.iter().zip(&path).all(|(wanted, part)| *wanted == "*" || wanted == part);
        let last = path.get(pattern.len() - 1);
        match refusal.allowed {
            Allowed::Nothing | Allowed::Values(_) => fits,
            Allowed::AllBut(keys) => fits && !last.is_some_and(|last| keys.contains(last)),
        }
    })
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join("docs/reference").join(name)).expect("the page exists")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace").to_owned()
}

/// Those whose options stand on pages of their own.
const PROVIDERS: [&str; 17] = [
    "file",
    "docker",
    "swarm",
    "http",
    "rest",
    "redis",
    "consul",
    "consulCatalog",
    "etcd",
    "zooKeeper",
    "nomad",
    "ecs",
    "kubernetesCRD",
    "kubernetesIngress",
    "kubernetesIngressNGINX",
    "meshController",
    "meshNode",
];
/// How a page writes that an option is absent, off, zero or empty unless written.
const NOTHING: [&str; 5] = ["–", "required", "`false`", "`0`", "`0s`"];
