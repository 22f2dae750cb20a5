use super::mark_tests;
use super::measure::{File, Function, Purpose};
use super::report::report;
use super::source::{Line, lines};

fn code(text: &str) -> Vec<String> {
    lines(text).into_iter().map(|line| line.code).collect()
}

#[test]
fn comments_are_no_code_and_code_is_no_comment() {
    let found = lines("let a = 1; // why\n/* one\n/* two */ three */ b\n//! doc\n");
    let expected = [("let a = 1; ", "// why"), ("", "/* one"), (" b", "/* two */ three */"), ("", "//! doc")];
    let expected =
        expected.map(|(code, comment)| Line { code: code.to_owned(), comment: comment.to_owned() });
    assert_eq!(found, expected);
}

#[test]
fn the_contents_of_text_are_blanked() {
    assert_eq!(code(r#"f("{ // \" }", 'a')"#), [r#"f("", )"#]);
    assert_eq!(code("r#\"} \" {\"# + br\"{\" + b'{'"), ["\"\" + b\"\" + b"]);
    assert_eq!(code("'\\'' '\\u{7f}' '{'"), ["  "]);
    assert_eq!(code("fn f<'a>(x: &'a str) {}"), ["fn f<a>(x: &a str) {}"]);
    assert_eq!(code("\"one \\\n two\" x"), ["\"", "\" x"]);
    assert_eq!(code("r#type attr"), ["r#type attr"]);
}

#[test]
fn functions_are_measured_from_their_first_to_their_last_line() {
    let text = "trait T {\n    fn declared(&self);\n}\nfn short() { a() }\npub(crate) fn long(\n    \
                a: [u8; 2],\n) -> u8 {\n    if x {\n        y\n    }\n}\ntype F = fn(u8);\n";
    let named = |name: &str, line, lines| Function { name: name.to_owned(), line, lines };
    assert_eq!(File::measure("src/a.rs", text).functions, [named("short", 4, 1), named("long", 5, 7)]);
}

#[test]
fn inline_tests_are_not_product() {
    let text = "//! Doc.\n\nfn a() { b() }\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() { x.unwrap() }\n}\n";
    let file = File::measure("src/a.rs", text);
    assert_eq!((file.lines, file.tests, file.functions.len()), (4, 5, 1));
    assert!(file.has_module_doc);
    assert!(file.habits.panics.is_empty());
}

#[test]
fn habits_are_found_in_code_only() {
    let text = "// x.unwrap() unsafe\nlet a = b.unwrap();\nlet t = \"panic!(\";\n// TODO later\n// TODO(#7): x\n\
                #[allow(dead_code)]\n#[allow(dead_code, reason = \"r\")]\nunsafe { c.clone() };\n";
    let habits = File::measure("src/a.rs", text).habits;
    assert_eq!(habits.panics, [2]);
    assert_eq!(habits.todos, [4]);
    assert_eq!(habits.allows, [6]);
    assert_eq!(habits.unsafes, [8]);
    assert_eq!(habits.clones, 1);
}

#[test]
fn test_files_are_told_by_their_place() {
    let purpose = |path| File::measure(path, "").purpose;
    assert_eq!(purpose("gateway/http/src/body/mod.rs"), Purpose::Product);
    assert_eq!(purpose("gateway/http/src/body/tests.rs"), Purpose::Test);
    assert_eq!(purpose("tests/kit/src/lib.rs"), Purpose::Test);
}

#[test]
fn modules_compiled_for_tests_alone_are_tests() {
    let mut files = [
        File::measure("a/src/lib.rs", "mod b;\n#[cfg(test)]\npub(crate) mod testing;\n"),
        File::measure("a/src/testing/mod.rs", ""),
        File::measure("a/src/testing_more.rs", ""),
    ];
    mark_tests(&mut files);
    assert_eq!(files.map(|file| file.purpose), [Purpose::Product, Purpose::Test, Purpose::Product]);
}

#[test]
fn the_report_names_what_to_look_at_again() {
    let long = format!("//! Doc.\nfn long() {{\n{}}}\n", "    a();\n".repeat(90));
    let files =
        [File::measure("gateway/a/src/lib.rs", &long), File::measure("gateway/a/src/b.rs", "fn b() {}\n")];
    let report = report(&files);
    assert!(report.contains("gateway/a/src/lib.rs:2 long 92"), "{report}");
    assert!(report.contains("files with a module doc         50 %"), "{report}");
    assert!(report.contains("    gateway/a/src/b.rs\n"), "{report}");
    assert!(report.contains("94 (gateway/a)"), "{report}");
}

fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<File> = files.iter().map(|(path, text)| File::measure(path, text)).collect();
    super::circles::circles(&files)
}

#[test]
fn modules_that_need_each_other_are_found_whatever_the_form() {
    let found = circles(&[
        ("x/src/lib.rs", "mod a;\nmod b;\nmod c;\npub use b::B;"),
        ("x/src/a/mod.rs", "use crate::{B, c::{self, C as D}};"),
        ("x/src/a/in.rs", "use super::A; fn f() {}"),
        ("x/src/b.rs", "fn f() -> super::a::A { A }"),
        ("x/src/c.rs", "// use crate::a::A;\nuse std::io;"),
    ]);
    assert_eq!(found, ["x: a, b"]);
}

#[test]
fn a_module_and_what_it_is_part_of_are_no_circle() {
    let found = circles(&[
        ("x/src/lib.rs", "pub mod a;"),
        ("x/src/a/mod.rs", "mod one;\nmod two;\nuse one::One;\nuse self::two::Two;"),
        ("x/src/a/one.rs", "use super::A; use crate::a::two::Two;"),
        ("x/src/a/two.rs", "use super::{A, B};"),
    ]);
    assert_eq!(found, [""; 0]);
}
