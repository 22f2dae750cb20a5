//! Options of middlewares with nothing in them: refused where real Traefik refuses them, taken where it does.
//!
//! What Traefik does was recorded beside the tests of `config`, by `empty/record.py`.

use windrose_config::refuse::DYNAMIC;
use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Severity, Source};
use windrose_middleware::list::find;

const TABLE: &str = include_str!("../../config/tests/empty/dynamic.tsv");

#[test]
fn options_with_nothing_in_them_are_as_in_traefik() {
    let mut lines = TABLE.lines();
    let forms: Vec<&str> =
        lines.next().and_then(|head| head.split_once('\t')).expect("a head").1.split(' ').collect();
    let (mut found, mut seen) = (Vec::new(), 0);
    for line in lines {
        let (path, letters) = line.split_once('\t').expect("a path and letters");
        let Some(below) = path.strip_prefix("http.middlewares.<name>.") else { continue };
        let kind = below.split('.').next().expect("a kind");
        let refused = |pattern: &str| path.replace("<name>", "*").starts_with(pattern);
        if find(kind).is_none() || below == kind || DYNAMIC.iter().any(|refusal| refused(refusal.path)) {
            continue;
        }
        for (form, letter) in forms.iter().zip(letters.chars()).filter(|(form, _)| form.starts_with("yaml")) {
            seen += 1;
            let nothing = form.trim_start_matches("yaml:");
            let value = path.split('.').rev().fold(nothing.to_owned(), |value, part| {
                format!("{{\"{}\": {value}}}", if part == "<name>" { "x" } else { part })
            });
            let wrong = problems(&value);
            let is_taken = letter == '+';
            // Text must be text: Traefik reads a table or list there as "".
            let is_told = wrong
                .iter()
                .all(|text| text.contains("cannot use a table") || text.contains("cannot use a list"));
            if wrong.is_empty() != is_taken && !(is_taken && is_told) {
                found.push(format!("{path} as {form}: Traefik {letter}, {wrong:?}"));
            }
        }
    }
    assert!(seen > 100, "{seen} options in all their forms");
    assert!(found.is_empty(), "{found:#?}");
}

fn problems(document: &str) -> Vec<String> {
    let source = Source::file("t");
    let config = DynamicConfig::decode(parse(Format::Yaml, document, &source).expect("YAML"), &source, &[]);
    let mut problems = config.problems;
    for middleware in config.http.middlewares.values() {
        let kind = find(&middleware.kind).expect("a kind");
        problems.extend((kind.check)(middleware, &source).err().into_iter().flatten());
    }
    problems.retain(|problem| problem.severity == Severity::Error);
    problems.iter().map(ToString::to_string).collect()
}
