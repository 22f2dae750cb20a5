//! One target, and the defaults.

use std::path::PathBuf;

use windrose_config::source::{Format, parse};
use windrose_config::{Problem, Source};

use super::{Options, Rendered, Target, Watch};

fn decode(text: &str) -> Result<Options, Vec<Problem>> {
    let source = Source::file("traefik.yml");
    Options::decode(&parse(Format::Yaml, text, &source).expect("a document"), &source)
}

#[test]
fn changes_are_followed_unless_told_otherwise() {
    let options = decode("filename: /etc/dynamic.yml").expect("right");
    let target = Target::File(PathBuf::from("/etc/dynamic.yml"));
    assert_eq!(options, Options { target, watch: Watch::Changes, rendered: Rendered::Silent });
    let options = decode("{directory: conf, filename: '', watch: false, debugLogGeneratedTemplate: true}");
    let target = Target::Directory(PathBuf::from("conf"));
    assert_eq!(options.expect("right"), Options { target, watch: Watch::Never, rendered: Rendered::Logged });
}

#[test]
fn there_is_exactly_one_target() {
    for text in
        ["watch: true", "{filename: a.yml, directory: b}", "{filename: ''}", "{filename: a.yml, typo: 1}"]
    {
        assert_eq!(decode(text).expect_err(text).len(), 1, "{text}");
    }
}
