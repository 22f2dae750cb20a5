//! The program as a command, in a folder of its own and with an empty environment.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod compose;
mod composed;
mod explain;
mod foreign;
mod hints;
mod hostile;
mod missing;
mod newcomer;
mod once;
mod welcome;

use std::process::Command;

use windrose_kit::temp::TempDir;

/// The program, to be started in this folder.
fn windrose(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windrose"));
    command.current_dir(folder.path()).env_clear();
    command
}

/// The exit code, and what is printed on the two outputs.
fn run(folder: &TempDir, line: &str) -> (i32, String, String) {
    let output = windrose(folder).args(line.split_whitespace()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
