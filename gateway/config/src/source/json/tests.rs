use super::*;

fn read(text: &str) -> Result<Tree, String> {
    parse(text, &Source::file("t.json")).map_err(|problem| problem.to_string())
}

#[test]
fn a_document_is_read_as_written() {
    let text = r#" {"a": [1, -2.5e3, true, null, ""], "b": {"c": "\u00e9\ud83d\ude00\n\/\\\""}, "d": {}, "e": [ ]} "#;
    let tree = read(text).unwrap();
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(tree.field("b").unwrap().field("c").unwrap().as_text(), value["b"]["c"].as_str());
    let Value::List(items) = &tree.field("a").unwrap().value else { panic!("a list") };
    let texts: Vec<_> = items.iter().map(Tree::as_text).collect();
    assert_eq!(texts, [Some("1"), Some("-2.5e3"), Some("true"), None, Some("")]);
}

#[test]
fn every_value_knows_its_place() {
    let tree = read("{\n  \"a\": \"x\",\n  \"b\": [\n    7]}").unwrap();
    let marks: Vec<_> = tree.entries().iter().map(|entry| (entry.mark, entry.value.mark)).collect();
    assert_eq!(marks, [(Mark::new(2, 4), Mark::new(2, 9)), (Mark::new(3, 4), Mark::new(3, 8))]);
}

#[test]
fn what_is_no_json_is_refused() {
    let cases = [
        ("", "t.json:1:1: error: the document ends too early"),
        ("{a: 1}", "t.json:1:2: error: a key in double quotes must come here"),
        ("{\"a\" 1}", "t.json:1:6: error: `:` must come here"),
        ("{\"a\": 1,}", "t.json:1:9: error: a key in double quotes must come here"),
        ("[1 2]", "t.json:1:4: error: `,` or `]` must come here"),
        ("[01]", "t.json:1:2: error: a value must come here"),
        ("[nul]", "t.json:1:2: error: a value must come here"),
        ("\"\\ud800x\"", "t.json:1:9: error: `\\u` needs four hexadecimal digits"),
        ("\"a\nb\"", "t.json:2:1: error: control characters in a string must be escaped"),
        ("1 1", "t.json:1:3: error: something follows the document"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).expect_err(text), expected);
    }
    assert!(read(&"[".repeat(100_000)).expect_err("deep").contains("nest deeper"));
}
