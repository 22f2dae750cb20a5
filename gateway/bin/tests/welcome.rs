//! What the program says to somebody who has no configuration yet.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("windrose-welcome-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn run(&self, line: &str) -> Output {
        let mut command = Command::new("timeout");
        // Nobody may be there who already has the port, so it either serves until it is stopped or says why not.
        command.args(["--signal=TERM", "2", env!("CARGO_BIN_EXE_windrose")]).args(line.split_whitespace());
        command.current_dir(&self.0).env_clear().env("PATH", env::var_os("PATH").unwrap()).output().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The indented block that follows a line with this text, without its indent.
fn block(text: &str, after: &str) -> String {
    let mut lines =
        text.lines().skip_while(|line| !line.contains(after)).skip(1).skip_while(|line| line.is_empty());
    let block: Vec<&str> = lines.by_ref().map_while(|line| line.strip_prefix("    ")).collect();
    assert!(!block.is_empty(), "no block after {after:?} in:\n{text}");
    block.join("\n") + "\n"
}

#[test]
fn without_a_configuration_it_says_what_it_does_and_what_to_write() {
    let folder = Folder::new("nothing");
    let said = complaint(&folder.run(""));
    assert!(
        said.starts_with("No configuration was found, so Windrose is about to listen on port 80 and"),
        "{said}"
    );
    fs::write(folder.0.join("windrose.yml"), block(&said, "put this into windrose.yml")).unwrap();
    fs::write(folder.0.join("routes.yml"), block(&said, "and this into routes.yml")).unwrap();
    let checked = folder.run("check");
    let printed = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(printed, "checked ./windrose.yml and 1 routing file: no problems\n");
    assert!(!complaint(&folder.run("check")).contains("No configuration"));
}

#[test]
fn flags_are_a_configuration() {
    let folder = Folder::new("flags");
    let said = complaint(&folder.run("--entryPoints.web.address=192.0.2.1:1"));
    assert!(said.starts_with("error: ") && !said.contains("No configuration"), "{said}");
}

#[test]
fn a_file_needs_no_flag() {
    let folder = Folder::new("file");
    fs::write(folder.0.join("mine.yml"), "entryPoints: {web: {adress: ':80'}}\n").unwrap();
    for line in ["run mine.yml", "mine.yml", "--configFile=mine.yml"] {
        let said = complaint(&folder.run(line));
        assert!(said.starts_with("mine.yml:1:21: error: unknown field `adress`"), "{line}: {said}");
    }
}
