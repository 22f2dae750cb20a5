//! The commands of the first minutes.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use windrose_kit::temp::TempDir;

use crate::{run, windrose};

#[test]
fn what_init_writes_has_no_problems_and_serves() {
    let folder = TempDir::new();
    let (code, printed, complaint) = run(&folder, "init conf");
    assert_eq!((code, complaint.as_str()), (0, ""), "{printed}");
    assert!(printed.contains("windrose check --configFile=conf/windrose.yml"), "{printed}");
    let (code, printed, _) = run(&folder, "check --configFile=conf/windrose.yml");
    let expected = "checked conf/windrose.yml and 1 routing file: no problems\n";
    assert_eq!((code, printed.as_str()), (0, expected));
    let (code, _, complaint) = run(&folder, "init conf");
    assert!(code == 1 && complaint.contains("exists, and nothing is changed"), "{complaint}");

    // Every line that is commented out is one that may be used.
    let file = folder.path().join("conf/windrose.yml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("# metrics: {prometheus: {}}"), "{text}");
    let text = text.replace("# metrics:", "metrics:").replace("# accessLog:", "accessLog:");
    fs::write(
        &file,
        text.replace(":8080\"", "127.0.0.1:0\"")
            .replace(":8443\"", "127.0.0.1:0\"")
            .replace("127.0.0.1:8081", "127.0.0.1:0"),
    )
    .unwrap();
    let mut child =
        windrose(&folder).args(["run", "conf/windrose.yml"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.find(|line| line.as_ref().unwrap().contains(" ready ")).unwrap().unwrap();
    let at = ready.split("web=").nth(1).unwrap().split([' ', '"']).next().unwrap();
    let mut stream = TcpStream::connect(at).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    // The route is there; its server is not.
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn schemas_and_the_manual_are_printed() {
    let folder = TempDir::new();
    for document in ["install", "routing"] {
        let (code, printed, _) = run(&folder, &format!("schema {document}"));
        assert!(
            code == 0 && printed.starts_with("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\""),
            "{printed}"
        );
    }
    let (code, printed, _) = run(&folder, "man");
    assert!(code == 0 && printed.starts_with(".TH WINDROSE 1 "), "{printed}");
}

#[test]
fn bash_completes_what_was_begun() {
    let folder = TempDir::new();
    let program = env!("CARGO_BIN_EXE_windrose");
    // As bash calls a function of completion.
    let script = "source <(\"$1\" completions bash)\nshift 0\nCOMP_WORDS=(\"$1\" \"${@:2}\")\nCOMP_CWORD=$(($# - 1))\n_windrose\nprintf '%s|' \"${COMPREPLY[@]}\"";
    let complete = |words: &[&str]| {
        let output = Command::new("bash")
            .args(["-c", script, "complete", program])
            .args(words)
            .current_dir(folder.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(complete(&["ch"]), "check |");
    assert_eq!(complete(&["run", "--entryPoints.web.addr"]), "--entryPoints.web.address=|");
    assert_eq!(complete(&["cert", ""]), "list |renew |revoke |");
}

#[test]
fn the_helper_says_why_it_cannot_run() {
    let folder = TempDir::new();
    let complaint = |line: &str| {
        let (code, printed, complaint) = run(&folder, line);
        assert_eq!((code, printed.as_str()), (1, ""), "{line}");
        complaint
    };
    assert!(complaint("docker-proxy --endpoint npipe://x").contains("npipe:// is a pipe of Windows"));
    assert!(complaint("docker-proxy --listen nonsense").contains("--listen takes an address"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = complaint(&format!("docker-proxy --listen 127.0.0.1:{port}"));
    assert!(said.contains("cannot listen on 127.0.0.1:"), "{said}");
}

/// What systemd runs before the gateway must not keep it from serving what it can: a mistake in one router is no reason to
/// leave all the others without a gateway after a reboot.
#[test]
fn nothing_but_the_program_itself_decides_whether_a_unit_starts() {
    let unit = include_str!("../../../../packaging/systemd/windrose.service");
    let before: Vec<&str> = unit
        .lines()
        .filter(|line| line.starts_with("ExecStartPre") || line.starts_with("ExecCondition"))
        .collect();
    assert!(unit.contains("ExecStart=/usr/local/bin/windrose run") && before.is_empty(), "{before:?}");
}
