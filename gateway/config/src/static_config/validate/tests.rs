use super::*;
use crate::source::yaml;

/// What `load` says, without refusals.
fn read(text: &str) -> Vec<String> {
    let source = Source::file("t.yaml");
    let problems = match StaticConfig::load(yaml::parse(text, &source).unwrap(), &source, &[]) {
        Ok(loaded) => [loaded.warnings, loaded.left_out].concat(),
        Err(problems) => problems,
    };
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn contradictions_are_found() {
    let cases = [
        ("entryPoints: {w: {}}", "error: entryPoints.w.address is missing, write for example \":80\""),
        ("entryPoints: {w: {address: '80'}}", "error: entryPoints.w.address `80` is no address"),
        ("entryPoints: {w: {address: ':80/sctp'}}", "error: entryPoints.w.address `:80/sctp` is no address"),
        (
            "entryPoints: {w: {address: ':80', http: {redirections: {entryPoint: {to: x}}}}}",
            "error: entry point w does not redirect, as there is no entry point `x`",
        ),
        (
            "entryPoints: {w: {address: ':80', http: {redirections: {entryPoint: {scheme: https}}}}}",
            "error: entryPoints.w.http.redirections.entryPoint.to is missing",
        ),
        (
            "certificatesResolvers: {r: {acme: {email: a}, tailscale: {}}}",
            "error: certificatesResolvers.r has both acme and tailscale, keep one of them",
        ),
        (
            "certificatesResolvers: {r: {}}",
            "error: certificatesResolvers.r has neither acme nor tailscale, write one",
        ),
        (
            "certificatesResolvers: {r: {acme: {storage: ''}}}",
            "error: certificatesResolvers.r.acme.storage is empty, write the name of a file",
        ),
        ("ping: {entryPoint: w}", "error: ping.entryPoint: there is no entry point `w`"),
        (
            "metrics: {prometheus: {entryPoint: w}}",
            "error: metrics.prometheus.entryPoint: there is no entry point `w`",
        ),
        (
            "entryPoints: {w: {address: ':80', transport: {respondingTimeouts: {readTimeout: -1s}}}}",
            "error: entryPoints.w.transport.respondingTimeouts.readTimeout cannot be below zero",
        ),
        (
            "entryPoints: {w: {address: ':80', transport: {lifecycle: {gracetimeout: '-5'}}}}",
            "error: entryPoints.w.transport.lifecycle.gracetimeout cannot be below zero",
        ),
        (
            "serversTransport: {forwardingTimeouts: {dialTimeout: -100ms}}",
            "error: serversTransport.forwardingTimeouts.dialTimeout cannot be below zero",
        ),
        (
            "providers: {providersThrottleDuration: -2}",
            "error: providers.providersThrottleDuration cannot be below zero",
        ),
        ("log: {format: xml}", "error: log.format cannot be `xml`"),
        (
            "providers: {precedence: [file, nobody]}",
            "error: providers.precedence names unknown provider `nobody`",
        ),
        ("providers: {knative: {}}", "error: providers.knative needs experimental.knative"),
        (
            "providers: {kubernetesIngressNGINX: {watchNamespace: a, watchNamespaceSelector: b}}",
            "error: providers.kubernetesIngressNGINX has both watchNamespace and watchNamespaceSelector, keep one of them",
        ),
        (
            "providers: {kubernetesIngressNGINX: {publishService: a}}",
            "error: providers.kubernetesIngressNGINX.publishService cannot be `a`, write namespace/name",
        ),
        ("api: {basePath: 'a b'}", "error: api.basePath cannot be `a b`"),
        (
            "api: {basePath: /a, insecure: true}",
            "warning: api.basePath goes together with api.insecure here, and does not in Traefik",
        ),
        (
            "ocsp: {responderOverrides: {u: ''}}",
            "error: ocsp.responderOverrides.u is empty, write an address",
        ),
        ("log: {otlp: {}}", "error: log.otlp needs experimental.otlpLogs"),
        (
            "tracing: {otlp: {grpc: {insecure: true, tls: {ca: a}}}}",
            "error: tracing.otlp.grpc has both insecure and tls, keep one of them",
        ),
        (
            "experimental: {plugins: {p: {moduleName: m, version: v}}, localPlugins: {p: {moduleName: n}}}",
            "error: experimental.plugins.p has the name of a local plugin, give it another",
        ),
        ("experimental: {plugins: {p: {moduleName: m}}}", "error: experimental.plugins.p.version is missing"),
        (
            "experimental: {plugins: {p: {moduleName: m, version: v}, q: {moduleName: m, version: v}}}",
            "error: experimental.plugins.q names a module that another plugin names, remove one of them",
        ),
    ];
    for (text, expected) in cases {
        let problems = read(text);
        assert!(problems.len() == 1 && problems[0].ends_with(expected), "{text}: {problems:?}");
        assert!(problems[0].starts_with("t.yaml:"), "{problems:?}");
    }
}

#[test]
fn a_redirection_to_nowhere_does_not_stop_the_start() {
    let source = Source::file("t.yaml");
    let text = "entryPoints: {w: {address: ':80', http: {redirections: {entryPoint: {to: x}}}}}";
    let loaded = StaticConfig::load(yaml::parse(text, &source).unwrap(), &source, &[]).unwrap();
    assert_eq!((loaded.warnings.len(), loaded.left_out.len()), (0, 1));
}

#[test]
fn entry_points_that_are_added_can_be_named() {
    for text in [
        "ping: {}",
        "ping: {entryPoint: http}",
        "ping: {entryPoint: w, manualRouting: true}",
        "metrics: {prometheus: {}}",
        "metrics: {prometheus: {entryPoint: w, manualRouting: true}}",
        "{ping: {}, entryPoints: {w: {address: ':80', http: {redirections: {entryPoint: {to: traefik}}}}}}",
    ] {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}

#[test]
fn sound_configurations_pass() {
    let text = "
entryPoints:
  a: {address: ':80', http: {redirections: {entryPoint: {to: b}}}}
  b: {address: '[::1]:443/TCP', http: {redirections: {entryPoint: {to: ':8443'}}}}
  c: {address: 'localhost:53/udp'}
certificatesResolvers: {r: {acme: {email: a@b.c}}, t: {tailscale: true}}
log: {level: debug, format: JSON}
providers: {precedence: [File, docker], knative: {}, kubernetesIngressNGINX: {publishService: a/b}}
api: {basePath: /a/b_c.d}
experimental: {knative: true, otlpLogs: true}
";
    assert_eq!(read(text), Vec::<String>::new());
}

#[test]
fn entry_points_cannot_share_an_address_unless_they_say_so() {
    let cases = [
        (":80", ":80", true),
        (":80", "0.0.0.0:80", true),
        ("127.0.0.1:80", "[::]:80", true),
        ("localhost:80", "LOCALHOST:80/tcp", true),
        ("127.0.0.1:80", "127.0.0.2:80", false),
        ("0.0.0.0:80", "[::1]:80", false),
        (":80", ":81", false),
        (":0", ":0", false),
        (":80/udp", ":80/tcp", false),
    ];
    for (first, second, wrong) in cases {
        let text = format!("entryPoints: {{a: {{address: '{first}'}}, b: {{address: '{second}'}}}}");
        let problems = read(&text);
        assert_eq!(problems.len(), usize::from(wrong), "{text}: {problems:?}");
        assert!(
            problems.iter().all(|text| text.contains("entryPoints.b.address: entry point a listens there"))
        );
    }
    let shared = "entryPoints: {a: {address: ':80', reusePort: true}, b: {address: ':80', reusePort: true}}";
    assert_eq!(read(shared), Vec::<String>::new());
    let implied = read("api: {insecure: true}\nentryPoints: {web: {address: ':8080'}}");
    assert!(implied.len() == 1 && implied[0].contains("entry point traefik listens there"), "{implied:?}");
}

#[test]
fn trusted_addresses_have_a_place() {
    let problems = read(
        "entryPoints: {w: {address: ':1', forwardedHeaders: {trustedIPs: [10.0.0.0/8, home, '::1/64']}}}",
    );
    assert_eq!(
        problems,
        [
            "t.yaml:1:78: error: entryPoints.w.forwardedHeaders.trustedIPs: `home` is no address and no network"
        ]
    );
    for wrong in ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "''"] {
        let text = format!("entryPoints: {{w: {{address: ':1', proxyProtocol: {{trustedIPs: [{wrong}]}}}}}}");
        assert_eq!(read(&text).len(), 1, "{text}");
    }
}

#[test]
fn a_provider_that_nobody_knows_is_no_refusal() {
    let source = Source::file("t.yaml");
    let tree = yaml::parse("providers: {fil: {filename: a}}", &source).unwrap();
    let problems = StaticConfig::load(tree, &source, crate::refuse::STATIC).expect_err("unknown");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].to_string(), "t.yaml:1:13: error: there is no provider `fil`");
    assert_eq!(problems[0].nearest.as_deref(), Some("file"));
}

#[test]
fn a_level_that_is_none_is_told_and_does_not_stop_the_start() {
    for (level, told) in [
        ("LOUD", Some("t.yaml:1:14: warning: log.level cannot be `LOUD`; it is ERROR now")),
        ("WARNING", None),
        ("warn", None),
    ] {
        let source = Source::file("t.yaml");
        let tree = yaml::parse(&format!("log: {{level: {level}}}"), &source).unwrap();
        let loaded = StaticConfig::load(tree, &source, &[]).unwrap();
        let problems: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(problems, told.into_iter().collect::<Vec<&str>>(), "{level}");
    }
}
