//! Options with nothing in them, written in every form: refused where real Traefik refuses them, taken where it does.
//!
//! What Traefik does was recorded by `empty/record.py`, one letter for each form. Exceptions are told, each with its
//! reason.

use std::sync::Arc;

use windrose_config::source::{Format, environment, flags, parse};
use windrose_config::{DynamicConfig, Problem, Severity, Source, StaticConfig};

/// One row of a table: an option, and what Traefik does with each form of nothing.
struct Row<'a> {
    path: Vec<&'a str>,
    taken: Vec<(&'a str, bool)>,
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let mut lines = table.lines();
    let forms: Vec<&str> =
        lines.next().and_then(|line| line.split_once('\t')).expect("a head").1.split(' ').collect();
    let rows: Vec<Row<'_>> = lines
        .map(|line| {
            let (path, letters) = line.split_once('\t').expect("a path and letters");
            assert_eq!(letters.len(), forms.len(), "{path}");
            let taken = forms.iter().copied().zip(letters.chars().map(|letter| letter == '+')).collect();
            Row { path: path.split('.').collect(), taken }
        })
        .collect();
    assert!(rows.len() > 400, "{} rows", rows.len());
    rows
}

/// The path written in a form, as a document.
fn document(path: &[&str], form: &str) -> (Format, String) {
    let named = |part: &&str| if *part == "<name>" { "x".to_owned() } else { (*part).to_owned() };
    let (language, nothing) = form.split_once(':').expect("language and value");
    let (format, equals) = if language == "toml" { (Format::Toml, "=") } else { (Format::Yaml, ": ") };
    let (first, rest) = path.split_first().expect("a path");
    let value = rest.iter().rev().fold(nothing.to_owned(), |value, part| match *part {
        "[0]" => format!("[{value}]"),
        _ => format!("{{\"{}\"{equals}{value}}}", named(part)),
    });
    (format, format!("\"{}\"{equals}{value}\n", named(first)))
}

fn errors(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.retain(|problem| problem.severity == Severity::Error);
    problems
}

/// Compares, and lists what differs and is not meant to.
fn differences(rows: &[Row<'_>], read: impl Fn(&[&str], &str) -> Vec<Problem>) -> Vec<String> {
    let mut found = Vec::new();
    for Row { path, taken } in rows {
        for (form, taken) in taken {
            let wrong = read(path, form);
            if wrong.is_empty() != *taken && !(*taken && wrong.iter().all(is_meant)) {
                let who = if *taken { "Traefik takes" } else { "only Traefik refuses" };
                let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
                found.push(format!("{who} {} as {form}: {wrong:?}", path.join(".")));
            }
        }
    }
    found
}

/// What Traefik takes and we tell.
fn is_meant(problem: &Problem) -> bool {
    let message = problem.message.as_str();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    // A table or list in place of text, which Traefik reads as "", and text in place of a table in a list, which it drops.
    let is_mistaken = says(&["cannot use a table", "cannot use a list"])
        && problem.expected.as_deref() == Some("text")
        || message == "cannot use ``" && problem.expected.as_deref() == Some("a table");
    // Traefik reads these and cannot use them.
    is_mistaken || says(&UNUSABLE)
}

const UNUSABLE: [&str; 13] = [
    "service has no kind",
    "middleware has no type",
    "as a middleware",
    "as a certificate",
    "is missing",
    "has neither acme nor tailscale",
    "needs experimental.otlpLogs",
    "storage is empty",
    "is empty, write an address",
    "api.basePath cannot be",
    "core.defaultRuleSyntax cannot be",
    "ping.entryPoint: there is no entry point",
    "metrics.prometheus.entryPoint: there is no entry point",
];

#[test]
fn routing_with_nothing_in_it_is_as_in_traefik() {
    let mut rows = rows(include_str!("empty/dynamic.tsv"));
    // Options of middlewares are read by those who own the kinds, and tested there.
    rows.retain(|row| row.path.get(1) != Some(&"middlewares") || row.path.len() <= 4);
    // A name with nothing behind it is told by the provider of files.
    rows.retain(|row| row.path.len() != 3 || row.path[0] == "tls");
    // Newer than the Traefik that was asked.
    rows.retain(|row| row.path.get(3) != Some(&"peerCertSANs"));
    let found = differences(&rows, |path, form| {
        let (format, text) = document(path, form);
        let source: Arc<Source> = Source::file("t");
        let tree = parse(format, &text, &source).expect("a document");
        errors(DynamicConfig::decode(tree, &source, &[]).problems)
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_install_configuration_with_nothing_in_it_is_as_in_traefik() {
    let mut rows = rows(include_str!("empty/static.tsv"));
    // It names the file, and providers are read by those who own them.
    rows.retain(|row| row.path[0] != "configfile" && (row.path[0] != "providers" || row.path.len() == 1));
    let shape = StaticConfig::shape();
    let found = differences(&rows, |path, form| match form {
        "flag:=" => {
            let flag = format!("--{}=", path.join(".").replace("<name>", "x").replace(".[0]", "[0]"));
            match flags::parse(&[flag], &shape) {
                Ok(flags) => load(flags.tree, &flags.source),
                Err(problems) => errors(problems),
            }
        }
        "env:=" => {
            let name = path.join("_").replace("<name>", "x").replace("[0]", "0").to_ascii_uppercase();
            let read =
                environment::parse([(format!("TRAEFIK_{name}"), "")], &shape).expect("a known section");
            load(read.tree, &read.source)
        }
        _ => {
            let (format, text) = document(path, form);
            let source = Source::file("t");
            load(parse(format, &text, &source).expect("a document"), &source)
        }
    });
    assert!(found.is_empty(), "{found:#?}");
}

fn load(tree: windrose_config::Tree, source: &Arc<Source>) -> Vec<Problem> {
    match StaticConfig::load(tree, source, &[]) {
        Ok(loaded) => errors(loaded.warnings),
        Err(problems) => errors(problems),
    }
}
