//! What the program says to somebody who has no configuration yet.

use std::env;
use std::process::{Command, Output};

use windrose_kit::temp::TempDir;

fn start(folder: &TempDir, line: &str) -> Output {
    let mut command = Command::new("timeout");
    // Nobody may be there who already has the port, so it either serves until it is stopped or says why not.
    command.args(["--signal=TERM", "2", env!("CARGO_BIN_EXE_windrose")]).args(line.split_whitespace());
    let path = env::var_os("PATH").unwrap();
    command.current_dir(folder.path()).env_clear().env("PATH", path).output().unwrap()
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
    let folder = TempDir::new();
    let said = complaint(&start(&folder, ""));
    assert!(
        said.starts_with("No configuration was found, so Windrose is about to listen on port 80 and"),
        "{said}"
    );
    folder.write("windrose.yml", block(&said, "put this into windrose.yml"));
    folder.write("routes.yml", block(&said, "and this into routes.yml"));
    let checked = start(&folder, "check");
    let printed = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(printed, "checked ./windrose.yml and 1 routing file: no problems\n");
    assert!(!complaint(&start(&folder, "check")).contains("No configuration"));
}

#[test]
fn flags_are_a_configuration() {
    let folder = TempDir::new();
    let said = complaint(&start(&folder, "--entryPoints.web.address=192.0.2.1:1"));
    assert!(said.starts_with("error: ") && !said.contains("No configuration"), "{said}");
}

#[test]
fn a_file_needs_no_flag() {
    let folder = TempDir::new();
    folder.write("mine.yml", "entryPoints: {web: {adress: ':80'}}\n");
    for line in ["run mine.yml", "mine.yml", "--configFile=mine.yml"] {
        let said = complaint(&start(&folder, line));
        assert!(said.starts_with("mine.yml:1:21: error: unknown field `adress`"), "{line}: {said}");
    }
}
