use std::path::Path;

use super::judge::{judge, longest_chain};
use super::table::Table;
use super::workspace::{Crate, Import, Lints, Origin};

const TABLE: &str = r#"
layers = [["wire", "config"], ["http"], ["engine"], ["admin", "provider-*", "node", "tunnel"]]
outside = ["kit"]
for_tests = ["kit"]
own_lints = ["sys"]
[sideways]
node = ["tunnel"]
[only]
provider-kube = ["config", "http"]
"provider-*" = ["config"]
[owners]
hyper = []
serde = ["config", "provider-*"]
[pure]
crates = ["wire"]
never = ["tokio"]
"#;

fn import(name: &str) -> Import {
    let libraries = ["hyper", "serde", "tokio"];
    let origin = if libraries.contains(&name) { Origin::Library } else { Origin::Ours };
    Import { name: name.to_owned(), origin }
}

fn named(name: &str, imports: &[&str]) -> Crate {
    let imports = imports.iter().map(|name| import(name)).collect();
    Crate { name: name.to_owned(), imports, lints: Lints::Workspace, ..Crate::default() }
}

fn complaints(each: Crate) -> Vec<String> {
    judge(&Table::parse(TABLE).unwrap(), &[each])
}

#[test]
fn edges_of_the_architecture_are_allowed() {
    let allowed = [
        named("wire", &[]),
        named("config", &["serde"]),
        named("http", &["wire", "config", "tokio"]),
        named("admin", &["engine", "wire"]),
        named("node", &["tunnel", "engine"]),
        named("provider-file", &["config", "serde"]),
        named("provider-kube", &["config", "http"]),
        named("kit", &["engine", "hyper"]),
    ];
    for each in allowed {
        let name = each.name.clone();
        assert_eq!(complaints(each), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_other_edge_is_refused() {
    let refused = [
        ("http", "engine"),
        ("wire", "config"),
        ("tunnel", "node"),
        ("admin", "kit"),
        ("provider-file", "http"),
        ("provider-kube", "engine"),
        ("engine", "hyper"),
        ("engine", "serde"),
        ("wire", "tokio"),
    ];
    for (from, to) in refused {
        let complaints = complaints(named(from, &[to]));
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].starts_with(&format!("{from} -> {to}: ")), "{complaints:?}");
    }
}

#[test]
fn tests_of_a_crate_may_use_the_kit_and_any_library_but_no_higher_crate() {
    let with_tests = |name: &str| Crate { test_imports: vec![import(name)], ..named("http", &[]) };
    assert!(complaints(with_tests("kit")).is_empty());
    assert!(complaints(with_tests("hyper")).is_empty());
    assert_eq!(complaints(with_tests("engine")).len(), 1);
}

#[test]
fn a_crate_without_a_place_is_a_complaint() {
    assert!(complaints(named("util", &[]))[0].contains("stands in no layer"));
}

#[test]
fn lints_come_from_the_workspace() {
    let own = |name: &str| Crate { lints: Lints::Own, ..named(name, &[]) };
    assert!(complaints(own("http"))[0].contains("lacks `[lints] workspace = true`"));
    assert!(!complaints(own("sys")).iter().any(|complaint| complaint.contains("lints")));
}

#[test]
fn the_longest_chain_is_found() {
    let crates = [named("a", &["b", "c"]), named("b", &["c"]), named("c", &[])];
    assert_eq!(longest_chain(&crates), ["a", "b", "c"]);
}

#[test]
fn a_table_with_a_missing_part_is_refused() {
    assert!(Table::parse(&TABLE.replace("outside", "elsewhere")).unwrap_err().contains("outside"));
}

#[test]
fn this_workspace_is_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    super::run(root).unwrap();
}
