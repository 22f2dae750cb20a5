//! `windrose check`: every problem with its place, in text and as JSON; no port is opened.

use std::env;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use serde_json::Value;
use windrose_kit::program::{Program, Settings};

use super::END;

const STATIC: &str = "\
entryPoints:
  web: {address: '${web}'}
providers: {file: {filename: '${dir}/dynamic.yml'}}
";

const GOOD: &str = "\
http:
  routers: {all: {rule: 'PathPrefix(`/`)', service: app}}
  services: {app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}}
";

/// Runs a check and returns its exit code and what it printed, without the folder.
async fn check(arguments: &[&str], static_config: &str, dynamic_config: &str) -> (i32, String) {
    let settings =
        Settings { entry_points: &["web"], static_config, dynamic_config, arguments, ..Settings::default() };
    let program = Program::spawn(settings);
    let folder = format!("{}/", program.folder().path().display());
    let (status, printed) = program.wait(END).await;
    (status.code().unwrap(), printed.replace(&folder, ""))
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("program/fixtures").join(name)
}

/// Compares with a file; `UPDATE=1` writes it instead.
fn compare(name: &str, printed: &str) {
    let path = fixture(name);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, printed).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert_eq!(printed, expected, "printed is not what {} says", path.display());
}

#[tokio::test]
async fn a_good_configuration_passes() {
    assert_eq!(
        check(&["check"], STATIC, GOOD).await,
        (0, "checked windrose.yml and 1 routing file: no problems\n".to_owned())
    );
}

#[tokio::test]
async fn every_problem_has_its_place() {
    let dynamic = fs::read_to_string(fixture("problems.yml")).unwrap();
    let (code, printed) = check(&["check"], STATIC, &dynamic).await;
    compare("problems.txt", &printed);
    assert_eq!(code, 1);
}

#[tokio::test]
async fn programs_get_json() {
    let dynamic = fs::read_to_string(fixture("problems.yml")).unwrap();
    let (code, printed) = check(&["check", "--format=json"], STATIC, &dynamic).await;
    let document: Value = serde_json::from_str(&printed).unwrap();
    let problems = document["problems"].as_array().unwrap();
    let errors = problems.iter().filter(|problem| problem["severity"] == "error").count();
    assert_eq!((code, document["errors"].as_u64()), (1, Some(errors as u64)));
    assert!(problems.iter().all(|problem| problem["line"].is_u64() && problem["message"].is_string()));
}

#[tokio::test]
async fn files_can_be_checked_alone() {
    // What the harness adds stands behind `--` and is nobody's business.
    let files = ["check", "${dir}/dynamic.yml", "--"];
    let there = GOOD.replace("service: app", "service: app, entryPoints: [anywhere]");
    assert_eq!(check(&files, "x", &there).await, (0, "checked 1 routing file: no problems\n".to_owned()));
    let (code, printed) = check(&files, "x", &GOOD.replace("service: app", "service: other")).await;
    assert_eq!(code, 1);
    assert!(printed.starts_with("dynamic.yml:2:"), "{printed}");
}

#[tokio::test]
async fn a_bad_install_configuration_fails() {
    let (code, printed) = check(&["check"], "entryPoints: {web: {adress: ':80'}}\n", GOOD).await;
    assert_eq!(code, 1);
    assert!(printed.starts_with("windrose.yml:1:21: error: "), "{printed}");
}

#[tokio::test]
async fn warnings_alone_pass() {
    let text = format!("{STATIC}nonsense: 1\n");
    let (code, printed) = check(&["check"], &text, GOOD).await;
    assert!(printed.contains("windrose.yml:4:1: warning: "), "{printed}");
    assert_eq!(code, 0, "{printed}");
}

#[tokio::test]
async fn a_missing_file_fails() {
    let text = STATIC.replace("dynamic.yml", "other.yml");
    let (code, printed) = check(&["check"], &text, GOOD).await;
    assert_eq!(code, 1);
    assert!(printed.contains("other.yml"), "{printed}");
}

#[tokio::test]
async fn no_port_is_opened() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let text = STATIC.replace("${web}", &taken.local_addr().unwrap().to_string());
    assert_eq!(
        check(&["check"], &text, GOOD).await,
        (0, "checked windrose.yml and 1 routing file: no problems\n".to_owned())
    );
}

#[tokio::test]
async fn one_round_shows_what_is_wrong_in_every_file() {
    let install = "\
hub: {}
hostResolver: {}
entryPoints:
  web: {address: '${web}', adress: x}
  other: 5
providers: {file: {filename: '${dir}/dynamic.yml'}}
entryPointz: {}
";
    let routing = "\
http:
  routers:
    a: {rule: 'PathPrefix(`/`)', servce: app}
    b: {rule: 'Path(`/`)', service: app, entryPoints: [other]}
  services: {app: {loadBalancer: {servers: {}}}}
";
    let (code, printed) = check(&["check"], install, routing).await;
    assert_eq!(code, 1, "{printed}");
    let places: Vec<&str> = printed.lines().filter(|line| line.contains(": error: ")).collect();
    let wanted = [
        "windrose.yml:1:1: error: hub was removed",
        "windrose.yml:2:1: error: hostResolver is not supported yet; remove it",
        "windrose.yml:4:28: error: unknown field `adress`",
        "windrose.yml:5:10: error: cannot use `5`",
        "windrose.yml:7:1: error: unknown field `entryPointz`",
        "dynamic.yml:3:34: error: unknown field `servce`",
    ];
    assert_eq!(places.len(), wanted.len(), "{printed}");
    for (place, wanted) in places.iter().zip(wanted) {
        // The column of an address differs with its length.
        let (start, end) = wanted.split_once(": error").unwrap();
        let line = start.rsplit_once(':').unwrap().0;
        assert!(place.starts_with(line) && place.contains(end), "{place} is not {wanted}");
    }
}

#[tokio::test]
async fn what_stops_a_start_is_told_in_the_order_of_the_file() {
    let install =
        "entryPoints:\n  web: {address: '${web}'}\nhostResolver: {}\nlog: {format: loud}\nhub: {}\n";
    let settings = Settings { entry_points: &["web"], static_config: install, ..Settings::default() };
    let (_, printed) = Program::spawn(settings).wait(END).await;
    let lines: Vec<&str> = printed.lines().filter(|line| line.contains(": error: ")).collect();
    let rows = ["windrose.yml:3:", "windrose.yml:4:", "windrose.yml:5:"];
    assert_eq!(lines.len(), rows.len(), "{printed}");
    assert!(lines.iter().zip(rows).all(|(line, row)| line.contains(row)), "{printed}");
}
