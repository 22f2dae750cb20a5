use std::collections::BTreeSet;

use windrose_kit::temp::TempDir;

use super::differences::{CONCERNS, row};
use super::*;

#[test]
fn every_difference_that_may_be_told_is_in_the_table() {
    for (_, what) in CONCERNS {
        assert!(row(what).is_some(), "{what}");
    }
    let all: BTreeSet<&str> = CONCERNS.iter().map(|(_, what)| *what).collect();
    assert!(all.len() > 15);
}

fn told(folder: &TempDir, files: &[(&str, &str)]) -> Report {
    let paths: Vec<String> =
        files.iter().map(|(name, text)| folder.write(name, text).display().to_string()).collect();
    report(&paths, &Surroundings::of_process())
}

#[test]
fn what_is_used_decides_what_is_told() {
    let folder = TempDir::new();
    let routing = "http:\n  routers: {a: {rule: Host(`a`), service: a, middlewares: [r]}}\n  middlewares: {r: {rateLimit: {average: 1}}}\n  services: {a: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}}\n";
    let Report { text, is_blocked } = told(&folder, &[("routing.yml", routing)]);
    assert!(!is_blocked, "{text}");
    assert!(text.contains("`rateLimit`. Traefik: counts for each router"), "{text}");
    assert!(!text.contains("half a TCP connection"), "{text}");
    assert!(text.contains("1 router, 1 service, 1 middleware"), "{text}");
    assert!(text.ends_with("with the same files, flags and variables.\n"), "{text}");
}

#[test]
fn what_has_to_be_mended_comes_first_with_its_place() {
    let folder = TempDir::new();
    let install = "entryPoints: {web: {address: ':80'}}\napi: {insecure: true, nonsense: 1}\n";
    let Report { text, is_blocked } = told(&folder, &[("traefik.yml", install)]);
    assert!(is_blocked && text.starts_with("To mend"), "{text}");
    assert!(text.contains("traefik.yml:2:23: error: unknown field `nonsense`"), "{text}");
}

#[test]
fn each_ingress_is_told_with_what_becomes_of_it() {
    let folder = TempDir::new();
    let ingress = |name: &str, annotations: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\n\
             spec: {{rules: [{{host: {name}.example.com, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}\n"
        )
    };
    let class = "kubernetes.io/ingress.class: nginx";
    let all = [
        ingress("plain", class),
        ingress("nearly", &format!("{class}, nginx.ingress.kubernetes.io/limit-rps: '5'")),
        ingress("off", &format!("{class}, nginx.ingress.kubernetes.io/server-snippet: 'deny all;'")),
        ingress("other", "kubernetes.io/ingress.class: traefik"),
    ];
    let file = folder.write("all.yaml", all.join("---\n"));
    let Report { text, is_blocked } = manifests(&[file]);
    assert!(is_blocked, "{text}");
    assert!(text.contains("refused: default/off\n  * server-snippet: refused"), "{text}");
    assert!(text.contains("approximated: default/nearly\n  * limit-rps: approximated"), "{text}");
    assert!(text.contains("clean: default/plain\n"), "{text}");
    let counts = "1 files, 3 Ingresses of ingress-nginx: 1 clean, 1 approximated, 1 refused\n";
    assert!(text.ends_with(counts), "{text}");
}
