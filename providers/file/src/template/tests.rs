//! Every recorded case must come out as Go renders it.

use std::fs;

use serde::Deserialize;

use super::{TemplateError, render};

#[derive(Deserialize)]
struct Case {
    template: String,
    output: Option<String>,
}

#[test]
fn templates_render_as_go_renders_them() {
    let recorded = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/templates/expected.jsonl"))
        .expect("the recorded cases are part of the crate");
    let cases: Vec<Case> =
        recorded.lines().map(|line| serde_json::from_str(line).expect("a recorded case")).collect();
    assert!(cases.len() >= 100, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let ours = render(&case.template);
        if ours.as_ref().ok() != case.output.as_ref() {
            wrong.push(format!("{}\n  go:   {:?}\n  ours: {:?}", case.template, case.output, ours));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_environment_is_readable() {
    let plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_/.:-".contains(&byte));
    let (name, value) = std::env::vars()
        .find(|(name, value)| {
            plain(name) && plain(value) && !value.is_empty() && name.starts_with(char::is_alphabetic)
        })
        .expect("some variable is set");
    let template = format!("{{{{ env \"{name}\" }}}} {{{{ expandenv \"<${{{name}}}>\" }}}}");
    assert_eq!(render(&template).expect("renders"), format!("{value} <{value}>"));
}

#[test]
fn a_lost_dict_change_is_refused_with_its_line() {
    for template in [
        "\n{{ $d := dict }}\n{{ $x := \"v\" | set $d \"k\" }}",
        "\n\n{{ $_ := set .Values \"k\" \"v\" }}",
        "\n\n{{ with set $d \"k\" \"v\" }}{{ end }}",
        "\n\n{{ $_ := unset $d.inner \"k\" }}",
    ] {
        match render(template) {
            Err(error @ TemplateError::Rewrite(_)) => {
                assert_eq!(error.place(template).map(|place| place.line), Some(3), "{error}")
            }
            other => panic!("{template}: {other:?}"),
        }
    }
}

#[test]
fn assignments_of_a_changed_dict_are_left_alone() {
    let template = "{{ $d := dict }}{{- $d = set $d \"a\" 1 -}}{{ $d.a }}{{ (set (dict) \"b\" 2).b }}";
    assert_eq!(render(template).expect("renders"), "12");
}

#[test]
fn trim_markers_survive_the_rewriting() {
    let template = "{{ $d := dict }}\n  {{- $_ := set $d \"a\" 1 -}}\n  [{{ $d.a }}]";
    assert_eq!(render(template).expect("renders"), "[1]");
}

#[test]
fn a_template_without_end_is_stopped() {
    for template in [
        "{{ range until 100000000 }}x{{ end }}",
        "{{ range 100000000 }}x{{ end }}",
        "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
        "{{ repeat 100000000 \"x\" }}",
        "{{ indent 100000000 \"x\" }}",
        "{{ replace \"\" (repeat 10000 \"y\") (repeat 10000 \"x\") }}",
        "{{ seq 100000000 }}",
        "{{ untilStep 0 9223372036854775807 1 }}",
    ] {
        assert!(matches!(render(template), Err(TemplateError::Render(_))), "{template}");
    }
}

#[test]
fn extreme_numbers_do_not_break_arithmetic() {
    let template = "{{ add 9223372036854775807 1 }} {{ mul -1 (sub -9223372036854775807 1) }} \
                    {{ div (sub -9223372036854775807 1) -1 }} {{ seq 9223372036854775806 9223372036854775807 }}";
    assert!(render(template).is_ok());
}

#[test]
fn random_text_has_the_asked_length_and_alphabet() {
    let text = render("{{ randAlphaNum 40 }}").expect("renders");
    assert!(text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
    let uuid = render("{{ uuidv4 }}").expect("renders");
    assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert_ne!(uuid, render("{{ uuidv4 }}").expect("renders"));
}

#[test]
fn the_present_moment_can_be_formatted_and_compared() {
    let template = "{{ $n := now }}{{ eq (date \"2006-01-02\" $n) (htmlDate $n) }} {{ gt (unixEpoch $n | int64) 1700000000 }} \
                    {{ dateModify \"1h\" $n | ago }}";
    let text = render(template).expect("renders");
    assert!(text.starts_with("true true -"), "{text}");
}
