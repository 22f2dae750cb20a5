//! What is wrong with an install configuration: said once, by `run` as by `check`, whatever the log shows.

use std::fs;

use windrose_kit::temp::TempDir;

use crate::run;

/// What `check` prints above its last line.
fn checked(folder: &TempDir, line: &str) -> String {
    let (_, printed, _) = run(folder, &format!("check {line}"));
    let (above, _) = printed.trim_end().rsplit_once('\n').unwrap();
    format!("{above}\n")
}

#[test]
fn what_check_says_is_printed_at_the_start_whatever_the_level() {
    let folder = TempDir::new();
    // An address of nobody: the start ends at once, after everything was said.
    let web = "web: {address: '192.0.2.1:1'}";
    for level in ["", "level: DEBUG", "level: FATAL"] {
        for wrong in ["entryPointz: {a: {address: ':80'}}", "http: {routers: {}}", "nonsense: 1"] {
            let text = format!("entryPoints: {{{web}}}\nlog: {{{level}, noColor: true}}\n{wrong}\n");
            folder.write("windrose.yml", text.replace("{, ", "{"));
            let expected = checked(&folder, "");
            assert!(expected.starts_with("./windrose.yml:3:1: "), "{wrong}: {expected}");
            let (code, logged, said) = run(&folder, "");
            assert_eq!(code, 1, "{wrong}: {said}");
            assert!(said.starts_with(&expected), "{wrong}: {said}");
            assert!(!logged.contains("windrose.yml:3:1"), "{wrong}: {logged}");
        }
    }
    fs::remove_file(folder.path().join("windrose.yml")).unwrap();
    let flags = "--entryPoints.web.address=192.0.2.1:1 --ping={}";
    let (_, _, said) = run(&folder, flags);
    assert!(said.starts_with("--ping: warning: `{}` is not `true`"), "{said}");
    assert!(said.starts_with(&checked(&folder, flags)), "{said}");
}

#[test]
fn one_mistake_is_one_problem_and_the_start_says_the_same() {
    let folder = TempDir::new();
    for (flags, start) in [
        ("--providers.docker.endpoint=x --providers.docker.watch", "--providers.docker.endpoint: error: "),
        ("--providers.knative", "--providers.knative: error: providers.knative is not supported yet"),
        ("--providers.dokcer", "--providers.dokcer: error: there is no provider `dokcer`"),
        (
            "--ping.entrypoint=nope",
            "--ping.entrypoint: error: ping.entryPoint: there is no entry point `nope`",
        ),
    ] {
        let expected = checked(&folder, flags);
        assert!(expected.starts_with(start), "{flags}: {expected}");
        assert_eq!(expected.matches(": error: ").count(), 1, "{flags}: {expected}");
        let (code, logged, said) = run(&folder, flags);
        assert_eq!((code, logged.as_str(), said), (1, "", expected), "{flags}");
    }
}

#[test]
fn a_refused_provider_does_not_hide_what_is_wrong_with_routing() {
    let folder = TempDir::new();
    folder.write("routes.yml", "http: {routers: {r: {rule: 'Path(`/`)', service: s}}}\n");
    let printed = checked(&folder, "--providers.knative --providers.file.filename=routes.yml");
    assert!(printed.contains("providers.knative is not supported yet"), "{printed}");
    assert!(printed.contains("service s@file does not exist"), "{printed}");
}

#[test]
fn an_engine_that_is_away_is_a_warning_and_the_rest_is_checked() {
    let folder = TempDir::new();
    folder.write("routes.yml", "http: {routers: {r: {rule: 'Path(`/`)', service: s}}}\n");
    let flags =
        "--providers.docker.endpoint=unix:///nowhere/engine.sock --providers.file.filename=routes.yml";
    let printed = checked(&folder, flags);
    let words = "warning: labels of containers are not checked: cannot reach the Docker engine at unix:///nowhere/engine.sock";
    assert!(printed.contains(words), "{printed}");
    assert!(printed.contains("service s@file does not exist"), "{printed}");
}

#[test]
fn a_file_that_says_nothing_is_told_of_once() {
    let folder = TempDir::new();
    for (text, expected) in [
        (
            "http: {}\n",
            "says nothing that an install configuration can say: `http` belongs in a routing file",
        ),
        (
            "entryPointz: {}\n",
            "says nothing that an install configuration can say: unknown field `entryPointz`",
        ),
        ("ping:\n", "says nothing that an install configuration can say: `ping` has nothing behind it\n"),
    ] {
        folder.write("windrose.yml", text);
        let printed = checked(&folder, "");
        assert!(printed.contains(expected), "{printed}");
        assert_eq!(printed.matches("windrose.yml:1:1").count(), 1, "{printed}");
        let (code, _, said) = run(&folder, "");
        assert_eq!((code, said), (1, printed));
    }
}
