//! A router that cannot be used keeps its place: nobody answers there.

use windrose_tls::OptionsId;

use super::*;

/// `admin` before `site`, with something wrong in the former or in what it names.
fn document(admin: &str, more: &str) -> String {
    format!(
        "
http:
  routers:
    admin: {{rule: 'Host(`a.test`) && PathPrefix(`/admin`)', {admin}}}
    site: {{rule: 'Host(`a.test`)', service: noop@internal}}
    other: {{rule: 'Host(`b.test`)', service: noop@internal}}
  services:
    broken: {{loadBalancer: {{servers: [{{url: 'gopher://10.0.0.1'}}]}}}}
  middlewares:
    good: {{ipAllowList: {{sourceRange: [10.0.0.0/8]}}}}
    misspelt: {{ipAllowList: {{sourceRang: [10.0.0.0/8]}}}}
    wrong: {{ipAllowList: {{sourceRange: [10.0.0.0/88]}}}}
    unsupported: {{plugin: {{mine: {{a: b}}}}}}
    twofold: {{stripPrefix: {{}}, addPrefix: {{}}}}
    chained: {{chain: {{middlewares: [good, misspelt]}}}}
{more}"
    )
}

const GOOD: &str = "service: noop@internal, middlewares: [good]";

fn assert_closed(made: &Compiled, what: &str) {
    assert_eq!(made.closed("a.test", "/admin/x"), Some("admin@file"), "{what}");
    assert_eq!(made.name("a.test", "/"), Some("site@file"), "{what}");
    assert_eq!(made.name("b.test", "/admin"), Some("other@file"), "{what}");
    assert!(made.closed("b.test", "/admin").is_none(), "{what}");
    let status = |name| made.report.status(Section::HttpRouters, name, "file");
    assert_eq!(status("admin"), crate::report::Status::Disabled, "{what}");
    assert_eq!(status("site"), crate::report::Status::Enabled, "{what}");
}

#[test]
fn what_cannot_be_built_is_closed_until_it_is_mended() {
    let mut bench = Bench::web();
    for admin in [
        "service: noop@internal, middlewares: [missing]",
        "service: noop@internal, middlewares: [good, misspelt]",
        "service: noop@internal, middlewares: [wrong]",
        "service: noop@internal, middlewares: [unsupported]",
        "service: noop@internal, middlewares: [twofold]",
        "service: noop@internal, middlewares: [chained]",
        "service: missing",
        "service: broken",
        "middlewares: [good]",
        "service: noop@internal, priority: 9223372036854775807",
        // Not to be read at all.
        "service: noop@internal, midlewares: [good]",
        "service: noop@internal, middlewares: {a: {b: c}}",
        "service: noop@internal, observability: {acessLogs: true}",
        "service: noop@internal, entryPoints: {web: {x: y}}",
        "service: noop@internal, priority: high",
    ] {
        let made = bench.say("file", &document(admin, ""));
        assert_closed(&made, admin);
        assert_closed(&bench.afresh(), admin);
        let again = bench.say("file", &document(admin, ""));
        assert!(Arc::ptr_eq(&again.snapshot, &made.snapshot), "{admin}");
        let mended = bench.say("file", &document(GOOD, ""));
        assert_eq!(mended.name("a.test", "/admin/x"), Some("admin@file"), "{admin}");
        assert_eq!(mended.listener(0).plain.len(), 3, "{admin}");
    }
}

#[test]
fn what_a_router_needs_may_break_and_be_mended_elsewhere() {
    let mut bench = Bench::web();
    let good = document(GOOD, "");
    assert_eq!(bench.say("file", &good).name("a.test", "/admin"), Some("admin@file"));
    for _ in 0..2 {
        let made = bench.say("file", &good.replacen("sourceRange", "sourceRang", 1));
        assert_closed(&made, "misspelt");
        assert_eq!(bench.say("file", &good).name("a.test", "/admin"), Some("admin@file"));
    }
}

#[test]
fn what_entry_points_add_in_vain_closes_their_routers() {
    let mut bench = Bench::new("entryPoints: {web: {address: ':80', http: {middlewares: [gone@file]}}}");
    let made = bench.say("file", &document("service: noop@internal", ""));
    assert_eq!(made.closed("a.test", "/admin"), Some("admin@file"));
    assert_eq!(made.closed("a.test", "/"), Some("site@file"));
}

#[test]
fn an_entry_point_closes_only_its_own_places() {
    let entry_points = |more: &str| {
        format!("entryPoints: {{web: {{address: ':80'}}, inside: {{address: ':81', http: {{{more}}}}}}}")
    };
    for (more, complaint) in [
        ("middlewares: [gone@file]", "middleware gone@file does not exist"),
        ("middlewares: [misspelt]", "middleware misspelt@file is disabled, see its own problems"),
        ("tls: {options: gone@file}", "TLS options gone@file does not exist"),
    ] {
        let mut bench = Bench::new(&entry_points(more));
        let made = bench.say("file", &document(GOOD, ""));
        assert_eq!(made.name("a.test", "/admin"), Some("admin@file"), "{more}");
        let inside = made.listener(1);
        let request = RequestView { host: "a.test", path: "/admin", ..Default::default() };
        let found = inside.plain.find(&request).or_else(|| inside.secure.find(&request)).unwrap();
        assert!(is_closed(found.route) && &*found.route.name == "inside-admin@file", "{more}");
        let told = made.told();
        let is_told =
            |line: &&String| line.starts_with("http.routers.admin@file") && line.contains(complaint);
        assert!(told.iter().find(is_told).is_some_and(|line| line.contains("warning")), "{told:?}");
        assert_eq!(
            made.report.status(Section::HttpRouters, "admin", "file"),
            crate::report::Status::Warning,
            "{more}"
        );
    }
}

#[test]
fn all_that_is_wrong_with_a_router_is_told() {
    let mut bench = Bench::new(
        "entryPoints: {web: {address: ':80'}, tls: {address: ':443', http: {middlewares: [gone@file]}}}",
    );
    let made = bench.say(
        "file",
        "
http:
  routers:
    r: {rule: 'Hots(`a`)', service: s, middlewares: [m, n], entryPoints: [no, tls], priority: 9223372036854775807, tls: {options: o}}
    none: {rule: 'Host(`a`)', service: s, entryPoints: [no], tls: {options: o}}
    unread: {rule: 'Host(`a`)', service: s, servce: x, tls: {certResolvr: le, optoins: o}}
",
    );
    let mut told = made.told();
    told.retain(|line| !line.contains("middleware m@file does not exist"));
    let said = |name: &str| told.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!(said("http.routers.r@file"), 8, "{told:#?}");
    assert_eq!(said("http.routers.none@file"), 3, "{told:#?}");
    assert_eq!(said("http.routers.unread@file"), 3, "{told:#?}");
}

#[test]
fn what_is_written_and_cannot_be_read_is_not_said_to_be_missing() {
    let mut bench = Bench::web();
    let made = bench.say(
        "file",
        "
http:
  routers:
    r: {rule: 'Host(`a.test`)', service: s, middlewares: [m, c], tls: {options: o}}
    w: {rule: 'Host(`b.test`)', service: w}
    t: {rule: 'Host(`c.test`)', service: t}
  services:
    s: {loadBalancer: {stickiness: {}}}
    w: {weighted: {services: [{name: s}]}}
    t: {loadBalancer: {serversTransport: t}}
  middlewares: {m: {}, c: {chain: {middlewares: [m]}}}
  serversTransports: {t: {spiffe: {}}}
tls: {options: {o: {minVersoin: x}}}
",
    );
    let told = made.told().join("\n");
    assert!(!told.contains("does not exist"), "{told}");
    for (who, what) in [
        ("routers.r", "service s@file"),
        ("routers.r", "middleware m@file"),
        ("routers.r", "middleware c@file"),
        ("routers.r", "TLS options o@file"),
        ("services.w", "service s@file"),
        ("services.t", "serversTransport t@file"),
        ("middlewares.c", "middleware m@file"),
    ] {
        let what = format!("{what} is disabled, see its own problems");
        let is_said =
            told.lines().any(|line| line.starts_with(&format!("http.{who}@")) && line.contains(&what));
        assert!(is_said, "{who}: {what}\n{told}");
    }
}

#[test]
fn default_options_that_cannot_be_used_close_every_handshake_that_would_use_them() {
    let mut bench = Bench::web();
    let app = |options: &str| {
        format!(
            "
http:
  routers:
    app: {{rule: 'Host(`a.test`)', service: noop@internal, tls: {{}}}}
    own: {{rule: 'Host(`b.test`)', service: noop@internal, tls: {{options: own}}}}
tls: {options}"
        )
    };
    let good = bench.say("file", &app("{options: {default: {}, own: {sniStrict: true}}}"));
    assert_eq!(good.told(), [""; 0]);
    for options in [
        "{options: {default: {preferServerCipherSuites: [x]}, own: {sniStrict: true}}}",
        "{options: {default: {minVersion: x}, own: {sniStrict: true}}}",
        "{options: {default: {minVersoin: VersionTLS13}, own: {sniStrict: true}}}",
        "{options: {default: 5, own: {sniStrict: true}}}",
        "{optoins: {default: {}}, options: {own: {sniStrict: true}}}",
    ] {
        let made = bench.say("file", &app(options));
        for place in 0..2 {
            let id = |host: &str| made.listener(place).acceptor.options_id(host);
            assert_eq!(id("a.test"), OptionsId::REFUSED, "{options}");
            assert_eq!(id("nobody.test"), OptionsId::REFUSED, "{options}");
            assert_ne!(id("b.test"), OptionsId::REFUSED, "{options}");
        }
        assert_eq!(made.secure_name(0, "a.test"), None, "{options}");
        let app = made.told().into_iter().find(|line| line.starts_with("http.routers.app")).unwrap();
        assert!(app.contains("TLS options default is disabled, see its own problems"), "{app}");
        let elsewhere = bench.say("docker", "tls: {options: {default: {}}}");
        assert_eq!(elsewhere.listener(0).acceptor.options_id("a.test"), OptionsId::REFUSED, "{options}");
        bench.say("docker", "{}");
    }
}

#[test]
fn a_host_is_refused_when_nobody_knows_which_options_are_meant() {
    let mut bench = Bench::web();
    let document = |options: [&str; 2], more: &str| {
        format!(
            "
http:
  routers:
    one: {{rule: 'Host(`a.test`)', service: noop@internal, tls: {{{}}}}}
    two: {{rule: 'Host(`a.test`) && PathPrefix(`/x`)', service: noop@internal, tls: {{{}}}{more}}}
tls: {{options: {{strict: {{minVersion: VersionTLS13}}}}}}",
            options[0], options[1]
        )
    };
    for (options, more, refused) in [
        (["options: strict", "options: strict"], "", false),
        (["options: strict", ""], "", false),
        (["options: strict", "options: gone"], "", true),
        (["options: strict", "optoins: strict"], "", true),
        (["", "options: gone"], "", false),
        (["options: gone", "options: gone"], "", true),
    ] {
        let made = bench.say("file", &document(options, more));
        let id = made.listener(0).acceptor.options_id("a.test");
        assert_eq!(id == OptionsId::REFUSED, refused, "{options:?}");
    }
    // Where the one who disagrees cannot be read, there is disagreement all the same.
    let made = bench.say("file", &document(["options: strict", ""], ", servce: x"));
    let acceptor = &made.listener(0).acceptor;
    assert_eq!(acceptor.options_id("a.test"), acceptor.options_id("nobody.test"));
    let told = made.told().join("\n");
    assert!(
        told.contains("http.routers.one@file") && told.contains("ask for different TLS options"),
        "{told}"
    );
}

#[test]
fn the_place_of_a_router_that_cannot_be_read_is_read_all_the_same() {
    let mut bench = Bench::web();
    let made = bench.say(
        "file",
        "
http:
  routers:
    low: {rule: 'Host(`a.test`) && PathPrefix(`/admin`)', priority: 1, servce: x}
    site: {rule: 'Host(`a.test`)', service: noop@internal, priority: 2}
    old: {rule: 'Host(`b.test`, `c.test`)', ruleSyntax: v2, servce: x}
    elsewhere: {rule: 'Host(`d.test`)', entryPoints: [websecure], servce: x}
    secure: {rule: 'Host(`e.test`)', tls: {certResolver: le}, servce: noop@internal}
    misspelt: {rule: 'Host(`f.test`)', tls: {optoins: x}, service: noop@internal}
    off: {rule: 'Host(`g.test`)', tls: false, servce: x}
    unruly: {rule: 'Hots(`h.test`)', servce: x}
    bare: {servce: x}
    nowhere: {rule: 'Host(`i.test`)', entryPoints: [wbe], servce: x}
    all: {rule: 'PathPrefix(`/`)', priority: 1, service: noop@internal}
    all-secure: {rule: 'PathPrefix(`/`)', priority: 1, service: noop@internal, tls: {}}
",
    );
    for (host, closed) in [
        ("a.test", None),
        ("b.test", Some("old@file")),
        ("c.test", Some("old@file")),
        ("d.test", None),
        ("e.test", None),
        ("f.test", None),
        ("g.test", Some("off@file")),
        ("h.test", None),
        ("i.test", None),
    ] {
        assert_eq!(made.closed(host, "/admin"), closed, "{host}");
        assert_eq!(made.name(host, "/admin").is_some(), closed.is_none(), "{host}");
    }
    assert_eq!(made.secure_name(0, "e.test"), None);
    assert_eq!(made.secure_name(0, "f.test"), None);
    assert_eq!(made.secure_name(0, "g.test"), Some("all-secure@file"));
    let request = RequestView { host: "d.test", path: "/", ..Default::default() };
    assert!(is_closed(made.listener(1).plain.find(&request).unwrap().route));
    let gone = bench.say("file", "{}");
    assert!(gone.listener(0).plain.is_empty() && gone.listener(1).secure.is_empty());
}

#[test]
fn hosts_of_closed_routers_keep_their_options() {
    let mut bench = Bench::web();
    let document = |middleware: &str, options: &str| {
        format!(
            "
tls: {{options: {{strict: {{minVersion: VersionTLS13}}}}}}
http:
  routers:
    app: {{rule: 'Host(`a.test`)', service: noop@internal, middlewares: [{middleware}], tls: {{options: {options}}}}}
    all: {{rule: 'PathPrefix(`/`)', priority: 1, service: noop@internal, tls: {{}}}}
  middlewares: {{m: {{addPrefix: {{prefix: /m}}}}}}
"
        )
    };
    let id = |made: &Compiled| made.listener(0).acceptor.options_id("a.test");
    let good = bench.say("file", &document("m", "strict"));
    let closed = bench.say("file", &document("gone", "strict"));
    assert_eq!(closed.secure_name(0, "a.test"), None);
    assert_eq!(id(&closed), id(&good));
    assert_ne!(id(&closed), closed.listener(0).acceptor.options_id("b.test"));
    let refused = bench.say("file", &document("m", "strct"));
    assert_eq!(refused.secure_name(0, "a.test"), None);
    assert_eq!(id(&refused), OptionsId::REFUSED);
}
