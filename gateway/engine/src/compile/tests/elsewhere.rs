//! What one provider says changes what objects of another lead to, and what is told of them.

use super::*;

/// What is told is what a compiler without memory tells.
fn told(bench: &Bench, made: &Compiled) -> Vec<String> {
    let (mut told, mut afresh) = (made.told(), bench.afresh().told());
    told.sort();
    afresh.sort();
    assert_eq!(told, afresh);
    told
}

#[test]
fn a_transport_that_is_gone_is_missed_by_services_without_servers() {
    let mut bench = Bench::web();
    bench.say("file", "http: {serversTransports: {a: {}}}");
    let made = bench
        .say("docker", "http: {services: {a: {loadBalancer: {servers: [], serversTransport: 'a@file'}}}}");
    assert_eq!(told(&bench, &made), [""; 0]);
    let gone = bench.say("file", "{}");
    let missed = "http.services.a@docker: dynamic.yaml:1:70: error: serversTransport a@file does not exist";
    assert_eq!(told(&bench, &gone), [missed]);
    let back = bench.say("file", "http: {serversTransports: {a: {}}}");
    assert_eq!(told(&bench, &back), [""; 0]);
}

#[test]
fn default_options_that_are_gone_are_missed_by_whoever_names_their_provider() {
    let mut bench = Bench::web();
    // Equal to what applies when nobody writes any.
    bench.say("file", "tls: {options: {default: {}}}");
    let router = "http: {routers: {r: {rule: 'Host(`a.test`)', service: noop@internal, tls: {options: 'default@file'}}}}";
    let made = bench.say("docker", router);
    assert_eq!(made.secure_name(0, "a.test"), Some("r@docker"));
    assert_eq!(told(&bench, &made), [""; 0]);
    let gone = bench.say("file", "{}");
    assert_eq!(gone.secure_name(0, "a.test"), None);
    let told = told(&bench, &gone);
    assert!(told.len() == 1 && told[0].contains("TLS options default@file does not exist"), "{told:?}");
}

#[test]
fn a_default_certificate_that_is_gone_is_served_no_more() {
    let mut bench = Bench::web();
    let made = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap();
    bench.files.put("a.crt", made.cert.pem());
    bench.files.put("a.key", made.signing_key.serialize_pem());
    let default = |made: &Compiled| {
        let store = Arc::clone(made.listener(0).acceptor.store());
        store.default_certificate().unwrap().facts().names.clone()
    };
    let store = "tls: {stores: {default: {defaultCertificate: {certFile: a.crt, keyFile: a.key}}}}";
    let one = bench.say("file", store);
    assert_eq!(default(&one), ["a.test"]);
    let none = bench.say("file", "{}");
    assert_eq!(default(&none), default(&bench.afresh()));
    assert_ne!(default(&none), ["a.test"]);
    // Nobody knows what another one that cannot be read says.
    assert_eq!(default(&bench.say("file", store)), ["a.test"]);
    let lost = bench.say("docker", "tls: {stores: {default: {x: y}}}");
    assert_eq!(default(&lost), default(&bench.afresh()));
    assert_ne!(default(&lost), ["a.test"]);
}
