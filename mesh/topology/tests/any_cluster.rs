//! With access control a client reaches what a target opens to it, and nothing else, in clusters made by chance.
//!
//! Configurations are followed as the proxies do: the rules of an entry point by priority, then lists of clients, then
//! servers. What a target opens is worked out here again, from the objects. Names are such that different objects join
//! to the same ones.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_topology::{Fact, Facts, Mesh, Ports, Settings};
use windrose_random::Random;
use windrose_rule::{Protocol, RequestView, Syntax};

const NAMESPACES: [&str; 2] = ["a", "a-b"];
const SERVICES: [&str; 3] = ["c", "b-c", "d"];
const ACCOUNTS: [&str; 3] = ["x", "y", "z"];
const PATHS: [&str; 3] = ["/a", "/b", "/other"];

struct Pod {
    name: String,
    namespace: &'static str,
    account: &'static str,
    ip: String,
}

struct Target {
    destination: (&'static str, &'static str),
    sources: Vec<(&'static str, &'static str)>,
    port: Option<u16>,
    rules: Vec<&'static str>,
}

#[derive(Default)]
struct Cluster {
    facts: Facts,
    pods: Vec<Pod>,
    targets: Vec<Target>,
    roots: Vec<(&'static str, &'static str)>,
}

/// Where a request may end: at these servers, or nowhere.
type End = Option<Vec<String>>;

#[test]
fn nobody_reaches_what_no_target_opens_and_everybody_what_one_does() {
    let mut random = Random::new();
    for _ in 0..150 {
        let cluster = Cluster::new(&mut random);
        let settings = Settings { acl: true, ..Settings::default() };
        let mut ports = Ports::default();
        ports.settle(&cluster.facts, &settings);
        let mesh = Mesh::build(&cluster.facts, &ports, &settings);
        let configuration = json!(mesh.configuration);
        cluster.check_http(&configuration["http"]);
        cluster.check_tcp(&configuration["tcp"]);
    }
}

impl Cluster {
    fn new(random: &mut Random) -> Self {
        let mut cluster = Self::default();
        for number in 0..8 {
            let pod = Pod {
                name: format!("p{number}"),
                namespace: pick(random, &NAMESPACES),
                account: pick(random, &ACCOUNTS),
                ip: format!("10.0.0.{number}"),
            };
            let object = json!({"spec": {"serviceAccountName": pod.account}, "status": {"podIP": pod.ip}});
            cluster.facts.pods.insert(key(pod.namespace, &pod.name), read(object));
            cluster.pods.push(pod);
        }
        for namespace in NAMESPACES {
            for (group, path) in [("a", Some("/a")), ("b", Some("/b")), ("all", None)] {
                let object = json!({"spec": {"matches": [{"name": "m", "pathRegex": path}]}});
                cluster.facts.http_groups.insert(key(namespace, group), read(object));
            }
            cluster.facts.tcp_routes.insert(key(namespace, "tcp"), read(json!({"spec": {}})));
            for service in SERVICES {
                cluster.add_service(random, namespace, service);
            }
            let headers = json!({"spec": {"headers": {"customRequestHeaders": {"a": "b"}}}});
            cluster.facts.middlewares.insert(key(namespace, "m"), read(headers));
            for shared in ["t", "u"] {
                let object = traefik_service(random, shared);
                cluster.facts.traefik_services.insert(key(namespace, shared), read(object));
            }
        }
        for number in 0..random.below(7) {
            cluster.add_target(random, &format!("t{}", number % 4));
        }
        for number in 0..random.below(4) {
            cluster.add_split(random, &format!("s{number}"));
        }
        cluster
    }

    fn add_service(&mut self, random: &mut Random, namespace: &'static str, service: &'static str) {
        let mode = if random.once_in(3) { "tcp" } else { "http" };
        let mut annotations = json!({"mesh.traefik.io/traffic-type": mode});
        if random.once_in(3) {
            annotations["mesh.traefik.io/middlewares"] = "m".into();
        }
        if random.once_in(3) {
            annotations["mesh.traefik.io/traefik-service"] = "t".into();
            self.roots.push((namespace, service));
        }
        let ports = json!([{"name": "a", "port": 80, "targetPort": 8080}, {"name": "b", "port": 81, "targetPort": 8081}]);
        let object = json!({
            "metadata": {"annotations": annotations},
            "spec": {"clusterIP": "None", "ports": ports},
        });
        self.facts.services.insert(key(namespace, service), read(object));
        let pods = self.pods.iter().filter(|pod| pod.namespace == namespace && !random.once_in(2));
        let endpoints: Vec<Value> = pods
            .map(|pod| json!({"targetRef": {"kind": "Pod", "namespace": namespace, "name": pod.name}}))
            .collect();
        let slice = json!({
            "metadata": {"namespace": namespace, "labels": {"kubernetes.io/service-name": service}},
            "endpoints": endpoints,
        });
        self.facts.slices.insert(key(namespace, service), read(slice));
    }

    fn add_target(&mut self, random: &mut Random, name: &str) {
        let account = |random: &mut Random| (pick(random, &NAMESPACES), pick(random, &ACCOUNTS));
        let rules = (0..random.below(3)).map(|_| pick(random, &["a", "b", "all", "tcp", "tcp"]));
        let rules: Vec<&str> = rules.collect();
        let target = Target {
            destination: account(random),
            sources: (0..1 + random.below(2)).map(|_| account(random)).collect(),
            port: if random.once_in(3) { Some(8081) } else { None },
            rules,
        };
        let subject = |(namespace, name): (&str, &str)| json!({"kind": "ServiceAccount", "name": name, "namespace": namespace});
        let mut destination = subject(target.destination);
        destination["port"] = json!(target.port);
        let kind = |rule: &str| if rule == "tcp" { "TCPRoute" } else { "HTTPRouteGroup" };
        let rules: Vec<Value> =
            target.rules.iter().map(|rule| json!({"kind": kind(rule), "name": rule})).collect();
        let sources: Vec<Value> = target.sources.iter().map(|source| subject(*source)).collect();
        let object = json!({"spec": {"destination": destination, "sources": sources, "rules": rules}});
        let key = key(pick(random, &NAMESPACES), name);
        if let Entry::Vacant(place) = self.facts.targets.entry(key) {
            place.insert(read(object));
            self.targets.push(target);
        }
    }

    fn add_split(&mut self, random: &mut Random, name: &str) {
        let (namespace, root) = (pick(random, &NAMESPACES), pick(random, &SERVICES));
        let backends =
            (0..1 + random.below(2)).map(|_| json!({"service": pick(random, &SERVICES), "weight": 1}));
        let backends: Vec<Value> = backends.collect();
        let matches =
            if random.once_in(2) { json!([{"kind": "HTTPRouteGroup", "name": "a"}]) } else { json!([]) };
        let object = json!({"spec": {"service": root, "backends": backends, "matches": matches}});
        self.facts.splits.insert(key(namespace, name), read(object));
        self.roots.push((namespace, root));
    }

    fn check_http(&self, http: &Value) {
        for ((namespace, service), fact) in &self.facts.services {
            if fact.annotations.as_ref().unwrap().values().any(|mode| **mode == *"tcp") {
                continue;
            }
            let host = format!("{service}.{namespace}.traefik.mesh");
            for (entry, number) in [("http-5000", 8080), ("http-5001", 8081)] {
                for (client, path) in self.pods.iter().flat_map(|client| PATHS.map(|path| (client, path))) {
                    let view = RequestView { host: &host, path, peer: ip(client), ..RequestView::default() };
                    let ends = ends(http, entry, Protocol::Http, &view);
                    assert!(!ends.is_empty(), "{host} is not known at {entry}");
                    self.check_ends(client, &ends, number, Some(path));
                    let is_root = self.roots.iter().any(|root| *root == (&**namespace, &**service));
                    if !is_root && self.is_served(namespace, service, client, number, path) {
                        assert!(
                            ends.iter().all(Option::is_some),
                            "{} gets no {host}{path} at {entry}: {http:#}",
                            client.name
                        );
                    }
                }
            }
        }
    }

    fn check_tcp(&self, tcp: &Value) {
        for entry in (10000..10012).map(|number| format!("tcp-{number}")) {
            for client in &self.pods {
                let ends = ends(tcp, &entry, Protocol::Tcp, &RequestView::tcp("", &[], ip(client)));
                for number in [8080, 8081] {
                    self.check_ends(client, &ends, number, None);
                }
            }
        }
    }

    /// Every server that may be reached at a port is open to the client.
    fn check_ends(&self, client: &Pod, ends: &[End], number: u16, path: Option<&str>) {
        for address in
            ends.iter().flatten().flatten().filter(|address| address.ends_with(&format!(":{number}")))
        {
            let server = self.pods.iter().find(|pod| address.contains(&format!("{}:", pod.ip))).unwrap();
            let is_open = self.targets.iter().any(|target| target.opens(client, server, number, path));
            assert!(is_open, "{} reaches {address} for {path:?}", client.name);
        }
    }

    fn is_served(
        &self,
        namespace: &Arc<str>,
        service: &Arc<str>,
        client: &Pod,
        number: u16,
        path: &str,
    ) -> bool {
        let slice = &self.facts.slices[&(Arc::clone(namespace), Arc::clone(service))];
        let has = |pod: &Pod| {
            slice
                .endpoints
                .iter()
                .any(|endpoint| format!("{:?}", endpoint.target).contains(&format!("\"{}\"", pod.name)))
        };
        let mut servers = self.pods.iter().filter(|pod| has(pod));
        servers
            .any(|server| self.targets.iter().any(|target| target.surely_opens(client, server, number, path)))
    }
}

impl Target {
    fn names(&self, client: &Pod, server: &Pod, number: u16) -> bool {
        let is_named = self.sources.contains(&(client.namespace, client.account));
        is_named
            && self.destination == (server.namespace, server.account)
            && self.port.is_none_or(|port| port == number)
    }

    fn opens(&self, client: &Pod, server: &Pod, number: u16, path: Option<&str>) -> bool {
        let has_http = self.rules.iter().any(|rule| *rule != "tcp");
        self.names(client, server, number)
            && match path {
                None => self.rules.contains(&"tcp"),
                Some(_) if !has_http => !self.rules.is_empty(),
                Some(path) => self.rules.iter().any(|rule| *rule == "all" || path == format!("/{rule}")),
            }
    }

    /// A group of all requests beside others adds nothing, as with Traefik Mesh.
    fn surely_opens(&self, client: &Pod, server: &Pod, number: u16, path: &str) -> bool {
        let has_paths = self.rules.iter().any(|rule| ["a", "b"].contains(rule));
        let is_meant = !has_paths || self.rules.iter().any(|rule| path == format!("/{rule}"));
        self.opens(client, server, number, Some(path)) && is_meant
    }
}

/// Where a request may end: with every router that no other comes before.
fn ends(section: &Value, entry: &str, protocol: Protocol, view: &RequestView<'_>) -> Vec<End> {
    let routers = section["routers"].as_object().into_iter().flat_map(|routers| routers.values());
    let matching: Vec<&Value> = routers
        .filter(|router| router["entryPoints"][0] == entry)
        .filter(|router| {
            let rule = windrose_rule::parse(router["rule"].as_str().unwrap(), Syntax::V2, protocol);
            rule.unwrap().matcher().matches(view)
        })
        .collect();
    let highest = matching.iter().map(|router| router["priority"].as_u64()).max();
    let first = matching.iter().filter(|router| Some(router["priority"].as_u64()) == highest);
    first.map(|router| end(section, router, view.peer)).collect()
}

fn end(section: &Value, router: &Value, peer: IpAddr) -> End {
    for name in router["middlewares"].as_array().into_iter().flatten() {
        let list = &section["middlewares"][name.as_str().unwrap()]["ipWhiteList"]["sourceRange"];
        if !list.is_null() && !list.as_array().unwrap().contains(&json!(peer.to_string())) {
            return None;
        }
    }
    let mut servers = Vec::new();
    let mut services = vec![router["service"].as_str().unwrap()];
    while let Some(name) = services.pop() {
        let service = &section["services"][name];
        // A copy is a request, too.
        let lists = [
            &service["weighted"]["services"],
            &service["highestRandomWeight"]["services"],
            &service["mirroring"]["mirrors"],
        ];
        let parts = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
        services.extend(parts.map(|part| part["name"].as_str().unwrap()));
        let alone = [
            &service["mirroring"]["service"],
            &service["failover"]["service"],
            &service["failover"]["fallback"],
        ];
        services.extend(alone.into_iter().filter_map(Value::as_str));
        let own = service["loadBalancer"]["servers"].as_array().into_iter().flatten();
        servers.extend(
            own.map(|server| {
                server["url"].as_str().or_else(|| server["address"].as_str()).unwrap().to_owned()
            }),
        );
    }
    Some(servers)
}

/// One of any way. `t` may lead to `u`, and seldom in a circle.
fn traefik_service(random: &mut Random, name: &str) -> Value {
    let mut part = || {
        let leads_on = if name == "t" { random.once_in(3) } else { random.once_in(20) };
        match leads_on {
            true if name == "t" => json!({"kind": "TraefikService", "name": "u"}),
            true => json!({"kind": "TraefikService", "name": "t"}),
            false => json!({"name": pick(random, &SERVICES), "port": 80 + random.below(2)}),
        }
    };
    let (one, other) = (part(), part());
    let spec = match random.below(4) {
        0 => json!({"weighted": {"services": [one, other]}}),
        1 => json!({"highestRandomWeight": {"services": [one]}}),
        2 => {
            let mut mirroring = one;
            mirroring["mirrors"] = json!([other]);
            json!({ "mirroring": mirroring })
        }
        _ => json!({"failover": {"service": one, "fallback": other}}),
    };
    json!({ "spec": spec })
}

fn pick(random: &mut Random, choices: &[&'static str]) -> &'static str {
    choices[random.below(choices.len())]
}

fn key(namespace: &str, name: &str) -> (Arc<str>, Arc<str>) {
    (namespace.into(), name.into())
}

fn read<T: Fact>(object: Value) -> Arc<T> {
    Arc::new(T::read(object).unwrap())
}

fn ip(pod: &Pod) -> IpAddr {
    pod.ip.parse().unwrap()
}
