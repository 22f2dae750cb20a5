//! TLS options: which host gets which.

use windrose_tls::OptionsId;

use super::*;

fn id(made: &Compiled, place: usize, host: &str) -> OptionsId {
    made.listener(place).acceptor.options_id(host)
}

const OPTIONS: &str = "
tls:
  options:
    strict: {minVersion: VersionTLS13}
    sni: {sniStrict: true}
";

#[test]
fn a_host_gets_the_options_of_its_routers() {
    let mut bench = Bench::web();
    let made = bench.say(
        "file",
        &format!(
            "{OPTIONS}
http:
  routers:
    strict: {{rule: 'Host(`a.test`) && PathPrefix(`/`)', service: noop@internal, tls: {{options: strict}}}}
    plain: {{rule: 'Host(`b.test`)', service: noop@internal, tls: {{}}}}
    wild: {{rule: 'Host(`*.d.test`)', service: noop@internal, tls: {{options: sni}}}}
    under: {{rule: 'Host(`x.d.test`)', service: noop@internal, tls: {{}}}}
    any: {{rule: 'PathPrefix(`/`)', service: noop@internal, tls: {{options: sni}}}}
"
        ),
    );
    let told = made.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("http.routers.any@file") && told[0].contains("warning: TLS options have no effect")
    );
    let default = id(&made, 0, "nobody.test");
    assert_ne!(id(&made, 0, "a.test"), default);
    assert_eq!(id(&made, 0, "b.test"), default);
    assert_ne!(id(&made, 0, "y.d.test"), default);
    assert_ne!(id(&made, 0, "y.d.test"), id(&made, 0, "a.test"));
    assert_eq!(id(&made, 0, "x.d.test"), default);
    assert_eq!(made.secure_name(1, "a.test"), Some("strict@file"));
    assert_eq!(made.name("a.test", "/"), None);
}

#[test]
fn routers_that_disagree_get_the_default_options_and_a_warning() {
    let mut bench = Bench::web();
    let document = |second: &str| {
        format!(
            "{OPTIONS}
http:
  routers:
    one: {{rule: 'Host(`a.test`)', service: noop@internal, tls: {{options: strict}}}}
    two: {{rule: 'Host(`b.test`) || Host(`a.test`)', service: noop@internal, tls: {{{second}}}}}
"
        )
    };
    for second in ["", "options: sni"] {
        let made = bench.say("file", &document(second));
        assert_eq!(id(&made, 1, "a.test"), id(&made, 1, "nobody.test"));
        let warned = made.told().iter().filter(|told| told.contains("ask for different TLS options")).count();
        assert_eq!(warned, 2, "{:?}", made.told());
        assert_eq!(made.secure_name(1, "a.test"), Some("two@file"));
    }
    let agreed = bench.say("file", &document("options: strict"));
    assert_eq!(agreed.told(), [""; 0]);
    assert_eq!(id(&agreed, 1, "a.test"), id(&agreed, 1, "b.test"));
    assert_ne!(id(&agreed, 1, "a.test"), id(&agreed, 1, "nobody.test"));
}

#[test]
fn a_host_about_which_routers_disagree_is_refused_where_that_is_asked_for() {
    let mut bench =
        Bench::new("entryPoints: {web: {address: ':1', http: {tls: {}}}}\ncore: {strictTLSOptions: true}");
    let document = |second: &str| {
        format!(
            "{OPTIONS}
http:
  routers:
    one: {{rule: 'Host(`a.test`)', service: noop@internal, tls: {{options: strict}}}}
    two: {{rule: 'Host(`b.test`) || Host(`a.test`)', service: noop@internal, tls: {{{second}}}}}
"
        )
    };
    for second in ["", "options: sni"] {
        let made = bench.say("file", &document(second));
        assert_eq!(id(&made, 0, "a.test"), OptionsId::REFUSED);
        assert_ne!(id(&made, 0, "b.test"), OptionsId::REFUSED);
        assert_ne!(id(&made, 0, "nobody.test"), OptionsId::REFUSED);
        let told =
            made.told().iter().filter(|told| told.contains("its handshakes are refused (core.")).count();
        assert_eq!(told, 2, "{:?}", made.told());
    }
    let agreed = bench.say("file", &document("options: strict"));
    assert_eq!(agreed.told(), [""; 0]);
    assert_ne!(id(&agreed, 0, "a.test"), OptionsId::REFUSED);
}

#[test]
fn a_host_whose_options_are_broken_is_refused() {
    let mut bench = Bench::web();
    let made = bench.say(
        "file",
        "
tls: {options: {bad: {cipherSuites: [TLS_NONE]}}}
http:
  routers:
    bad: {rule: 'Host(`a.test`)', service: noop@internal, tls: {options: bad}}
    missing: {rule: 'Host(`b.test`)', service: noop@internal, tls: {options: mising}}
    good: {rule: 'Host(`c.test`)', service: noop@internal, tls: {}}
",
    );
    assert_eq!(id(&made, 0, "a.test"), OptionsId::REFUSED);
    assert_eq!(id(&made, 0, "b.test"), OptionsId::REFUSED);
    assert_ne!(id(&made, 0, "c.test"), OptionsId::REFUSED);
    assert_eq!(made.secure_name(0, "a.test"), None);
    let told = made.told().join("\n");
    for expected in [
        "tls.options.bad@file: dynamic.yaml:2:38: error: cipherSuites: unknown name \"TLS_NONE\"",
        "http.routers.bad@file: dynamic.yaml:5:74: error: TLS options bad@file is disabled",
        "http.routers.missing@file: dynamic.yaml:6:78: error: TLS options mising@file does not exist",
    ] {
        assert!(told.contains(expected), "{expected}\nis not in\n{told}");
    }
}

#[test]
fn two_default_options_are_none_and_disable_whoever_needs_them() {
    let mut bench = Bench::web();
    let options = "tls: {options: {default: {sniStrict: true}}}";
    let router = "http: {routers: {r: {rule: 'Host(`a.test`)', service: noop@internal, tls: {}}}}";
    bench.say("zoo", router);
    let one = bench.say("file", options);
    assert_eq!(one.told(), [""; 0]);
    assert_eq!(one.secure_name(0, "a.test"), Some("r@zoo"));
    let two = bench.say("docker", options);
    assert_eq!(two.told().len(), 3, "{:?}", two.told());
    assert_eq!(two.secure_name(0, "a.test"), None);
    assert_eq!(id(&two, 0, "a.test"), OptionsId::REFUSED);
    assert_eq!(id(&two, 0, "nobody.test"), OptionsId::REFUSED);
    let healed = bench.say("docker", "{}");
    assert_eq!(healed.told(), [""; 0]);
    assert_eq!(healed.secure_name(0, "a.test"), Some("r@zoo"));
}
