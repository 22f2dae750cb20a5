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

fn part(line: &str, start: usize) -> render::Part {
    render::Part::around(&line.chars().collect::<Vec<_>>(), start)
}

#[test]
fn the_line_and_a_caret_are_shown() {
    let shown =
        render::text(&sample(), |_, line, start| (line == 4).then(|| part("      servce: app\n", start)));
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
    let without = render::text(&sample(), |_, _, _| None);
    assert!(without.starts_with("routes.yaml:4:7: error: unknown field `servce`"));
    let short = render::text(&sample(), |_, _, start| Some(part("\tä", start)));
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

#[test]
fn of_a_very_long_line_the_part_around_the_caret_is_shown() {
    let line = format!("{}servce{}", "ä".repeat(2_000_000), "z".repeat(2_000_000));
    let line: Vec<char> = line.chars().collect();
    for (column, before, after) in [(2_000_001, '…', '…'), (1, 'ä', '…'), (4_000_006, '…', 'z')] {
        let problem = Problem::error("bad").at(&Source::file("a.yml"), Mark::new(1, column)).spanning(6);
        let shown = render::text(&problem, |_, _, start| Some(render::Part::around(&line, start)));
        let lines: Vec<&str> = shown.lines().collect();
        let text = lines[1].strip_prefix("    1 | ").unwrap();
        assert!(shown.chars().count() < 600, "{}", shown.chars().count());
        assert_eq!((text.chars().next(), text.chars().last()), (Some(before), Some(after)));
        let caret = lines[2].chars().position(|c| c == '^').unwrap() - "      | ".len();
        let expected = line.get(column as usize - 1).copied();
        assert_eq!(text.chars().nth(caret), expected, "{shown}");
    }
}

#[test]
fn a_very_long_message_is_cut_and_a_password_hidden_wherever_a_problem_is_shown() {
    let word = "x".repeat(5_000_000);
    let problem = Problem::error(format!("unknown field `{word}` of http://u:secret@h"));
    let problem =
        problem.at(&Source::file("a.yml"), Mark::new(1, 1)).of(ObjectRef::new(Section::HttpRouters, word));
    let texts = [
        render::text(&problem, |_, _, _| None),
        problem.to_string(),
        problem.shown().into_owned(),
        render::json(&problem)["message"].to_string(),
    ];
    for text in texts {
        assert!(text.len() < 3_000 && !text.contains("secret"), "{}", text.len());
    }
}

#[test]
fn what_a_terminal_obeys_is_in_nothing_that_is_shown() {
    let evil = "a\u{1b}]0;x\u{7}\u{202e}\n\u{9b}2Jb";
    let mut problem = Problem::error(format!("`{evil}` is wrong"))
        .at(&Source::file(evil), Mark::new(1, 2))
        .of(ObjectRef::new(Section::HttpRouters, evil))
        .expecting(evil);
    problem.nearest = Some(evil.to_owned());
    let line = evil.replace('\n', "");
    for text in [render::text(&problem, |_, _, start| Some(part(&line, start))), problem.to_string()] {
        assert!(!text.contains(|c| c != '\n' && crate::harmless::is_harmful(c)), "{text:?}");
        assert!(text.contains("a\u{fffd}]0;x") && text.lines().count() <= 5, "{text}");
    }
    assert!(!problem.shown().contains(crate::harmless::is_harmful));
}
