//! Every recorded case must come out as Go renders it.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

use super::guard::MAX_DEPTH;
use super::{Data, TemplateError, budget, check, functions, render, render_with};

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

/// Half of the smallest stack on which a render runs.
const STACK: usize = 1 << 20;

/// What rendering says on a small stack.
fn on_a_small_stack(template: String) -> Result<String, TemplateError> {
    let work = move || render(&template);
    std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread").join().expect("no panic")
}

fn nested(depth: usize, open: &str, inside: &str, close: &str) -> String {
    format!("{}{inside}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn nesting_is_bounded_and_what_is_allowed_fits_on_a_small_stack() {
    let parentheses = |depth| format!("{{{{ {} }}}}", nested(depth, "(", "1", ")"));
    let fields = |depth| format!("{{{{ {} }}}}", nested(depth, "(", "dict", ").a"));
    let lists = |depth| format!("{{{{ {} }}}}", nested(depth, "(list ", "1", ")"));
    let chain = |depth: usize| {
        let branches = "{{ else if false }}".repeat(depth.saturating_sub(1));
        format!("{{{{ if false }}}}{branches}x{{{{ end }}}}")
    };
    let bodies = |depth| nested(depth, "{{ range 1 }}", "x", "{{ end }}");
    let both = |depth: usize| {
        let half = depth / 2;
        let inside = format!("{{{{ {} }}}}", nested(depth - half, "(list ", "1", ")"));
        nested(half, "{{ with 1 }}", &inside, "{{ end }}")
    };
    let shapes: [&dyn Fn(usize) -> String; 6] = [&parentheses, &fields, &lists, &chain, &bodies, &both];
    for shape in shapes {
        let deepest = on_a_small_stack(shape(MAX_DEPTH));
        assert!(deepest.is_ok() || matches!(deepest, Err(TemplateError::Render(_))), "{deepest:?}");
        for depth in [MAX_DEPTH + 1, 1_600, 100_000] {
            match on_a_small_stack(shape(depth)) {
                Err(error @ TemplateError::Guard(_)) => {
                    assert_eq!(error.place(&shape(depth)).map(|place| place.line), Some(1))
                }
                other => panic!("{} levels: {other:?}", depth),
            }
        }
    }
}

#[test]
fn the_deepest_recursion_fits_on_the_stack_of_a_render() {
    let inside = nested(MAX_DEPTH - 2, "(list ", "1", ")");
    let template = format!(
        "{{{{ define \"a\" }}}}{{{{ range 1 }}}}{{{{ $x := {inside} }}}}{{{{ template \"a\" {inside} }}}}{{{{ end }}}}{{{{ end }}}}{{{{ template \"a\" }}}}"
    );
    let work = move || render(&template);
    let outcome = std::thread::Builder::new().stack_size(2 * STACK).spawn(work).expect("a thread").join();
    assert!(matches!(outcome.expect("no panic"), Err(TemplateError::Render(_))));
}

#[test]
fn quoted_parentheses_and_braces_are_no_nesting() {
    let quoted = "(".repeat(1_000);
    let template =
        format!("{{{{ \"{quoted}\" | len }}}}{{{{/* {quoted} */}}}}{{{{ `{quoted}` | len }}}}{quoted}");
    assert_eq!(render(&template).expect("renders"), format!("10001000{quoted}"));
}

#[test]
fn memory_is_bounded_whatever_grows() {
    let doubled = |by: &str| {
        let grow = "{{ range 64 }}@{{ end }}".replace('@', by);
        format!("{{{{ $d := dict \"a\" 1 }}}}{{{{ $s := \"xx\" }}}}{{{{ $l := list 1 2 }}}}{grow}")
    };
    let copies = format!(
        "{{{{ $a := repeat 1000000 \"x\" }}}}{}",
        (0..400).map(|n| format!("{{{{ $v{n} := $a }}}}")).collect::<String>()
    );
    let and = copies.replace(":= $a", ":= and 1 $a");
    let handed = "{{ define \"t\" }}{{ $a := . }}{{ $b := . }}{{ $c := . }}{{ template \"t\" . }}{{ end }}\
                  {{ template \"t\" (repeat 2000000 \"x\") }}";
    let references = format!("{{{{ $a := 1 }}}}{{{{ list {} }}}}", "$a ".repeat(100));
    for template in [
        doubled("{{ $d = dict \"a\" $d \"b\" $d }}"),
        doubled("{{ $_ := set $d \"a\" $d }}{{ $_ := set $d \"b\" $d }}"),
        doubled("{{ $s = print $s $s }}"),
        doubled("{{ $s = printf \"%s%s\" $s $s }}"),
        doubled("{{ $s = html $s | js | urlquery }}{{ $s = cat $s $s }}"),
        doubled("{{ $l = concat $l $l }}"),
        doubled("{{ $l = list $l $l }}"),
        doubled("{{ $l = append $l $l }}"),
        copies,
        and,
        handed.to_owned(),
        references,
        "{{ join (repeat 100000 \"y\") (until 30000) }}".to_owned(),
        "{{ regexReplaceAll \"\" (repeat 1000000 \"y\") (repeat 1000000 \"x\") }}".to_owned(),
        "{{ regexReplaceAll \".*\" (repeat 1000000 \"y\") (repeat 100000 \"${0}\") }}".to_owned(),
        "{{ regexReplaceAllLiteral \"\" (repeat 1000000 \"y\") (repeat 1000000 \"x\") }}".to_owned(),
        format!("{{{{ printf \"{}\" 1 }}}}", "%[1]999999d".repeat(400)),
        format!("{{{{ printf \"{}\" (repeat 1000000 \"x\") }}}}", "%[1]s".repeat(400)),
        format!("{{{{ printf \"{}\" 999999 1 }}}}", "%[1]*[2]d".repeat(400)),
        "{{ $a := repeat 1000000 \"x\" }}{{ range 1000 }}{{ $b := cat $a }}{{ end }}".to_owned(),
    ] {
        let outcome = render(&template);
        let shown = template.get(..200).unwrap_or(&template);
        match &outcome {
            Err(TemplateError::Render(error)) => {
                let said = error.to_string();
                let expected = ["allowed", "nest", "deep"];
                assert!(expected.iter().any(|word| said.contains(word)), "{shown}: {said}");
            }
            Err(TemplateError::Guard(_)) => {}
            other => panic!("{shown}: {:?}", other.as_ref().map(String::len)),
        }
    }
}

#[test]
fn every_function_that_makes_values_charges_for_them() {
    let charged: Vec<&str> =
        functions::TABLES.iter().flat_map(|table| table.iter()).map(|(name, _)| *name).collect();
    for (name, _) in gtmpl_ng::funcs::BUILTINS {
        let makes_no_value =
            ["eq", "ne", "lt", "le", "gt", "ge", "len", "and", "or", "not", "call"].contains(name);
        assert!(makes_no_value || charged.contains(name), "{name} is not charged");
    }
}

#[test]
fn a_value_is_measured_by_what_it_takes() {
    use gtmpl_ng::Value;

    let text = Value::from("x".repeat(1_000));
    assert!((1_000..1_100).contains(&budget::size(&text)));
    let list = Value::Array(vec![Value::Nil; 1_000]);
    assert!(budget::size(&list) >= 1_000 * size_of::<Value>());
    let dict = Value::Map([("a".to_owned(), Value::Nil)].into());
    assert!(budget::size(&dict) >= 4 * (size_of::<Value>() + size_of::<String>()));
}

#[test]
fn a_mistake_keeps_its_column_behind_kept_values() {
    let template = "a: 1\nb: {{ $x := 1 }}{{ $y := 2 }}{{ with fail \"é\" }}{{ end }}{{ index (list) 7 }}";
    let template = template.replace("fail \"é\"", "len \"\"");
    let error = render(&template).expect_err("there is no such item");
    let place = error.place(&template).expect("a place");
    let line = template.lines().nth(1).expect("a line");
    let at = line.find("index (list) 7").expect("the mistake") + 1;
    assert_eq!((place.line, place.column as usize, place.length), (2, at, "index (list) 7".len()), "{error}");
}

#[test]
fn a_template_reads_the_fields_it_is_given() {
    let labels = BTreeMap::from([("com.docker.compose.service".to_owned(), "web".to_owned())]);
    let data = [("Name", Data::Text("web-shop")), ("Labels", Data::Texts(&labels))];
    let cases = [
        ("Host(`{{ normalize .Name }}`)", Some("Host(`web-shop`)")),
        ("{{ index .Labels \"com.docker.compose.service\" }}", Some("web")),
        ("<{{ index .Labels \"none\" }}>", Some("<>")),
        ("{{ index .Labels \"none\" | default .Name }}", Some("web-shop")),
        ("{{ or (index .Labels \"none\") \"x\" }}", Some("x")),
        ("{{ if index .Labels \"none\" }}a{{ end }}", Some("")),
        ("{{ range $k, $v := .Labels }}{{ $k }}={{ $v }}{{ end }}", Some("com.docker.compose.service=web")),
        ("{{ .Labels.none }}", Some("<no value>")),
        ("{{ .Other }}", None),
        ("{{ trimPrefix `/` .Name | upper }}", Some("WEB-SHOP")),
        ("plain", Some("plain")),
    ];
    for (template, expected) in cases {
        assert_eq!(render_with(template, &data).ok().as_deref(), expected, "{template}");
    }
    assert!(check("{{ .Other }}").is_ok() && check("{{ nope }}").is_err() && check("{{").is_err());
}
