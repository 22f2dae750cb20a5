use super::*;
use crate::tree::Value;

fn read(labels: &[(&str, &str)]) -> Labels {
    parse("container a", labels.iter().copied(), &["traefik.http", "traefik.tls.stores.default"])
}

/// The tree as JSON, and the problems.
fn shown(labels: &[(&str, &str)]) -> (String, Vec<String>) {
    let read = read(labels);
    let problems = read.problems.iter().map(ToString::to_string).collect();
    (serde_json::to_string(&read.tree).unwrap(), problems)
}

#[test]
fn labels_become_a_tree() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (
            &[("traefik.http.routers.a.rule", "Host(`x.y`)")],
            r#"{"http":{"routers":{"a":{"rule":"Host(`x.y`)"}}}}"#,
        ),
        // Keys without case: the first spelling stays, the last value counts.
        (
            &[("traefik.http.routers.A.Rule", "1"), ("traefik.http.routers.a.rule", "2")],
            r#"{"http":{"routers":{"A":{"Rule":"2"}}}}"#,
        ),
        (
            &[
                ("traefik.http.a.domains[10].main", "k"),
                ("traefik.http.a.domains[1].main", "b"),
                ("traefik.http.a.domains[0].main", "a"),
            ],
            r#"{"http":{"a":{"domains":[{"main":"a"},{"main":"b"},{"main":"k"}]}}}"#,
        ),
        (
            &[("traefik.http.a.tls", "true"), ("traefik.http.a.tls.options", "o")],
            r#"{"http":{"a":{"tls":{"options":"o"}}}}"#,
        ),
        (
            &[("traefik.http.a.tls", "no"), ("traefik.http.a.tls.options", "o")],
            r#"{"http":{"a":{"tls":"no"}}}"#,
        ),
        // Other sections are somebody else's.
        (&[("traefik.tls.options.a.b", "1"), ("traefik.enable", "true"), ("x", "y")], "null"),
        (
            &[("traefik.HTTP.a", "1"), ("traefik.TLS.Stores.Default.a", "1")],
            r#"{"HTTP":{"a":"1"},"TLS":{"Stores":{"Default":{"a":"1"}}}}"#,
        ),
    ];
    for (labels, expected) in cases {
        assert_eq!(shown(labels), ((*expected).to_owned(), Vec::new()), "{labels:?}");
    }
}

#[test]
fn a_name_outside_the_grammar_belongs_to_its_object_or_to_all() {
    let (tree, problems) = shown(&[("traefik.http.routers.a..rule", "x")]);
    assert_eq!((&*tree, problems.len()), (r#"{"http":{"routers":{"a":{"..rule":"x"}}}}"#, 0));
    let (tree, _) = shown(&[("traefik.http.routers.a.[0].b", "x")]);
    assert_eq!(tree, r#"{"http":{"routers":{"a":{".[0].b":"x"}}}}"#);
    for name in
        ["traefik.http..a", "traefik.http.", "traefik.http.[0].a", "traefik.http.a].c", "traefik.http.a[x].c"]
    {
        let (_, problems) = shown(&[(name, "x")]);
        assert!(problems[0].starts_with(&format!("labels of container a: {name}: error: ")), "{problems:?}");
    }
}

#[test]
fn a_value_knows_its_label() {
    let labels = read(&[("traefik.http.routers.b.rule", "2"), ("traefik.http.routers.a.rule", "1")]);
    let Value::Table(root) = &labels.tree.value else { panic!() };
    let rule = root[0].value.field("routers").unwrap().field("b").unwrap().field("rule").unwrap();
    let place = labels.source.place(rule.mark).to_string();
    assert_eq!(place, "labels of container a: traefik.http.routers.b.rule");
}
