//! The program as a command: what it prints, where, and its exit code, in an empty folder and with an empty environment.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("windrose-command-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
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
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// What goes to standard error, with this exit code and nothing on standard output.
fn complaint(folder: &Folder, line: &str, code: i32) -> String {
    let (exit, printed, complaint) = folder.run(line);
    assert_eq!((exit, printed.as_str()), (code, ""), "{line}: {complaint}");
    complaint
}

#[test]
fn version_and_help_are_printed() {
    let folder = Folder::new("version");
    let (code, printed, complaint) = folder.run("version");
    assert_eq!((code, complaint.as_str()), (0, ""));
    assert!(
        printed.starts_with(&format!("Version:      {}\nCodename:     ", env!("CARGO_PKG_VERSION"))),
        "{printed}"
    );
    assert!(printed.contains("\nOS/Arch:      linux/"), "{printed}");
    for line in ["help", "--help", "-h", "run --help"] {
        let (code, printed, complaint) = folder.run(line);
        assert_eq!((code, complaint.as_str()), (0, ""), "{line}");
        assert!(printed.contains("windrose check FILE..."), "{line}: {printed}");
    }
}

#[test]
fn arguments_that_make_no_command_end_with_2() {
    let folder = Folder::new("misuse");
    for (line, expected) in [
        ("start", "error: unknown command `start`, use one of run, check, version, healthcheck, help\n"),
        ("version please", "error: `please` is not understood here; `windrose help` shows what is\n"),
        ("run --to", "error: --to needs a value, write for example --to=http://127.0.0.1:3000\n"),
        ("run --demo --to x", "error: --to and --demo exclude each other, keep one of them\n"),
        ("check --format xml", "error: unknown format `xml`, use text or json\n"),
    ] {
        assert_eq!(complaint(&folder, line, 2), expected);
    }
}

#[test]
fn wrong_flags_end_with_1() {
    let folder = Folder::new("flags");
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
    let folder = Folder::new("missing");
    for line in
        ["--configFile=missing.yml", "run --configfile missing.yml", "healthcheck --configFile=missing.yml"]
    {
        assert_eq!(complaint(&folder, line, 1), "error: file missing.yml does not exist\n");
    }
}

#[test]
fn files_are_found_in_the_current_folder() {
    let folder = Folder::new("found");
    folder.write("traefik.yml", "entryPoints: {web: {adress: ':80'}}\n");
    let found = complaint(&folder, "--entryPoints.web.address=:80", 1);
    assert!(found.starts_with("./traefik.yml:1:21: error: "), "{found}");
}

#[test]
fn healthcheck_says_what_is_wrong() {
    let folder = Folder::new("healthcheck");
    let (code, printed, _) = folder.run("healthcheck --entryPoints.web.address=:80");
    assert_eq!((code, printed.as_str()), (1, "please enable `ping` to use health check\n"));
    // Nobody listens on port 1.
    let (code, printed, _) = folder.run("healthcheck --ping --entryPoints.traefik.address=127.0.0.1:1");
    assert_eq!(code, 1);
    assert!(printed.starts_with("Error calling healthcheck: "), "{printed}");
}

#[test]
fn check_takes_files() {
    let folder = Folder::new("check");
    folder.write(
        "good.yml",
        "http: {services: {app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}}}\n",
    );
    folder.write(
        "more.yml",
        "http: {routers: {all: {rule: 'PathPrefix(`/`)', service: app, entryPoints: [any]}}}\n",
    );
    folder.write("bad.toml", "[http.routers.all]\nrule = 'Path(`/`)'\nservce = 'app'\n");
    assert_eq!(folder.run("check good.yml more.yml"), (0, "no problems\n".to_owned(), String::new()));
    let (code, printed, _) = folder.run("check more.yml");
    assert_eq!(code, 1);
    assert!(printed.starts_with("more.yml:1:58: error: service app@file does not exist"), "{printed}");
    let (code, printed, _) = folder.run("check --format json good.yml bad.toml");
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((code, &document["problems"][0]["place"]), (1, &"bad.toml:3:1".into()), "{printed}");
    let (code, printed, _) = folder.run("check missing.yml");
    assert_eq!(code, 1);
    assert!(printed.starts_with("missing.yml"), "{printed}");
}
