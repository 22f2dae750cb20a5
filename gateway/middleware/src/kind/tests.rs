use windrose_config::{Mark, Source};

use crate::list::{KINDS, UNSUPPORTED, find, instead, unknown};
use crate::testing::{build, middleware, problems};

#[test]
fn kinds_are_found_whatever_their_case() {
    for name in ["addPrefix", "ADDPREFIX", "addprefix"] {
        assert_eq!(find(name).map(|entry| entry.name), Some("addPrefix"));
        assert!(build(&format!("{name}: {{prefix: /a}}")).result.is_ok());
    }
    assert!(find("add").is_none());
}

#[test]
fn every_name_is_listed_once_and_in_order() {
    let mut names: Vec<&str> = KINDS.iter().map(|entry| entry.name).collect();
    assert!(names.is_sorted());
    assert!(UNSUPPORTED.is_sorted());
    names.extend(UNSUPPORTED);
    names.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    names.dedup_by_key(|name| name.to_ascii_lowercase());
    assert_eq!(names.len(), KINDS.len() + UNSUPPORTED.len());
}

#[test]
fn a_kind_that_cannot_be_built_yet_is_refused_by_name() {
    assert!(unknown("PLUGIN").message.starts_with("middleware kind plugin is not supported yet; remove it"));
    assert_eq!(
        problems("plugin: {}"),
        [
            "error: middleware kind plugin is not supported yet; remove it, and its name from the routers that use it \
          (see docs/reference/refused.md)"
        ]
    );
    for kind in UNSUPPORTED {
        let message = unknown(kind).message;
        let form = format!("middleware kind {kind} is not supported yet; {}", instead(kind));
        assert_eq!(message, format!("{form} (see docs/reference/refused.md)"));
        // What it says to use in its place is there.
        if let Some(other) = instead(kind).strip_prefix("use ").and_then(|rest| rest.split([',', ' ']).next())
        {
            assert!(find(other).is_some(), "{other}");
        }
    }
}

#[test]
fn an_unknown_kind_gets_the_nearest_name() {
    let cases = [
        ("stripPrefx", Some("stripPrefix")),
        ("header", Some("headers")),
        ("basicAut", Some("basicAuth")),
        ("nothingLikeIt", None),
    ];
    for (name, nearest) in cases {
        let problem = unknown(name);
        assert_eq!(problem.message, format!("unknown middleware kind `{name}`"));
        assert_eq!(problem.nearest.as_deref(), nearest, "{name}");
    }
}

#[test]
fn everything_wrong_in_the_options_is_reported_at_its_place() {
    let yaml = "ipAllowList:\n  sourceRange: [10.0.0.1]\n  rejectStatusCode: no\n  depth: 1\n";
    let found = problems(yaml);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|problem| problem.starts_with("test.yaml:3:21: error: ")), "{found:?}");
    assert!(
        found.iter().any(|problem| problem == "test.yaml:4:3: error: unknown field `depth`"),
        "{found:?}"
    );
}

#[test]
fn checked_options_are_shown_as_they_were_understood() {
    let source = Source::file("test.yaml");
    let shown = |yaml: &str| {
        let middleware = middleware(yaml, &source);
        let entry = find(&middleware.kind).expect("a kind");
        (entry.check)(&middleware, &source)
            .map(|options| options.to_string())
            .map_err(|problems| problems.len())
    };
    assert_eq!(shown("STRIPPREFIX: {Prefixes: '/a, /b'}"), Ok(r#"{"prefixes":["/a","/b"]}"#.to_owned()));
    assert_eq!(
        shown("retry: {attempts: '3', initialInterval: 100ms}"),
        Ok(r#"{"attempts":3,"initialInterval":"100ms","maxRequestBodyBytes":2097152}"#.to_owned())
    );
    assert_eq!(
        shown("headers: {forceStsHeader: true, customRequestHeaders: {x-a: 5, x-b: '', accept: 5}}"),
        Ok(r#"{"customRequestHeaders":{"x-a":"xxxx","x-b":"","accept":"5"},"forceSTSHeader":true}"#
            .to_owned())
    );
    assert_eq!(shown("retry: {attempts: many}"), Err(1));
}

#[test]
fn warnings_are_taken_once() {
    use crate::kind::{BuildContext, BuildError};

    let (name, source) = (windrose_config::QualifiedName::new("a", "file"), Source::file("a.yaml"));
    let cx = BuildContext::new(&name, &crate::testing::Nowhere);
    cx.warn(BuildError::new("odd"));
    let warnings: Vec<String> =
        cx.take_warnings(&source, Mark::new(3, 1)).iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["a.yaml:3:1: warning: odd"]);
    assert!(cx.take_warnings(&source, Mark::default()).is_empty());
}
