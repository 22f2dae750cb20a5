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
