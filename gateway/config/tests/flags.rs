//! Every flag that real Traefik lists is known, by flag, variable and document.
//!
//! `empty/flags.txt` is the list of `traefik --help`, written by `empty/record.py`.

use windrose_config::source::{environment, flags};
use windrose_config::{Shape, StaticConfig};

#[test]
fn every_flag_of_traefik_is_known() {
    let shape = StaticConfig::shape();
    let listed: Vec<&str> = include_str!("empty/flags.txt").lines().collect();
    assert_eq!(listed.len(), 547);
    let unknown: Vec<&str> = listed
        .iter()
        .copied()
        .filter(|flag| *flag != "configfile")
        .filter(|flag| {
            let path = flag.replace("[n]", ".0");
            path.split('.').try_fold(&shape, |shape, key| shape.child(key)).is_none()
        })
        .collect();
    assert_eq!(unknown, Vec::<&str>::new());
}

/// What is unknown is told, so what is not told is read.
#[test]
fn no_flag_of_traefik_is_told_to_be_unknown() {
    let shape = StaticConfig::shape();
    for flag in include_str!("empty/flags.txt").lines().filter(|flag| *flag != "configfile") {
        let name = flag.replace("<name>", "x").replace("[n]", "[0]");
        let value = value_for(&shape, flag).expect(flag);
        let read = flags::parse(&[format!("--{name}={value}")], &shape).expect("a flag");
        let variable =
            format!("TRAEFIK_{}", name.replace("[0]", "_0").replace('.', "_").to_ascii_uppercase());
        let variables = environment::parse([(variable, value)], &shape).expect("a known section");
        for (tree, source) in [(read.tree, read.source), (variables.tree, variables.source)] {
            let problems = match StaticConfig::load(tree, &source, &[]) {
                Ok(loaded) => loaded.warnings,
                Err(problems) => problems,
            };
            let unknown = problems.iter().find(|problem| problem.message.contains("unknown field"));
            assert_eq!(unknown, None, "--{flag}");
        }
    }
}

fn at<'a>(shape: &'a Shape, flag: &str) -> Option<&'a Shape> {
    flag.replace("[n]", ".0").split('.').try_fold(shape, |shape, key| shape.child(key))
}

/// A value that the option may have.
fn value_for(shape: &Shape, flag: &str) -> Option<&'static str> {
    Some(match at(shape, flag)? {
        Shape::Boolean | Shape::Section(_) | Shape::Map(_) | Shape::Open => "true",
        Shape::Scalar | Shape::List(_) => "1",
    })
}
