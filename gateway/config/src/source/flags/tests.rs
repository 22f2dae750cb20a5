use super::*;
use crate::static_config::StaticConfig;

fn read(line: &str) -> Flags {
    let arguments: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    parse(&arguments, &StaticConfig::shape()).unwrap_or_else(|problems| panic!("{line}: {problems:?}"))
}

fn json(line: &str) -> serde_json::Value {
    serde_json::to_value(read(line).tree).unwrap()
}

fn wrong(line: &str) -> Vec<String> {
    let arguments: Vec<&str> = line.split(' ').collect();
    let problems = parse(&arguments, &StaticConfig::shape()).expect_err(line);
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn flags_make_a_tree() {
    let cases = [
        ("--log.level=DEBUG", serde_json::json!({"log": {"level": "DEBUG"}})),
        ("-log.level DEBUG", serde_json::json!({"log": {"level": "DEBUG"}})),
        (
            "--api --api.debug --log.level=x",
            serde_json::json!({"api": {"debug": "true"}, "log": {"level": "x"}}),
        ),
        ("--api.debug=false", serde_json::json!({"api": {"debug": "false"}})),
        ("--api=false --api.debug", serde_json::json!({"api": "false"})),
        ("--api --ping", serde_json::json!({"api": "true", "ping": "true"})),
        ("--LOG.Level=a --log.LEVEL=b", serde_json::json!({"LOG": {"Level": "b"}})),
        (
            "--entryPoints.Web.address=:80 --entrypoints.web.reusePort",
            serde_json::json!({"entryPoints": {"Web": {"address": ":80", "reusePort": "true"}}}),
        ),
        (
            "--entryPoints.w.http.middlewares=a,b --entryPoints.w.http.middlewares=c",
            serde_json::json!({"entryPoints": {"w": {"http": {"middlewares": ["a,b", "c"]}}}}),
        ),
        (
            "--entryPoints.w.http.tls.domains[1].main=b --entryPoints.w.http.tls.domains[0].main=a",
            serde_json::json!({"entryPoints": {"w": {"http": {"tls": {"domains": [{"main": "a"}, {"main": "b"}]}}}}}),
        ),
        ("--providers.docker --ping", serde_json::json!({"providers": {"docker": "true"}, "ping": "true"})),
        (
            "--providers.file.filename a=b.yaml",
            serde_json::json!({"providers": {"file": {"filename": "a=b.yaml"}}}),
        ),
        (
            "--providers.file.watch --ping",
            serde_json::json!({"providers": {"file": {"watch": "true"}}, "ping": "true"}),
        ),
        ("--log.maxSize -1", serde_json::json!({"log": {"maxSize": "-1"}})),
        ("--ping -- --api", serde_json::json!({"ping": "true"})),
        ("", serde_json::json!({})),
    ];
    for (line, expected) in cases {
        assert_eq!(json(line), expected, "{line}");
    }
}

#[test]
fn the_file_and_help_are_set_apart() {
    for line in ["--configFile=a.yaml", "--configfile a.yaml", "-CONFIGFILE=a.yaml"] {
        assert_eq!(read(line).config_file.as_deref(), Some("a.yaml"), "{line}");
    }
    assert!(read("--help").help && read("-h").help && !read("--api").help);
}

#[test]
fn what_is_no_flag_is_a_problem() {
    assert_eq!(wrong("--log.level"), ["--log.level: error: flag --log.level needs a value"]);
    assert_eq!(wrong("start --ping"), ["start: error: `start` is no flag, flags begin with `--`"]);
    assert_eq!(wrong("--a..b=1 -- x").len(), 1);
    assert_eq!(wrong("--a[x].b=1 --= ---api").len(), 3);
}

#[test]
fn a_very_long_name_is_a_problem_and_not_a_deep_tree() {
    let name = format!("--{}", vec!["a"; 100_000].join("."));
    let flags = parse(&[name], &StaticConfig::shape()).unwrap();
    let problems = StaticConfig::load(flags.tree, &flags.source, &[]).expect_err("unknown");
    assert_eq!(problems[0].message, "unknown field `a`");
}

#[test]
fn a_problem_names_the_flag() {
    let flags = read("--ping --log.maxSize=x");
    let problem = StaticConfig::load(flags.tree, &flags.source, &[]).expect_err("no number").remove(0);
    assert_eq!(problem.to_string(), "--log.maxSize: error: cannot use `x`");
}

#[test]
fn a_section_may_be_filled_by_position_and_switched_on() {
    let config = |line: &str| {
        let flags = read(line);
        StaticConfig::load(flags.tree, &flags.source, &[]).unwrap().config
    };
    let list = config("--entryPoints.w.address=:1 --entryPoints.w.http.tls.domains[0].sans=a,b");
    let domains = &list.entry_points["w"].http.tls.as_ref().unwrap().domains;
    assert_eq!(domains[0].sans.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
    assert!(
        config("--entryPoints.w.address=:1 --entryPoints.w.http.tls").entry_points["w"].http.tls.is_some()
    );
    assert!(config("--api=false").api.is_none());
    assert!(config("--log=true").log == crate::static_config::Log::default());
}

#[test]
fn a_word_after_a_flag_may_be_meant_as_its_value() {
    let wrong = |line: &str| {
        let arguments: Vec<&str> = line.split(' ').collect();
        parse(&arguments, &StaticConfig::shape()).expect_err(line).remove(0).message
    };
    assert_eq!(wrong("--ping true"), "`true` is no flag; is it the value of --ping? Write --ping=true");
    assert_eq!(wrong("--ping=true false"), "`false` is no flag, flags begin with `--`");
    assert_eq!(wrong("x"), "`x` is no flag, flags begin with `--`");
}
