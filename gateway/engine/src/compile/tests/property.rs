//! Whatever is written: compilation ends, and remembering makes no difference.

use std::sync::LazyLock;

use proptest::prelude::*;
use windrose_tls::Certificate;

use super::*;
use crate::route::Found;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["a@file", "b@file", "a@docker", "b@docker"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["noop@internal", "default", "x@y@z", "", "@"]).prop_map(str::to_owned),
    ]
}

fn names() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 0..3).prop_map(|names| {
        format!("[{}]", names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "))
    })
}

fn router() -> impl Strategy<Value = String> {
    let rule = prop::sample::select(vec![
        "Host(`a.test`)",
        "Host(`b.test`) && Path(`/x`)",
        "Host(`a.test`) || Host(`b.test`)",
        "PathPrefix(`/`)",
        "Host(`*.test`)",
        "!Host(`a.test`)",
        "Hots(`x`)",
        "",
        "(",
        "Host(`ü`)",
    ]);
    let places =
        prop::sample::select(vec!["[]", "[web]", "[websecure]", "[web, websecure]", "[no]", "[no, web]"]);
    let tls = prop::sample::select(vec![
        "",
        ", tls: {}",
        ", tls: {options: a}",
        ", tls: {options: 'a@docker'}",
        ", tls: {options: default}",
        ", tls: {options: 'default@file'}",
        ", tls: {options: no}",
    ]);
    let priority = prop::sample::select(vec![0, 1, -1, 100, i64::MAX, i64::MIN]);
    let extra = prop::sample::select(vec!["", "", "", ", servce: a", ", parentRefs: {a: b}"]);
    let parent = (rule.clone(), names(), places.clone()).prop_map(|(rule, middlewares, places)| {
        format!("{{rule: '{rule}', middlewares: {middlewares}, entryPoints: {places}}}")
    });
    let child = (rule.clone(), prop::option::of(name()), names(), names(), extra.clone()).prop_map(
        |(rule, service, middlewares, parents, extra)| {
            let service = service.map_or_else(String::new, |name| format!(", service: '{name}'"));
            format!("{{rule: '{rule}', middlewares: {middlewares}, parentRefs: {parents}{service}{extra}}}")
        },
    );
    let top = (rule, name(), names(), places, tls, priority, extra).prop_map(|(rule, service, middlewares, places, tls, priority, extra)| {
        format!("{{rule: '{rule}', service: '{service}', middlewares: {middlewares}, entryPoints: {places}, priority: {priority}{tls}{extra}}}")
    });
    prop_oneof![4 => top, 2 => child, 2 => parent]
}

fn service() -> impl Strategy<Value = String> {
    let url = prop::sample::select(vec![
        "http://10.0.0.1",
        "https://b/x/",
        "h2c://c:1",
        "unix:///s",
        "x",
        "http://",
        "http://a:99999",
    ]);
    let weight = prop::sample::select(vec![0, 1, 3, -1, i64::MAX]);
    let server = (url, weight, any::<bool>())
        .prop_map(|(url, weight, keep)| format!("{{url: '{url}', weight: {weight}, preservePath: {keep}}}"));
    let balancer =
        (prop::collection::vec(server, 0..3), prop::option::of(name())).prop_map(|(servers, transport)| {
            let transport =
                transport.map_or_else(String::new, |name| format!(", serversTransport: '{name}'"));
            format!("{{loadBalancer: {{servers: [{}]{transport}}}}}", servers.join(", "))
        });
    let child = (name(), prop::sample::select(vec![0, 1, 7, i64::MAX, i64::MIN]))
        .prop_map(|(name, weight)| format!("{{name: '{name}', weight: {weight}}}"));
    let weighted = prop::collection::vec(child, 0..3)
        .prop_map(|children| format!("{{weighted: {{services: [{}]}}}}", children.join(", ")));
    prop_oneof![balancer, weighted]
}

fn middleware() -> impl Strategy<Value = String> {
    prop_oneof![
        names().prop_map(|names| format!("{{chain: {{middlewares: {names}}}}}")),
        prop::sample::select(vec![
            "{addPrefix: {prefix: /x}}",
            "{addPrefix: {prefix: x}}",
            "{stripPrefix: {prefixes: [/]}}",
            "{no: {}}",
            "{retry: {attempts: 2}}"
        ])
        .prop_map(str::to_owned),
    ]
}

fn section(key: &str, of: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    let key = key.to_owned();
    let entries = prop::collection::btree_map(prop::sample::select(vec!["a", "b", "c", "default"]), of, 0..4);
    entries
        .prop_map(move |entries| {
            let entries = entries.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
            format!("{key}: {{{}}}", entries.join(", "))
        })
        .boxed()
}

fn document() -> impl Strategy<Value = String> {
    let transport = prop::sample::select(vec![
        "{}",
        "{insecureSkipVerify: true}",
        "{rootCAs: [none.pem]}",
        "{maxIdleConnsPerHost: -1}",
    ]);
    let options = prop::sample::select(vec!["{}", "{sniStrict: true}", "{cipherSuites: [no]}"]);
    let certificate = prop::sample::select(vec![
        "{certFile: a.crt, keyFile: a.key}",
        "{certFile: b.crt, keyFile: b.key}",
        "{certFile: a.crt, keyFile: b.key}",
        "{certFile: a.crt, keyFile: a.key, stores: [other]}",
        "{certFile: none.crt, keyFile: a.key}",
    ]);
    let store = certificate.clone().prop_map(|pair| format!("{{defaultCertificate: {pair}}}"));
    let certificates = prop::collection::vec(certificate, 0..3)
        .prop_map(|all| format!("certificates: [{}]", all.join(", ")));
    (
        section("routers", router()),
        section("services", service()),
        section("middlewares", middleware()),
        section("serversTransports", transport.prop_map(str::to_owned)),
        section("options", options.prop_map(str::to_owned)),
        section("stores", store),
        certificates,
    )
        .prop_map(|(routers, services, middlewares, transports, options, stores, certificates)| {
            format!("{{http: {{{routers}, {services}, {middlewares}, {transports}}}, tls: {{{options}, {stores}, {certificates}}}}}")
        })
}

/// What traffic could tell, and what people are told.
fn seen(made: &Compiled) -> (Vec<String>, Vec<String>) {
    let mut routes = Vec::new();
    for (place, listener) in made.snapshot.listeners.iter().enumerate() {
        for (kind, table) in [("plain", &listener.plain), ("secure", &listener.secure)] {
            for candidate in table.iter() {
                let route = &candidate.route;
                let servers = match &route.service.kind {
                    Kind::LoadBalancer(of) => {
                        format!(
                            "{:?}",
                            of.servers.iter().map(|server| server.endpoint.id()).collect::<Vec<_>>()
                        )
                    }
                    Kind::Weighted(of) => {
                        format!("{:?}", of.services.iter().map(|of| &of.name).collect::<Vec<_>>())
                    }
                    _ => String::new(),
                };
                routes.push(format!(
                    "{place} {kind} {} {} {} {} {servers} {}",
                    route.name,
                    candidate.priority,
                    &*candidate.router.rule,
                    route.service.name,
                    route.chain.stages.len()
                ));
            }
            for host in ["a.test", "b.test", "c.test", "", "other"] {
                for path in ["/", "/x"] {
                    let request = RequestView { host, path, ..Default::default() };
                    let names = |found: Found<'_>| {
                        let way = way(found.route, &request).into_iter();
                        way.map(|route| format!("{} {}", route.name, is_closed(route))).collect::<Vec<_>>()
                    };
                    routes.push(format!("{place} {kind} {host}{path} {:?}", table.find(&request).map(names)));
                }
            }
        }
        let store = listener.acceptor.store();
        let names = |one: &Arc<Certificate>| one.facts().names.clone();
        routes.push(format!(
            "{place} certificates {:?} {:?}",
            store.certificates().iter().map(names).collect::<Vec<_>>(),
            store.default_certificate().map(names)
        ));
        for host in ["a.test", "b.test", "x.test", "other"] {
            routes.push(format!("{place} {host} {:?}", listener.acceptor.options_id(host)));
        }
    }
    routes.sort();
    let mut told = made.told();
    told.sort();
    (routes, told)
}

/// Two certificates with their keys, made once.
fn certificates() -> &'static [(String, Vec<u8>)] {
    static MADE: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
        let pair = |name: &str| {
            let made = rcgen::generate_simple_self_signed([format!("{name}.test")]).unwrap();
            let key = made.signing_key.serialize_pem();
            [(format!("{name}.crt"), made.cert.pem().into_bytes()), (format!("{name}.key"), key.into_bytes())]
        };
        ["a", "b"].into_iter().flat_map(pair).collect()
    });
    &MADE
}

proptest! {
    #![proptest_config(windrose_random::cases(300))]

    #[test]
    fn any_configuration_compiles_as_it_would_without_memory(
        // Some providers are heard together with the next one.
        steps in prop::collection::vec((prop::sample::select(vec!["file", "docker"]), document(), any::<bool>()), 1..6),
    ) {
        let mut bench = Bench::new("
entryPoints:
  web: {address: ':80'}
  websecure: {address: ':443', http: {tls: {options: 'b@docker'}, middlewares: ['a@file']}}
");
        for (path, content) in certificates() {
            bench.files.put(path, content.as_slice());
        }
        for (provider, document, is_alone) in steps {
            bench.hear(provider, &document);
            if !is_alone {
                continue;
            }
            let made = bench.compile();
            prop_assert_eq!(seen(&made), seen(&bench.afresh()));
            let again = bench.compile();
            prop_assert!(Arc::ptr_eq(&again.snapshot, &made.snapshot));
            prop_assert!(Arc::ptr_eq(&again.report, &made.report), "{:#?} {:#?}", made.told(), again.told());
        }
    }
}
