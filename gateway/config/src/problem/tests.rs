use super::*;

fn sample() -> Problem {
    let mut problem = Problem::error("unknown field `servce`")
        .at(&Source::file("routes.yaml"), Mark::new(4, 7))
        .spanning(6)
        .of(ObjectRef::new(Section::HttpRouters, "web"))
        .expecting("one of rule, service");
    problem.nearest = Some("service".to_owned());
    problem
}

#[test]
fn the_line_and_a_caret_are_shown() {
    let shown = render::text(&sample(), |_, line| (line == 4).then(|| "      servce: app\n".to_owned()));
    let expected = "\
routes.yaml:4:7: error: unknown field `servce` (in http.routers.web)
    4 |       servce: app
      |       ^^^^^^
      = expected one of rule, service
      = did you mean `service`?
";
    assert_eq!(shown, expected);
}

#[test]
fn a_line_that_is_unknown_or_shorter_than_the_mark_is_no_trouble() {
    let without = render::text(&sample(), |_, _| None);
    assert!(without.starts_with("routes.yaml:4:7: error: unknown field `servce`"));
    let short = render::text(&sample(), |_, _| Some("\tä".to_owned()));
    assert!(short.contains("      | \t ^\n"), "{short}");
}

#[test]
fn json_carries_every_known_part() {
    let expected = serde_json::json!({
        "severity": "error", "message": "unknown field `servce`", "section": "http.routers", "name": "web",
        "place": "routes.yaml:4:7", "line": 4, "column": 7, "length": 6,
        "expected": "one of rule, service", "nearest": "service",
    });
    assert_eq!(render::json(&sample()), expected);
    let bare = render::json(&Problem::warning("x"));
    assert_eq!(bare, serde_json::json!({"severity": "warning", "message": "x"}));
}
