use std::net::{Ipv4Addr, TcpListener};
use std::thread::{JoinHandle, spawn};

use super::*;
use crate::configuration::from_flags;

fn target(flags: &[&str]) -> Result<String, String> {
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let settings = from_flags(&flags).unwrap().loaded.config;
    Target::of(&settings).map(|target| target.url()).map_err(|unwell| unwell.to_string())
}

#[test]
fn the_target_is_the_entry_point_of_ping() {
    let url = |url: &str| Ok(url.to_owned());
    assert_eq!(target(&["--ping"]), url("http://127.0.0.1:8080/ping"));
    assert_eq!(target(&["--ping", "--entryPoints.traefik.address=:9"]), url("http://127.0.0.1:9/ping"));
    let web = ["--ping.entryPoint=web", "--entryPoints.web.address=[::1]:9/tcp"];
    assert_eq!(target(&web), url("http://[::1]:9/ping"));
    assert_eq!(target(&[]), Err("please enable `ping` to use health check".to_owned()));
    let missing = target(&["--ping.entryPoint=web", "--ping.manualRouting", "--entryPoints.x.address=:9"]);
    assert!(missing.unwrap_err().contains("missing entry point web"));
}

fn answering(answer: &'static str) -> (Target, JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut piece = [0; 256];
        while !request.ends_with(b"\r\n\r\n") {
            let length = stream.read(&mut piece).unwrap();
            request.extend_from_slice(&piece[..length]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    (Target { host: "127.0.0.1".to_owned(), port }, server)
}

fn asked(answer: &'static str) -> Result<(), String> {
    let (target, server) = answering(answer);
    let outcome = target.ask(PATIENCE).map_err(|unwell| unwell.to_string());
    assert!(server.join().unwrap().starts_with("HEAD /ping HTTP/1.1\r\nHost: 127.0.0.1:"));
    outcome
}

#[test]
fn only_200_is_well() {
    assert_eq!(asked("HTTP/1.1 200 OK\r\n\r\n"), Ok(()));
    let bad = |status: &str| Err(format!("Bad healthcheck status: {status}"));
    assert_eq!(asked("HTTP/1.1 503 Service Unavailable\r\n\r\n"), bad("503 Service Unavailable"));
    assert_eq!(asked("HTTP/1.1 2000\r\n\r\n"), bad("2000"));
}

#[test]
fn who_says_nothing_is_not_well() {
    assert!(asked("").unwrap_err().starts_with("Error calling healthcheck: "));
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let gone = Target { host: "127.0.0.1".to_owned(), port };
    assert!(gone.ask(PATIENCE).unwrap_err().to_string().starts_with("Error calling healthcheck: "));
}
