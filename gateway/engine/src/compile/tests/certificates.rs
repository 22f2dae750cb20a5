//! Certificates: read once, read again when they change, and each broken for itself.

use super::*;

fn pair(names: &[&str]) -> (String, String) {
    let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

fn put(bench: &Bench, name: &str) {
    let (cert, key) = pair(&[name]);
    bench.files.put(&format!("{name}.crt"), cert);
    bench.files.put(&format!("{name}.key"), key);
}

const TWO: &str = "
tls:
  certificates:
    - {certFile: a.test.crt, keyFile: a.test.key}
    - {certFile: b.test.crt, keyFile: b.test.key}
    - {certFile: c.test.crt, keyFile: c.test.key, stores: [other]}
";

#[test]
fn certificates_of_all_providers_are_served_and_bad_ones_are_told() {
    let mut bench = Bench::web();
    put(&bench, "a.test");
    put(&bench, "d.test");
    bench.say("docker", "tls: {certificates: [{certFile: d.test.crt, keyFile: d.test.key}]}");
    let made = bench.say("file", TWO);
    let store = made.listener(1).acceptor.store();
    assert!(
        store.find("a.test").is_some() && store.find("d.test").is_some() && store.find("b.test").is_none()
    );
    let told = made.told().join("\n");
    assert!(told.contains("tls.certificates.1@file: dynamic.yaml:5:18: error: "), "{told}");
    assert!(told.contains("b.test.crt"), "{told}");
    assert!(
        told.contains("tls.certificates.2@file: dynamic.yaml:6:7: warning: certificate is in no store"),
        "{told}"
    );
    put(&bench, "b.test");
    assert!(bench.compile().listener(1).acceptor.store().find("b.test").is_some());
}

#[test]
fn unchanged_files_keep_certificates_and_acceptors() {
    let mut bench = Bench::web();
    put(&bench, "a.test");
    put(&bench, "b.test");
    let document = TWO.replace(", stores: [other]", "");
    put(&bench, "c.test");
    let first = bench.say("file", &document);
    assert_eq!(first.told(), [""; 0]);
    let again = bench.say("file", &document);
    assert!(Arc::ptr_eq(&first.snapshot, &again.snapshot));
    put(&bench, "b.test");
    let renewed = bench.say("file", &document);
    let find =
        |made: &Compiled, name: &str| Arc::clone(made.listener(0).acceptor.store().find(name).unwrap());
    assert!(Arc::ptr_eq(&find(&first, "a.test"), &find(&renewed, "a.test")));
    assert!(!Arc::ptr_eq(&find(&first, "b.test"), &find(&renewed, "b.test")));
    let reads = *bench.files.reads.lock().unwrap();
    bench.say("docker", "http: {services: {s: {loadBalancer: {servers: []}}}}");
    assert_eq!(*bench.files.reads.lock().unwrap(), reads);
}

#[test]
fn only_one_provider_may_declare_the_default_store() {
    let mut bench = Bench::web();
    put(&bench, "a.test");
    let store = "tls: {stores: {default: {defaultCertificate: {certFile: a.test.crt, keyFile: a.test.key}}}}";
    let one = bench.say("file", store);
    assert_eq!(one.told(), [""; 0]);
    let default = |made: &Compiled| {
        let store = Arc::clone(made.listener(0).acceptor.store());
        store.default_certificate().unwrap().facts().names.clone()
    };
    assert_eq!(default(&one), ["a.test"]);
    let two = bench.say("docker", store);
    assert_eq!(two.told().len(), 2, "{:?}", two.told());
    assert_ne!(default(&two), ["a.test"]);
}

/// An install configuration with one resolver.
fn resolving() -> Bench {
    Bench::new(
        "
entryPoints: {web: {address: ':80'}, tls: {address: ':443', http: {tls: {certResolver: nobody}}}}
certificatesResolvers: {le: {acme: {tlsChallenge: {}}}}
",
    )
}

#[test]
fn a_resolver_that_does_not_exist_is_told_and_its_routers_serve() {
    let mut bench = resolving();
    let document = "
http:
  routers:
    good: {rule: 'Host(`a.test`)', service: noop@internal, entryPoints: [web], tls: {certResolver: le}}
    bad: {rule: 'Host(`b.test`)', service: noop@internal, entryPoints: [web], tls: {certResolver: el}}
    of-entry-point: {rule: 'Host(`c.test`)', service: noop@internal, entryPoints: [tls]}
";
    for _ in 0..2 {
        let made = bench.say("file", document);
        let told = made.told();
        assert_eq!(told.len(), 2, "{told:#?}");
        for (line, name) in told.iter().zip(["el", "nobody"]) {
            assert!(line.contains(&format!("warning: certificate resolver {name} does not exist")), "{line}");
        }
        assert_eq!(made.secure_name(0, "b.test"), Some("bad@file"));
    }
}

#[test]
fn the_default_certificate_is_the_one_that_was_obtained_for_exactly_its_names() {
    let mut bench = resolving();
    let (cert, key) = pair(&["d.test", "e.test"]);
    bench.files.put("both.crt", cert);
    bench.files.put("both.key", key);
    put(&bench, "d.test");
    let of = |sans: &str| {
        format!(
            "tls: {{stores: {{default: {{defaultGeneratedCert: {{resolver: le, domain: {{main: D.test, sans: [{sans}]}}}}}}}}}}"
        )
    };
    let obtained = "tls: {certificates: [{certFile: both.crt, keyFile: both.key}, {certFile: d.test.crt, keyFile: d.test.key}]}";
    bench.say("acme", obtained);
    for (sans, names) in [("e.test", vec!["d.test", "e.test"]), ("", vec!["d.test"])] {
        let made = bench.say("file", &of(sans));
        assert_eq!(made.told(), [""; 0]);
        let store = made.listener(1).acceptor.store();
        assert_eq!(store.default_certificate().unwrap().facts().names, names);
    }
    let other = bench.say("file", &of("f.test"));
    let names = &other.listener(1).acceptor.store().default_certificate().unwrap().facts().names;
    assert!(names[0].ends_with(".traefik.default"), "{names:?}");
    let incomplete = bench.say("file", "tls: {stores: {default: {defaultGeneratedCert: {resolver: le}}}}");
    assert!(incomplete.told()[0].contains("needs a resolver and a domain with a main name"));
}
