//! Which entry points there are, what names mean, what the gateway declares itself.

use windrose_config::Source;
use windrose_config::decode;
use windrose_config::source::yaml;

use super::*;

fn settings(document: &str) -> StaticConfig {
    let source = Source::other("settings");
    decode(&yaml::parse(document, &source).unwrap(), &source).unwrap()
}

fn defaults(document: &str) -> Vec<String> {
    let places = Place::all(&settings(document));
    let mut names: Vec<_> =
        places.iter().filter(|place| place.default).map(|place| place.name.to_string()).collect();
    names.sort();
    names
}

#[test]
fn entry_points_appear_when_they_are_needed() {
    let names = |document: &str| {
        let all = effective(&settings(document));
        all.iter().map(|(name, entry)| format!("{name} {}", entry.address.value)).collect::<Vec<_>>()
    };
    assert_eq!(names("{}"), ["http :80"]);
    assert_eq!(names("api: {insecure: true}"), ["http :80", "traefik :8080"]);
    assert_eq!(names("{ping: {}, entryPoints: {web: {address: ':1'}}}"), ["web :1", "traefik :8080"]);
    assert_eq!(names("{ping: {manualRouting: true}}"), ["http :80"]);
    assert_eq!(names("{ping: {entryPoint: http}}"), ["http :80"]);
    assert_eq!(names("{api: {insecure: true}, entryPoints: {traefik: {address: ':9'}}}"), ["traefik :9"]);
}

#[test]
fn the_default_entry_points_are_those_marked_or_all_but_traefik() {
    assert_eq!(
        defaults("entryPoints: {b: {address: ':1'}, a: {address: ':2'}, traefik: {address: ':3'}}"),
        ["a", "b"]
    );
    assert_eq!(defaults("entryPoints: {b: {address: ':1', asDefault: true}, a: {address: ':2'}}"), ["b"]);
}

#[test]
fn the_last_at_separates_name_and_provider() {
    let config = |name: &str| {
        let source = Source::file("x");
        let document = format!("http: {{services: {{{name}: {{loadBalancer: {{servers: []}}}}}}}}");
        Arc::new(DynamicConfig::decode(yaml::parse(&document, &source).unwrap(), &source, &[]))
    };
    let mut sources = Sources::new();
    for (provider, name) in [("file", "a"), ("docker", "b")] {
        sources.take(Update { provider: provider.into(), config: config(name) });
    }
    let settings = Arc::new(StaticConfig::default());
    let merged = merge(&settings, &Place::all(&settings), &sources);
    let find = |reference: &str, author: &str| {
        let at = merged.find(reference, merged.part(author).unwrap(), |config| &config.http.services);
        at.map(|at| &*merged.parts[at.part].provider)
    };
    assert_eq!(find("a", "file"), Some("file"));
    assert_eq!(find("a", "docker"), None);
    assert_eq!(find("a@file", "docker"), Some("file"));
    assert_eq!(find("a@x@file", "docker"), None);
    assert_eq!(find("b@nobody", "docker"), None);
    assert_eq!(&*qualified("a", "file"), "a@file");
    assert_eq!(&*qualified("a@x", "file"), "a@x");
}

#[test]
fn the_gateway_declares_its_own_routers() {
    let config = internal(&settings("
api: {insecure: true, basePath: /base/}
ping: {}
entryPoints:
  web: {address: ':80', allowACMEByPass: true, http: {redirections: {entryPoint: {to: ':8443', permanent: false, priority: 7}}}}
  other: {address: ':81', http: {redirections: {entryPoint: {to: web}}}}
  lost: {address: ':82', http: {redirections: {entryPoint: {to: nowhere}}}}
"));
    let router = |name: &str| {
        let router = &config.http.routers[name];
        format!(
            "{} {} {} {:?}",
            &**router.rule,
            router.priority,
            &***router.service.as_ref().unwrap(),
            router.entry_points.iter().map(|name| &*name.value).collect::<Vec<_>>()
        )
    };
    assert_eq!(router("api"), "PathPrefix(`/base/api`) 9223372036854775806 api@internal [\"traefik\"]");
    assert_eq!(router("ping"), "PathPrefix(`/ping`) 9223372036854775807 ping@internal [\"traefik\"]");
    assert_eq!(
        router("web-to-8443"),
        "HostRegexp(`^.+$`) && !PathPrefix(`/.well-known/acme-challenge/`) 7 noop@internal [\"web\"]"
    );
    assert_eq!(router("other-to-web"), "HostRegexp(`^.+$`) 9223372036854775806 noop@internal [\"other\"]");
    let option = |name: &str, key: &str| {
        let middleware = &config.http.middlewares[name];
        assert_eq!(&**middleware.kind, "redirectScheme");
        middleware.options.field(key).unwrap().as_text().unwrap().to_owned()
    };
    assert_eq!(option("redirect-web-to-8443", "port"), "8443");
    assert_eq!(option("redirect-web-to-8443", "permanent"), "false");
    assert_eq!(option("redirect-other-to-web", "port"), "80");
    assert_eq!(option("redirect-other-to-web", "scheme"), "https");
    assert_eq!(config.problems.len(), 1);
    assert!(config.problems[0].message.contains("lost redirects to \"nowhere\""));
    let transport = &config.http.servers_transports["default"];
    assert_eq!(transport.max_idle_conns_per_host, 200);
}

#[test]
fn the_dashboard_is_at_home_on_entry_point_traefik() {
    for (api, expected) in [
        ("{}", &[][..]),
        ("{insecure: true}", &["api", "dashboard"]),
        ("{insecure: true, debug: true, dashboard: false}", &["api", "debug"]),
        ("{insecure: true, debug: true}", &["api", "debug", "dashboard"]),
    ] {
        let config = internal(&settings(&format!("api: {api}")));
        assert!(config.http.routers.keys().map(|name| &**name).eq(expected.iter().copied()), "{api}");
    }
    for (base, regex, home, prefixes) in [
        ("/", r"^(http:\/\/(\[[\w:.]+\]|[\w\._-]+)(:\d+)?)\/$", "${1}/dashboard/", "/dashboard/,/dashboard"),
        (
            "/a.b/c",
            r"^(http:\/\/(\[[\w:.]+\]|[\w\._-]+)(:\d+)?)\/(a\.b\/c\/?)?$",
            "${1}/a.b/c/dashboard/",
            "/a.b/c/dashboard/,/a.b/c/dashboard",
        ),
    ] {
        let config = internal(&settings(&format!("api: {{insecure: true, basePath: {base}}}")));
        let option = |name: &str, key: &str| {
            config.http.middlewares[name].options.field(key).unwrap().as_text().unwrap().to_owned()
        };
        assert_eq!(option("dashboard_redirect", "regex"), regex);
        assert_eq!(option("dashboard_redirect", "replacement"), home);
        assert_eq!(option("dashboard_stripprefix", "prefixes"), prefixes);
        let dashboard = &config.http.routers["dashboard"];
        assert_eq!((&**dashboard.rule, dashboard.priority), ("PathPrefix(`/`)", i64::MAX - 2));
    }
}

#[test]
fn authorities_find_their_proofs_before_every_router_unless_routers_may_answer() {
    let config = internal(&settings(
        "
entryPoints:
  web: {address: ':80'}
  two: {address: ':81'}
  open: {address: ':82', allowACMEByPass: true}
certificatesResolvers:
  a: {acme: {httpChallenge: {entryPoint: web}}}
  b: {acme: {httpChallenge: {entryPoint: two}}}
  c: {acme: {httpChallenge: {entryPoint: web}}}
  d: {acme: {httpChallenge: {entryPoint: open}}}
  e: {acme: {tlsChallenge: {}}}
",
    ));
    let router = |name: &str| {
        let router = &config.http.routers[name];
        let on: Vec<&str> = router.entry_points.iter().map(|name| &*name.value).collect();
        format!("{} {} {}", &**router.rule, router.priority, on.join(","))
    };
    let rule = "PathPrefix(`/.well-known/acme-challenge/`)";
    assert_eq!(router("acme-http"), format!("{rule} {} two,web", i64::MAX));
    assert_eq!(router("acme-http-bypass"), format!("{rule} 0 open"));
    assert_eq!(config.http.routers.len(), 2);
}
