//! The program as a command: what it prints, where, and its exit code, in an empty folder and with an empty environment.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use windrose_kit::temp::TempDir;

use crate::{run, windrose};

/// A gateway that runs until it is dropped.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(folder: &TempDir, line: &str) -> Self {
        let mut child =
            windrose(folder).args(line.split_whitespace()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What it logs up to a line with this text.
    fn until(&mut self, text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|line: &String| !line.contains(text)) {
            seen.push(self.lines.next().expect("it ended too early").unwrap());
        }
        seen
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What goes to standard error, with this exit code and nothing on standard output.
fn complaint(folder: &TempDir, line: &str, code: i32) -> String {
    let (exit, printed, complaint) = run(folder, line);
    assert_eq!((exit, printed.as_str()), (code, ""), "{line}: {complaint}");
    complaint
}

#[test]
fn version_and_help_are_printed() {
    let folder = TempDir::new();
    let (code, printed, complaint) = run(&folder, "version");
    assert_eq!((code, complaint.as_str()), (0, ""));
    for line in ["--version", "-v"] {
        assert_eq!(run(&folder, line), (0, printed.clone(), String::new()), "{line}");
    }
    assert!(
        printed.starts_with(&format!("Version:      {}\nCodename:     ", env!("CARGO_PKG_VERSION"))),
        "{printed}"
    );
    assert!(printed.contains("\nOS/Arch:      linux/"), "{printed}");
    for line in ["help", "--help", "-h", "run --help"] {
        let (code, printed, complaint) = run(&folder, line);
        assert_eq!((code, complaint.as_str()), (0, ""), "{line}");
        assert!(printed.contains("windrose check FILE..."), "{line}: {printed}");
    }
}

#[test]
fn check_says_what_it_read() {
    let folder = TempDir::new();
    let nothing = "no configuration found; defaults are used: no problems\n";
    assert_eq!(run(&folder, "check"), (0, nothing.to_owned(), String::new()));
    fs::create_dir_all(folder.path().join("routes")).unwrap();
    for name in ["a.yml", "b.yml", "c.toml"] {
        folder.write(&format!("routes/{name}"), "");
    }
    folder.write("traefik.yml", "providers: {file: {directory: routes}}\n");
    let all = "checked ./traefik.yml and 3 routing files: no problems\n";
    assert_eq!(run(&folder, "check"), (0, all.to_owned(), String::new()));
    let (code, printed, _) = run(&folder, "check --ping");
    assert!(
        printed.starts_with("warning: 1 flag (--ping) is not used, because ./traefik.yml exists"),
        "{printed}"
    );
    assert!(
        code == 0 && printed.ends_with("checked ./traefik.yml and 3 routing files: 1 warning\n"),
        "{printed}"
    );
    let (code, printed, _) = run(&folder, "check traefik.yml");
    assert_eq!(code, 1);
    let hint = "traefik.yml: error: this looks like an install configuration; use --configFile=traefik.yml\n";
    assert!(printed.starts_with(hint), "{printed}");
}

#[test]
fn what_does_not_count_is_said_on_standard_error() {
    let folder = TempDir::new();
    // The start ends at once: a port that is none.
    folder.write("traefik.yml", "entryPoints: {web: {address: '192.0.2.1:1'}}\n");
    let said = complaint(&folder, "--ping", 1);
    assert!(said.starts_with("warning: 1 flag (--ping) is not used, because ./traefik.yml exists"), "{said}");
}

#[test]
fn a_redirection_to_nowhere_fails_the_check_and_not_the_start() {
    let folder = TempDir::new();
    let web = "web: {address: '192.0.2.1:1', http: {redirections: {entryPoint: {to: nope}}}}";
    folder.write("traefik.yml", format!("entryPoints: {{{web}}}\n"));
    let (code, printed, _) = run(&folder, "check");
    assert_eq!(code, 1);
    assert!(
        printed.starts_with("./traefik.yml:1:84: error: entry point web does not redirect, as"),
        "{printed}"
    );
    let (code, printed, said) = run(&folder, "");
    assert_eq!(code, 1);
    assert!(said.starts_with("error: ") && !said.contains("redirect"), "{said}");
    assert_eq!(printed.matches("redirects to").count(), 1, "{printed}");
}

#[test]
fn ping_on_no_entry_point_stops_start_and_check() {
    let folder = TempDir::new();
    let expected = "--ping.entryPoint: error: ping.entryPoint: there is no entry point `nope`\n";
    let flags = "--entryPoints.web.address=192.0.2.1:1 --ping.entryPoint=nope";
    assert!(complaint(&folder, flags, 1).starts_with(expected));
    let (code, printed, _) = run(&folder, &format!("check {flags}"));
    assert!(code == 1 && printed.starts_with(expected), "{printed}");
}

#[test]
fn arguments_that_make_no_command_end_with_2() {
    let folder = TempDir::new();
    for (line, expected) in [
        (
            "start",
            "error: unknown command `start`, use one of run, check, explain, tail, top, init, migrate, cert, healthcheck, docker-proxy, mesh, backup, restore, diagnose, completions, man, schema, version, help\n",
        ),
        ("version please", "error: `please` is not understood here; `windrose help` shows what is\n"),
        ("run --to", "error: --to needs a value, write for example --to=http://127.0.0.1:3000\n"),
        ("run --demo --to x", "error: --to and --demo exclude each other, keep one of them\n"),
        (
            "run --to http://a:1/b",
            "error: --to takes a server such as http://127.0.0.1:3000, without a path; write a configuration for more\n",
        ),
        (
            "run --to a:1?b",
            "error: --to takes a server such as http://127.0.0.1:3000, without a query; write a configuration for more\n",
        ),
        ("check --format xml", "error: unknown format `xml`, use text or json\n"),
    ] {
        assert_eq!(complaint(&folder, line, 2), expected);
    }
}

#[test]
fn wrong_flags_end_with_1() {
    let folder = TempDir::new();
    assert!(complaint(&folder, "--nonsense", 1).starts_with("--nonsense: error: "));
    let unknown = complaint(&folder, "--entryPoints.web.adress=:80", 1);
    assert!(
        unknown.starts_with("--entryPoints.web.adress: error: ") && unknown.contains("`address`"),
        "{unknown}"
    );
    let wrong = complaint(&folder, "--entryPoints.web.address=:80 --entryPoints.web.reusePort=perhaps", 1);
    assert!(wrong.starts_with("--entryPoints.web.reusePort: error: "), "{wrong}");
}

#[test]
fn a_missing_file_ends_with_1_when_nothing_else_is_said() {
    let folder = TempDir::new();
    for line in
        ["--configFile=missing.yml", "run --configfile missing.yml", "healthcheck --configFile=missing.yml"]
    {
        assert_eq!(complaint(&folder, line, 1), "error: file missing.yml does not exist\n");
    }
}

#[test]
fn files_are_found_in_the_current_folder() {
    let folder = TempDir::new();
    folder.write("traefik.yml", "entryPoints: {web: {adress: ':80'}}\n");
    let found = complaint(&folder, "--entryPoints.web.address=:80", 1);
    assert!(found.starts_with("./traefik.yml:1:21: error: "), "{found}");
}

#[test]
fn healthcheck_says_what_is_wrong() {
    let folder = TempDir::new();
    let (code, printed, _) = run(&folder, "healthcheck --entryPoints.web.address=:80");
    assert_eq!((code, printed.as_str()), (1, "please enable `ping` to use health check\n"));
    // Nobody listens on port 1.
    let (code, printed, _) = run(&folder, "healthcheck --ping --entryPoints.traefik.address=127.0.0.1:1");
    assert_eq!(code, 1);
    assert!(printed.starts_with("Error calling healthcheck: "), "{printed}");
}

#[test]
fn check_takes_files() {
    let folder = TempDir::new();
    folder.write(
        "good.yml",
        "http: {services: {app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}}}\n",
    );
    folder.write(
        "more.yml",
        "http: {routers: {all: {rule: 'PathPrefix(`/`)', service: app, entryPoints: [any]}}}\n",
    );
    folder.write("bad.toml", "[http.routers.all]\nrule = 'Path(`/`)'\nservce = 'app'\n");
    assert_eq!(
        run(&folder, "check good.yml more.yml"),
        (0, "checked 2 routing files: no problems\n".to_owned(), String::new())
    );
    let (code, printed, _) = run(&folder, "check more.yml");
    assert_eq!(code, 1);
    assert!(printed.starts_with("more.yml:1:58: error: service app@file does not exist"), "{printed}");
    let (code, printed, _) = run(&folder, "check --format json good.yml bad.toml");
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((code, &document["problems"][0]["place"]), (1, &"bad.toml:3:1".into()), "{printed}");
    let (code, printed, _) = run(&folder, "check missing.yml");
    assert_eq!(code, 1);
    assert!(printed.starts_with("missing.yml"), "{printed}");
}

#[test]
fn what_is_taken_over_is_logged_and_a_broken_file_once() {
    let folder = TempDir::new();
    fs::create_dir_all(folder.path().join("routes")).unwrap();
    folder.write(
        "routes/a.yml",
        "http: {services: {s: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}}}\n",
    );
    folder.write("routes/b.yml", "http: {services: {\n");
    let mut running = Running::start(
        &folder,
        "--entryPoints.web.address=127.0.0.1:0 --log.level=INFO --log.format=json \
         --providers.providersThrottleDuration=10ms --providers.file.directory=routes",
    );
    let first = running.until("ready");
    let applied = first.iter().find(|line| line.contains("configuration applied")).expect("it says so");
    for fact in ["\"providerName\":\"file\"", "\"generation\":", "\"services\":1", "\"problems\":1"] {
        assert!(applied.contains(fact), "{fact}: {applied}");
    }
    assert_eq!(first.iter().filter(|line| line.contains("routes/b.yml")).count(), 1, "{first:#?}");
    folder.write(
        "routes/b.yml",
        "http: {services: {t: {loadBalancer: {servers: [{url: 'http://127.0.0.1:2'}]}}}}\n",
    );
    let next = running.until("configuration applied");
    assert!(next.last().unwrap().contains("\"services\":2"), "{next:#?}");
}
