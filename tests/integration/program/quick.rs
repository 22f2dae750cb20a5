//! Running without a configuration.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::peer::tls::{Acceptor, Authority, ServerOptions};
use windrose_kit::port::free_port;
use windrose_kit::program::{Program, Settings};

use super::{END, get};

/// What stands behind `--` is ignored, as is the configuration that the harness passes.
async fn started(arguments: &[&str]) -> Program {
    let settings = Settings { entry_points: &["web"], arguments, static_config: "x", ..Settings::default() };
    Program::start(settings).await
}

#[tokio::test]
async fn one_server_gets_everything() {
    let server = Server::fixed("from the server").await;
    let program = started(&["run", "--to", &server.url(), "--listen", "${web}", "--"]).await;
    let answer = get(program.entry_point("web"), "/any/path").await;
    assert_eq!((answer.status(), answer.text().as_str()), (200, "from the server"));
    let log = program.stop(END).await;
    assert!(log.contains("forwards to http://127.0.0.1"), "{log}");
}

#[tokio::test]
async fn the_demo_answers_with_the_request() {
    let program = started(&["run", "--demo", "--listen=${web}", "--"]).await;
    let web = program.entry_point("web");
    let answer = get(web, "/hello?a=b").await;
    assert_eq!(answer.status(), 200);
    let text = answer.text();
    for expected in ["GET /hello?a=b HTTP/1.1\n", "Host: test\n", "X-Forwarded-For: 127.0.0.1\n"] {
        assert!(text.contains(expected), "no {expected:?} in:\n{text}");
    }
    let log = program.stop(END).await;
    assert!(log.contains(&format!("curl -i http://{web}/hello")), "{log}");
    assert!(log.contains("GET /hello?a=b HTTP/1.1\nHost: test\n"), "the request is not printed: {log}");
}

#[tokio::test]
async fn a_target_that_is_no_url_is_refused() {
    let settings = Settings {
        entry_points: &["web"],
        arguments: &["run", "--to", "ftp://x", "--listen", "${web}", "--"],
        ..Settings::default()
    };
    let (status, printed) = Program::spawn(settings).wait(END).await;
    assert_eq!(status.code(), Some(1), "{printed}");
    assert!(printed.starts_with("error: --to \"ftp://x\": a server URL starts with http://"), "{printed}");
    assert_eq!(printed.lines().count(), 1, "{printed}");
}

#[tokio::test]
async fn a_dead_server_is_told_once_with_what_to_do() {
    let dead = format!("127.0.0.1:{}", free_port());
    let mut program = started(&["run", "--to", &dead, "--listen", "${web}", "--"]).await;
    let web = program.entry_point("web");
    for _ in 0..3 {
        assert_eq!(get(web, "/").await.status(), 502);
    }
    let expected =
        format!("A request was answered 502, as nothing listens on {dead}: start it, or name another");
    program.wait_for_log(&expected).await;
    let log = program.stop(END).await;
    assert_eq!(log.matches("nothing listens on").count(), 1, "{log}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_http2_is_told_with_the_other_scheme() {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let place = server.local_addr().unwrap();
    // To a server of HTTP/1.1 the preface of HTTP/2 is a bad request.
    let refusing = std::thread::spawn(move || {
        let (mut client, _) = server.accept().unwrap();
        let mut preface = [0; 24];
        client.read_exact(&mut preface).unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    let mut program = started(&["run", "--to", &format!("h2c://{place}"), "--listen", "${web}", "--"]).await;
    assert_eq!(get(program.entry_point("web"), "/").await.status(), 502);
    program.wait_for_log(&format!("if it speaks HTTP/1.1, write --to http://{place};")).await;
    let log = program.stop(END).await;
    assert!(!log.contains("--to h2c"), "{log}");
    refusing.join().unwrap();
}

#[tokio::test]
async fn every_host_has_its_server() {
    let (one, two, three) =
        (Server::fixed("one").await, Server::fixed("two").await, Server::fixed("three").await);
    let (first, second) = (format!("a.test={}", one.url()), format!("*.test={}", two.url()));
    let arguments =
        ["run", "--to", &second, "--to", &three.url(), "--to", &first, "--listen", "${web}", "--"];
    let program = started(&arguments).await;
    let mut client = Client::connect(program.entry_point("web")).await;
    for (host, expected) in [("a.test", "one"), ("b.test", "two"), ("a", "three"), ("x.a.test", "three")] {
        assert_eq!(client.get(host, "/").await.text(), expected, "{host}");
    }
}

#[tokio::test]
async fn an_unknown_certificate_is_told_with_the_way_to_trust_it() {
    let authority = Authority::new("unknown");
    let server =
        Server::echo_tls(Acceptor::new(&authority.issue(&["127.0.0.1"]), ServerOptions::default())).await;
    let mut program = started(&["run", "--to", &server.url(), "--listen", "${web}", "--"]).await;
    let web = program.entry_point("web");
    for _ in 0..2 {
        assert_eq!(get(web, "/").await.status(), 500);
    }
    program.wait_for_log("--serversTransport.insecureSkipVerify=true").await;
    let log = program.stop(END).await;
    assert_eq!(log.matches("is not trusted").count(), 1, "{log}");
    let skipping = &[
        "run",
        "--to",
        &server.url(),
        "--serversTransport.insecureSkipVerify=true",
        "--listen",
        "${web}",
        "--",
    ];
    let program = started(skipping).await;
    assert_eq!(get(program.entry_point("web"), "/").await.status(), 200);
}
