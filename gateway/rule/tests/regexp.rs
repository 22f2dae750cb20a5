//! Our expressions against the answers of Go, which `go_regexp/main.go` wrote down.

use windrose_rule::regex::Regex;

#[test]
fn answers_as_go_does() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in include_str!("go_regexp/table.tsv").lines() {
        let fields: Vec<String> = line.split('\t').map(unescape).collect();
        let [pattern, text, template, found, replaced] = &fields[..] else {
            panic!("malformed line: {line}");
        };
        cases += 1;
        let (our_found, our_replaced) = match Regex::new(pattern) {
            Err(_) => ("refused".to_owned(), String::new()),
            Ok(regex) => (places(&regex, text), regex.replace_all(text, template).into_owned()),
        };
        if (&our_found, &our_replaced) != (found, replaced) {
            wrong.push(format!("{line}\n  found {our_found:?}, replaced {our_replaced:?}"));
        }
    }
    assert!(cases > 1000, "only {cases} cases");
    assert!(wrong.is_empty(), "{} of {cases} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Where the first match and its groups are.
fn places(regex: &Regex, text: &str) -> String {
    assert_eq!(regex.is_match(text), regex.find(text).is_some());
    assert_eq!(regex.is_match(text), regex.is_match_bytes(text.as_bytes()));
    let Some(captures) = regex.captures(text) else {
        return "none".to_owned();
    };
    assert_eq!(Some(captures.range()), regex.find(text));
    let place = |group: Option<std::ops::Range<usize>>| {
        group.map_or_else(|| "-".to_owned(), |range| format!("{}:{}", range.start, range.end))
    };
    (0..captures.len()).map(|index| place(captures.place(index))).collect::<Vec<_>>().join(" ")
}

fn unescape(field: &str) -> String {
    let mut letters = field.chars();
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        let escaped = if letter == '\\' { letters.next() } else { None };
        text.push(match escaped {
            None => letter,
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('0') => '\0',
            Some('a') => '\x07',
            Some(other) => other,
        });
    }
    text
}
