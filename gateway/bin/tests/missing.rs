//! What is said of routing that is not there, and that the ports do not wait for it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_missing_target_is_named_and_keeps_no_port_shut() {
    let folder = env::temp_dir().join(format!("windrose-missing-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (option, words) in [
        ("directory=nowhere", "nowhere: error: the directory does not exist"),
        ("directory=nowhere/at/all", "nowhere/at/all: error: the directory does not exist"),
        ("filename=nowhere/a.yml", "nowhere/a.yml: error: the file does not exist"),
        ("filename=a.yml", "a.yml: error: the file does not exist"),
    ] {
        let flags = ["--entryPoints.web.address=127.0.0.1:0", &format!("--providers.file.{option}")];
        let windrose = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_windrose"));
            command.current_dir(&folder).env_clear().stdout(Stdio::piped());
            command
        };
        let checked = windrose().arg("check").args(flags).output().unwrap();
        let printed = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.code() == Some(1) && printed.starts_with(words), "{option}: {printed}");

        let started = Instant::now();
        let mut child = windrose().args(flags).arg("--log.level=INFO").spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains(" ready") {
            assert!(lines.read_line(&mut said).unwrap() > 0, "{option}: it ended: {said}");
        }
        let took = started.elapsed();
        child.kill().unwrap();
        child.wait().unwrap();
        lines.read_to_string(&mut said).unwrap();
        assert!(took < Duration::from_secs(8), "{option}: {took:?}: {said}");
        assert!(said.contains(words.split_once("error: ").unwrap().1), "{option}: {said}");
        assert!(
            !said.contains("last configuration") && !said.contains("starting before"),
            "{option}: {said}"
        );
    }
    fs::remove_dir_all(&folder).unwrap();
}
