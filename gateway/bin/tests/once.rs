//! What is wrong with an install configuration: said once, by `run` as by `check`, whatever the log shows.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("windrose-once-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn run(&self, line: &str) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_windrose"))
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .env_clear()
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// What `check` prints above its last line.
    fn checked(&self, line: &str) -> String {
        let (_, printed, _) = self.run(&format!("check {line}"));
        let (above, _) = printed.trim_end().rsplit_once('\n').unwrap();
        format!("{above}\n")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn what_check_says_is_printed_at_the_start_whatever_the_level() {
    let folder = Folder::new("warnings");
    // An address of nobody: the start ends at once, after everything was said.
    let web = "web: {address: '192.0.2.1:1'}";
    for level in ["", "level: DEBUG", "level: FATAL"] {
        for wrong in ["entryPointz: {a: {address: ':80'}}", "http: {routers: {}}", "nonsense: 1"] {
            let text = format!("entryPoints: {{{web}}}\nlog: {{{level}, noColor: true}}\n{wrong}\n");
            fs::write(folder.0.join("windrose.yml"), text.replace("{, ", "{")).unwrap();
            let expected = folder.checked("");
            assert!(expected.starts_with("./windrose.yml:3:1: "), "{wrong}: {expected}");
            let (code, logged, said) = folder.run("");
            assert_eq!(code, 1, "{wrong}: {said}");
            assert!(said.starts_with(&expected), "{wrong}: {said}");
            assert!(!logged.contains("windrose.yml:3:1"), "{wrong}: {logged}");
        }
    }
    fs::remove_file(folder.0.join("windrose.yml")).unwrap();
    let flags = "--entryPoints.web.address=192.0.2.1:1 --ping={}";
    let (_, _, said) = folder.run(flags);
    assert!(said.starts_with("--ping: warning: `{}` is not `true`"), "{said}");
    assert!(said.starts_with(&folder.checked(flags)), "{said}");
}

#[test]
fn one_mistake_is_one_problem_and_the_start_says_the_same() {
    let folder = Folder::new("single");
    for (flags, start) in [
        ("--providers.docker", "--providers.docker: error: providers.docker is not supported yet"),
        ("--providers.docker.endpoint=x --providers.docker.watch", "--providers.docker"),
        ("--providers.knative", "--providers.knative: error: providers.knative is not supported yet"),
        ("--providers.dokcer", "--providers.dokcer: error: there is no provider `dokcer`"),
        (
            "--ping.entrypoint=nope",
            "--ping.entrypoint: error: ping.entryPoint: there is no entry point `nope`",
        ),
    ] {
        let expected = folder.checked(flags);
        assert!(expected.starts_with(start), "{flags}: {expected}");
        assert_eq!(expected.matches(": error: ").count(), 1, "{flags}: {expected}");
        let (code, logged, said) = folder.run(flags);
        assert_eq!((code, logged.as_str(), said), (1, "", expected), "{flags}");
    }
}

#[test]
fn a_refused_provider_does_not_hide_what_is_wrong_with_routing() {
    let folder = Folder::new("beside");
    fs::write(folder.0.join("routes.yml"), "http: {routers: {r: {rule: 'Path(`/`)', service: s}}}\n")
        .unwrap();
    let printed = folder.checked("--providers.docker --providers.file.filename=routes.yml");
    assert!(printed.contains("providers.docker is not supported yet"), "{printed}");
    assert!(printed.contains("service s@file does not exist"), "{printed}");
}

#[test]
fn a_file_that_says_nothing_is_told_of_once() {
    let folder = Folder::new("nothing");
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
        fs::write(folder.0.join("windrose.yml"), text).unwrap();
        let printed = folder.checked("");
        assert!(printed.contains(expected), "{printed}");
        assert_eq!(printed.matches("windrose.yml:1:1").count(), 1, "{printed}");
        let (code, _, said) = folder.run("");
        assert_eq!((code, said), (1, printed));
    }
}
