use super::*;

fn read(text: &str) -> Tree {
    parse(text, &Source::file("t.toml")).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

#[test]
fn every_type_of_value_is_kept() {
    let text = "\
a = \"x\"
b = 0x1f
c = 1.5
d = true
e = 1979-05-27
f = [1, { g = 'y' }]
[h.i]
j = -1_000
";
    let expected = serde_json::json!({
        "a": "x", "b": 31, "c": 1.5, "d": true, "e": "1979-05-27", "f": [1, {"g": "y"}], "h": {"i": {"j": -1000}},
    });
    assert_eq!(serde_json::to_value(read(text)).unwrap(), expected);
}

#[test]
fn order_and_places_are_kept() {
    let tree = read("[z]\nb = \"é\"\na = '''x'''\n\"q\" = 1\n");
    let entries = tree.field("z").unwrap().entries();
    let shown: Vec<_> = entries.iter().map(|entry| (&*entry.key, entry.mark, entry.value.mark)).collect();
    let expected = [
        ("b", Mark::new(2, 1), Mark::new(2, 6)),
        ("a", Mark::new(3, 1), Mark::new(3, 8)),
        ("q", Mark::new(4, 2), Mark::new(4, 7)),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_mistake_has_a_place() {
    for (text, place) in [("a = 1\nb = \n", "t.toml:2:"), ("a = 1\na = 2", "t.toml:2:1"), ("[", "t.toml:1:")]
    {
        let problem = parse(text, &Source::file("t.toml")).expect_err(text).to_string();
        assert!(problem.starts_with(place), "{problem}");
    }
}

#[test]
fn nesting_has_an_end() {
    let text = format!("a = {}1{}", "[".repeat(5000), "]".repeat(5000));
    assert!(parse(&text, &Source::file("t.toml")).is_err());
}
