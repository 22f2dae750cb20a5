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
    unsupported: {{basicAuth: {{users: ['a:b']}}}}
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
        "service: noop@internal, parentRefs: [site]",
        "service: noop@internal, observability: {metrics: false}",
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
    secure: {rule: 'Host(`e.test`)', tls: {certResolver: le}, service: noop@internal}
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
