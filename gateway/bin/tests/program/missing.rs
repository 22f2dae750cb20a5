//! What is said of routing that is not there, and that the ports do not wait for it.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::{Duration, Instant};

use windrose_kit::temp::TempDir;

use crate::windrose;

#[test]
fn a_missing_target_is_named_and_keeps_no_port_shut() {
    let folder = TempDir::new();
    for (option, words) in [
        ("directory=nowhere", "nowhere: error: the directory does not exist"),
        ("directory=nowhere/at/all", "nowhere/at/all: error: the directory does not exist"),
        ("filename=nowhere/a.yml", "nowhere/a.yml: error: the file does not exist"),
        ("filename=a.yml", "a.yml: error: the file does not exist"),
    ] {
        let flags = ["--entryPoints.web.address=127.0.0.1:0", &format!("--providers.file.{option}")];
        let checked = windrose(&folder).arg("check").args(flags).output().unwrap();
        let printed = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.code() == Some(1) && printed.starts_with(words), "{option}: {printed}");

        let started = Instant::now();
        let mut child =
            windrose(&folder).args(flags).arg("--log.level=INFO").stdout(Stdio::piped()).spawn().unwrap();
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
}
