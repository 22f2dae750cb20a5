//! Order, names written twice, and sharing.

use std::sync::Arc;

use windrose_config::{DynamicConfig, Section, Severity};

use super::merge;
use crate::load::load_file;

#[test]
fn the_first_of_two_equal_names_stays_and_both_places_are_named() {
    let first =
        load_file("a.yml", b"http:\n  services:\n    s:\n      loadBalancer: {servers: [{url: http://a}]}\n");
    let second = load_file(
        "b.yml",
        b"http:\n  services:\n    t:\n      loadBalancer: {servers: [{url: http://t}]}\n    s:\n      \
          loadBalancer: {servers: [{url: http://b}]}\n",
    );
    assert!(first.problems.is_empty() && second.problems.is_empty());
    let merged = merge([&first, &second].into_iter());
    assert_eq!(merged.http.services.keys().map(|name| &**name).collect::<Vec<_>>(), ["s", "t"]);
    assert!(Arc::ptr_eq(&merged.http.services["s"], &first.http.services["s"]));
    assert!(Arc::ptr_eq(&merged.http.services["t"], &second.http.services["t"]));
    let [problem] = merged.problems.as_slice() else { panic!("{:?}", merged.problems) };
    let object = problem.object.as_ref().expect("an object");
    assert_eq!(
        (problem.severity, object.section, &*object.name),
        (Severity::Warning, Section::HttpServices, "s")
    );
    let text = problem.to_string();
    assert!(text.starts_with("b.yml:5:") && text.contains("a.yml:3:"), "{text}");
}

#[test]
fn the_same_name_in_another_section_is_another_object() {
    let first = load_file("a.yml", b"http:\n  routers:\n    x: {rule: Path(`/`), service: x}\n");
    let second =
        load_file("b.yml", b"http:\n  services:\n    x: {loadBalancer: {servers: [{url: http://x}]}}\n");
    let merged = merge([&first, &second].into_iter());
    assert_eq!((merged.http.routers.len(), merged.http.services.len(), merged.problems.len()), (1, 1, 0));
}

#[test]
fn certificates_add_up_and_count_once() {
    let first = load_file(
        "a.yml",
        b"tls: {certificates: [{certFile: /a, keyFile: /k}, {certFile: /b, keyFile: /k}]}",
    );
    let second = load_file(
        "b.yml",
        b"tls: {certificates: [{certFile: /b, keyFile: /k}, {certFile: /c, keyFile: /k}]}",
    );
    let merged = merge([&first, &second].into_iter());
    let files: Vec<_> = merged.tls.certificates.iter().map(|each| &**each.cert_file.as_written()).collect();
    assert_eq!((files, merged.problems.len()), (vec!["/a", "/b", "/c"], 1), "{:?}", merged.problems);
}

#[test]
fn problems_of_every_file_are_kept() {
    let broken = load_file("a.yml", b"http: [");
    let merged = merge([&broken, &DynamicConfig::default(), &broken].into_iter());
    assert_eq!(merged.problems.len(), 2);
}

#[test]
fn a_place_that_one_file_closes_stays_closed_unless_another_has_the_router() {
    let first = load_file(
        "a.yml",
        b"http: {routers: {x: {rule: Path(`/x`), servce: s}, y: {rule: Path(`/y`), servce: s}}}",
    );
    let second = load_file("b.yml", b"http: {routers: {x: {rule: Path(`/`), service: s}}}");
    for parts in [[&first, &second], [&second, &first]] {
        let merged = merge(parts.into_iter());
        assert_eq!(merged.http.closed.keys().map(|name| &**name).collect::<Vec<_>>(), ["y"]);
        assert_eq!(merged.http.routers.keys().map(|name| &**name).collect::<Vec<_>>(), ["x"]);
    }
}

#[test]
fn nothing_passes_for_an_object_that_cannot_be_read_and_stands_first() {
    let first = load_file("a.yml", b"http: {middlewares: {n: {addPrefix: {}, stripPrefix: {}}}}\ntls: {options: {default: {sniStric: true}}}");
    let second = load_file(
        "b.yml",
        b"http: {middlewares: {n: {addPrefix: {prefix: /x}}}}\ntls: {options: {default: {}}}",
    );
    for (parts, expected) in [([&first, &second], false), ([&second, &first], true)] {
        let merged = merge(parts.into_iter());
        assert_eq!(merged.http.middlewares.contains_key("n"), expected);
        assert_eq!(merged.tls.options.contains_key("default"), expected);
        assert!(merged.lost.contains(Section::TlsOptions, "default"));
        let told =
            merged.problems.iter().filter(|problem| problem.message.contains("the first one cannot be read"));
        assert_eq!(told.count(), if expected { 0 } else { 2 });
    }
}
