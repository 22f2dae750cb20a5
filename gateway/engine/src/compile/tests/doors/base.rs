//! A good configuration: what is guarded is one provider's, and what would answer if the guards fell is another's.

use std::fmt::Write;

use windrose_config::tree::Value;

use super::*;

/// A good configuration, and the hosts it knows.
pub(super) struct Base {
    pub(super) document: Tree,
    pub(super) hosts: Vec<String>,
    certificate: [(&'static str, String); 3],
    source: Arc<Source>,
}

impl Base {
    pub(super) fn new() -> Self {
        let mut text = GUARDED.to_owned();
        let mut hosts: Vec<String> =
            ["a.test", "b.test", "c.test", "d.test", "w.test", "x.wild.test", "y.wild.test", "other", ""]
                .map(str::to_owned)
                .into();
        let mut routers = String::new();
        text.push_str("  middlewares:\n");
        for kind in &list::KINDS {
            let name = kind.name;
            match MIDDLEWARES.iter().find(|(known, _)| *known == name) {
                Some((_, options)) => writeln!(text, "    {name}: {{{name}: {options}}}").unwrap(),
                // With nothing to refer to, what its documentation shows is good enough.
                None => {
                    let example: String =
                        kind.example().lines().map(|line| format!("      {line}\n")).collect();
                    writeln!(text, "    {name}:\n{example}").unwrap();
                }
            }
            let host = format!("{}.test", name.to_lowercase());
            writeln!(
                routers,
                "    m-{name}: {{rule: 'Host(`{host}`) && PathPrefix(`/in`)', service: balanced, middlewares: [{name}]}}"
            )
            .unwrap();
            hosts.push(host);
        }
        text.push_str("  routers:\n");
        text.push_str(ROUTERS);
        text.push_str(&routers);
        text.push_str(RAW);
        let source = Source::file("dynamic.yaml");
        let document = yaml::parse(&text, &source).unwrap();
        let made = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap();
        let certificate = [
            ("a.crt", made.cert.pem()),
            ("a.key", made.signing_key.serialize_pem()),
            ("users.txt", "b:{SHA}x".to_owned()),
        ];
        Self { document, hosts, certificate, source }
    }

    pub(super) fn bench(&self) -> Bench {
        self.bench_with(ENTRY_POINTS)
    }

    pub(super) fn bench_with(&self, settings: &str) -> Bench {
        let mut bench = Bench::new(settings);
        for (path, content) in &self.certificate {
            bench.files.put(path, content.as_bytes());
        }
        bench.take("zoo", config(BROAD));
        bench.take("file", self.decode(&self.document));
        bench
    }

    pub(super) fn decode(&self, document: &Tree) -> DynamicConfig {
        DynamicConfig::decode(document.clone(), &self.source, refuse::DYNAMIC)
    }

    /// The names of the objects of a section; positions of certificates.
    pub(super) fn objects(&self, section: Section) -> Vec<String> {
        match self.section(section).map(|tree| &tree.value) {
            Some(Value::Table(entries)) => entries.iter().map(|entry| entry.key.to_string()).collect(),
            Some(Value::List(items)) => (0..items.len()).map(|index| index.to_string()).collect(),
            _ => Vec::new(),
        }
    }

    /// An object as written; the list of them for certificates.
    pub(super) fn object(&self, section: Section, name: &str) -> &Tree {
        let section = self.section(section).unwrap();
        section.field(name).unwrap_or(section)
    }

    fn section(&self, section: Section) -> Option<&Tree> {
        section.path().split('.').try_fold(&self.document, |tree, key| tree.field(key))
    }
}

pub(super) const ENTRY_POINTS: &str = "
entryPoints:
  web: {address: ':80', asDefault: true}
  websecure: {address: ':443', asDefault: true, http: {tls: {options: 'entry@file'}, middlewares: ['addPrefix@file']}}
  inside: {address: ':81', asDefault: true, http: {middlewares: ['stripPrefix@file']}}
  raw: {address: ':82'}
  dns: {address: ':53/udp'}
";

/// What entry points name, and how it may be misspelt.
pub(super) const NAMED_BY_ENTRY_POINTS: [(&str, &str); 6] = [
    ("entry@file", "gone@file"),
    ("entry@file", "entry@nowhere"),
    ("addPrefix@file", "gone@file"),
    ("addPrefix@file", "gone"),
    ("stripPrefix@file", "stripPrefix@nowhere"),
    ("stripPrefix@file", "a@b@file"),
];

/// Broader routers of somebody else, which must not get what is meant for others.
const BROAD: &str = "
http:
  routers:
    all: {rule: 'PathPrefix(`/`)', service: noop@internal, priority: 1}
    all-secure: {rule: 'PathPrefix(`/`)', service: noop@internal, priority: 1, tls: {}}
    wild: {rule: 'Host(`*.wild.test`)', service: noop@internal, priority: 2, tls: {options: lax}}
tcp:
  routers:
    all: {rule: 'HostSNI(`*`)', service: any, entryPoints: [raw]}
    all-secure: {rule: 'HostSNI(`*`)', service: any, entryPoints: [raw], tls: {passthrough: true}}
  services: {any: {loadBalancer: {servers: [{address: '10.9.9.9:9'}]}}}
udp:
  routers: {all: {service: any, entryPoints: [dns]}}
  services: {any: {loadBalancer: {servers: [{address: '10.9.9.9:9'}]}}}
tls: {options: {lax: {disableSessionTickets: true}}}
";

/// What is carried and not looked into.
const RAW: &str = "
tcp:
  serversTransports:
    careful:
      dialTimeout: 3s
      terminationDelay: 1s
      proxyProtocol: {version: 1}
      tls: {serverName: inside.test, rootCAs: [a.crt], certificates: [{certFile: a.crt, keyFile: a.key}]}
  services:
    one:
      loadBalancer:
        servers: [{address: '10.0.0.1:1', tls: true}]
        serversTransport: careful
        healthCheck: {send: a, expect: b, interval: 1s, unhealthyInterval: 1s, timeout: 1s, port: 9}
    both: {weighted: {services: [{name: one, weight: 2}], healthCheck: {}}}
  middlewares:
    inFlightConn: {inFlightConn: {amount: 3}}
    ipAllowList: {ipAllowList: {sourceRange: [10.0.0.0/8]}}
    ipWhiteList: {ipWhiteList: {sourceRange: [10.0.0.0/8]}}
  routers:
    plain: {rule: 'HostSNI(`*`) && ClientIP(`10.0.0.0/8`)', service: one, entryPoints: [raw], middlewares: [inFlightConn, ipAllowList], priority: 1000}
    ended: {rule: 'HostSNI(`a.test`)', service: both, entryPoints: [raw], middlewares: [ipWhiteList], ruleSyntax: v3, tls: {options: strict}}
    through: {rule: 'HostSNI(`b.test`)', service: one, entryPoints: [raw], tls: {passthrough: true}}
udp:
  services:
    one: {loadBalancer: {servers: [{address: '10.0.0.1:1'}]}}
    both: {weighted: {services: [{name: one, weight: 2}]}}
  routers:
    d: {service: both, entryPoints: [dns]}
";

const GUARDED: &str = "
tls:
  options:
    default: {sniStrict: true, clientAuth: {caFiles: [a.crt], clientAuthType: RequireAndVerifyClientCert}}
    strict: {minVersion: VersionTLS13, maxVersion: VersionTLS13, curvePreferences: [X25519]}
    entry: {alpnProtocols: [h2]}
  stores: {default: {defaultCertificate: {certFile: a.crt, keyFile: a.key}}}
  certificates:
    - {certFile: a.crt, keyFile: a.key, stores: [default]}
http:
  serversTransports:
    careful:
      serverName: inside.test
      rootCAs: [a.crt]
      certificates: [{certFile: a.crt, keyFile: a.key}]
      forwardingTimeouts: {dialTimeout: 3s}
  services:
    balanced:
      loadBalancer:
        servers: [{url: 'https://10.0.0.1', weight: 2, preservePath: true}, {url: 'https://10.0.0.2'}]
        serversTransport: careful
        strategy: wrr
    weighted: {weighted: {services: [{name: balanced, weight: 3}]}}
";

const ROUTERS: &str = "
    a: {rule: 'Host(`a.test`) && PathPrefix(`/in`)', service: weighted, middlewares: [ipAllowList], priority: 1000, entryPoints: [web, websecure, inside]}
    b: {rule: 'Host(`b.test`) && PathPrefix(`/in`)', service: balanced, middlewares: [ipAllowList, chain], priority: 1000, ruleSyntax: v3, tls: {options: strict}}
    c: {rule: 'Host(`c.test`)', service: balanced, tls: {options: strict}}
    c-in: {rule: 'Host(`c.test`) && PathPrefix(`/in`)', service: weighted, middlewares: [ipAllowList], tls: {options: strict}}
    w: {rule: 'Host(`w.test`) && PathPrefix(`/in`)', service: weighted, tls: {options: strict}}
    w-default: {rule: 'Host(`w.test`) && PathPrefix(`/in`)', service: balanced, priority: 1000, tls: {}}
    d: {rule: 'Host(`d.test`)', middlewares: [ipAllowList], entryPoints: [web, websecure, inside]}
    d-in: {rule: 'PathPrefix(`/in`)', parentRefs: [d], middlewares: [chain], service: weighted}
    d-all: {rule: 'PathPrefix(`/`)', parentRefs: [d], service: balanced}
    x: {rule: 'Host(`x.wild.test`) && PathPrefix(`/in`)', service: balanced, tls: {}}
";

/// Good examples of kinds that refer to others, or that have more options than their documentation shows.
const MIDDLEWARES: &[(&str, &str)] = &[
    ("bodyLimit", "{maxRequestBodyBytes: 10}"),
    ("ipDenyList", "{sourceRange: [10.0.0.0/8], ipStrategy: {depth: 1}, rejectStatusCode: 404}"),
    ("maintenance", "{sourceRange: [10.0.0.0/8], status: 503, body: x, headers: {Retry-After: '60'}}"),
    ("respond", "{status: 410, body: x, contentType: text/plain, headers: {X-A: b}}"),
    ("addPrefix", "{prefix: /x}"),
    (
        "buffering",
        "{maxRequestBodyBytes: 10, memRequestBodyBytes: 5, retryExpression: 'IsNetworkError() && Attempts() < 2'}",
    ),
    ("chain", "{middlewares: [ipAllowList, stripPrefix]}"),
    (
        "compress",
        "{encodings: [br], minResponseBodyBytes: 10, excludedContentTypes: [a/b], defaultEncoding: br}",
    ),
    ("contentType", "{}"),
    ("encodedCharacters", "{allowEncodedSlash: true}"),
    ("grpcWeb", "{allowOrigins: ['https://a.test']}"),
    (
        "basicAuth",
        "{users: ['a:{SHA}x'], usersFile: users.txt, realm: r, headerField: X-User, removeHeader: true}",
    ),
    (
        "circuitBreaker",
        "{expression: 'NetworkErrorRatio() > 0.3', checkPeriod: 1s, fallbackDuration: 1s, recoveryDuration: 1s, responseCode: 503}",
    ),
    ("digestAuth", "{users: ['a:traefik:x'], realm: traefik, headerField: X-User, removeHeader: true}"),
    (
        "errors",
        "{status: ['500-599'], service: balanced, query: '/{status}', statusRewrites: {'500': 404}, errorRequestHeaders: [Accept]}",
    ),
    (
        "forwardAuth",
        "{address: 'https://10.0.0.9/x', tls: {ca: a.crt, cert: a.crt, key: a.key}, trustForwardHeader: false, authResponseHeaders: [X-User], \
         authResponseHeadersRegex: '^X-', authRequestHeaders: [Cookie], addAuthCookiesToResponse: [s], headerField: X-User, forwardBody: true, maxBodySize: 100, maxResponseBodySize: 100}",
    ),
    ("headers", "{customRequestHeaders: {X-A: b}, accessControlAllowOriginList: ['https://a.test']}"),
    ("inFlightReq", "{amount: 3, sourceCriterion: {ipStrategy: {depth: 1}}}"),
    ("ipAllowList", "{sourceRange: [10.0.0.0/8], ipStrategy: {depth: 1}, rejectStatusCode: 404}"),
    ("ipWhiteList", "{sourceRange: [10.0.0.0/8], ipStrategy: {depth: 1}}"),
    ("passTLSClientCert", "{pem: true, info: {sans: true, subject: {commonName: true}}}"),
    ("rateLimit", "{average: 5, period: 1m, burst: 2, sourceCriterion: {ipStrategy: {depth: 1}}}"),
    ("redirectRegex", "{regex: '^a', replacement: b, permanent: true}"),
    ("redirectScheme", "{scheme: https, port: '8443'}"),
    ("replacePath", "{path: /x}"),
    ("replacePathRegex", "{regex: '^/a', replacement: /b}"),
    ("retry", "{attempts: 2, initialInterval: 1ms}"),
    ("stripPrefix", "{prefixes: [/x]}"),
    ("stripPrefixRegex", "{regex: ['^/x']}"),
];
