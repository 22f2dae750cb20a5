//! Stopping: what runs is finished, what is new is sent elsewhere, and nothing takes for ever.

use std::time::{Duration, Instant};

use windrose_kit::peer::h1::{Backend, Client, Conn};
use windrose_kit::program::{Program, Settings, Signal};
use windrose_kit::soon;

use super::{END, STATIC, everything_to, get, get_until, start};

#[tokio::test]
async fn a_request_under_way_is_finished() {
    let backend = Backend::bind().await;
    let mut program = start(&everything_to(&backend.url())).await;
    let mut client = Client::connect(program.entry_point("web")).await;
    client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;

    program.signal(Signal::Terminate);
    program.wait_for_log("draining").await;
    conn.answer("finished").await;
    let answer = client.read_response().await;
    assert_eq!((answer.status(), answer.text().as_str()), (200, "finished"));
    let (status, log) = program.wait(END).await;
    assert_eq!(status.code(), Some(0), "{log}");
}

#[tokio::test]
async fn an_idle_connection_does_not_delay_the_end() {
    let backend = Backend::bind().await;
    let program = start(&everything_to(&backend.url())).await;
    let client = Client::connect(program.entry_point("web")).await;
    program.stop(END).await;
    drop(client);
}

#[tokio::test]
async fn what_takes_too_long_is_cut() {
    let backend = Backend::bind().await;
    let static_config = STATIC
        .replace("address: '${web}'", "address: '${web}', transport: {lifeCycle: {graceTimeOut: 100ms}}");
    let dynamic_config = &everything_to(&backend.url());
    let settings = Settings {
        entry_points: &["web"],
        static_config: &static_config,
        dynamic_config,
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    let mut client = Client::connect(program.entry_point("web")).await;
    client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    let log = program.stop(END).await;
    assert!(log.contains("forced"), "{log}");
}

/// A program with a request under way that may take an hour.
async fn patient() -> (Program, Client, Conn) {
    let backend = Backend::bind().await;
    let static_config =
        STATIC.replace("address: '${web}'", "address: '${web}', transport: {lifeCycle: {graceTimeOut: 1h}}");
    let dynamic_config = &everything_to(&backend.url());
    let settings = Settings {
        entry_points: &["web"],
        static_config: &static_config,
        dynamic_config,
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    let mut client = Client::connect(program.entry_point("web")).await;
    client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    (program, client, conn)
}

#[tokio::test]
async fn another_signal_ends_it_at_once() {
    for (first, second) in [
        (Signal::Terminate, Signal::Interrupt),
        (Signal::Terminate, Signal::Quit),
        (Signal::Interrupt, Signal::Quit),
    ] {
        let (mut program, _client, _conn) = patient().await;
        program.signal(first);
        program.wait_for_log("unready").await;
        program.signal(second);
        let (status, log) = program.wait(END).await;
        assert_eq!(status.code(), Some(1), "{log}");
    }
}

/// `timeout` sends its signal to the program and then to the program's group, so it arrives twice.
#[tokio::test]
async fn the_same_signal_in_quick_succession_is_one() {
    for signal in [Signal::Terminate, Signal::Interrupt] {
        let (mut program, mut client, mut conn) = patient().await;
        program.signal(signal);
        program.wait_for_log("unready").await;
        program.signal(signal);
        program.wait_for_log("draining").await;
        conn.answer("finished").await;
        assert_eq!(client.read_response().await.text(), "finished");
        let (status, log) = program.wait(END).await;
        assert_eq!(status.code(), Some(0), "{log}");
    }
}

#[tokio::test]
async fn the_same_signal_later_ends_it_at_once() {
    let (mut program, mut client, _conn) = patient().await;
    let begun = Instant::now();
    program.signal(Signal::Terminate);
    program.wait_for_log("unready").await;
    let ending = async {
        let mut again = tokio::time::interval(Duration::from_millis(50));
        loop {
            tokio::select! {
                _ = again.tick() => program.signal(Signal::Terminate),
                () = client.expect_gone() => break,
            }
        }
    };
    soon("the end", ending).await;
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    let (status, log) = program.wait(END).await;
    assert_eq!(status.code(), Some(1), "{log}");
}

#[tokio::test]
async fn health_checks_are_told_while_it_still_serves() {
    let static_config = "\
entryPoints:
  web:
    address: '${web}'
    transport: {lifeCycle: {requestAcceptGraceTimeout: 1h}}
ping: {entryPoint: web}
log: {level: INFO, noColor: true}
";
    let settings = Settings { entry_points: &["web"], static_config, ..Settings::default() };
    let program = Program::start(settings).await;
    let web = program.entry_point("web");
    let answer = get(web, "/ping").await;
    assert_eq!((answer.status(), answer.text().as_str()), (200, "OK"));

    program.signal(Signal::Terminate);
    let answer = get_until(web, "/ping", |answer| answer.status() != 200).await;
    assert_eq!((answer.status(), answer.text().as_str()), (503, "Service Unavailable"));
    assert_eq!(answer.header("windrose-stage"), Some("unready"));
    assert_eq!(get(web, "/other").await.status(), 404);
    program.signal(Signal::Interrupt);
    program.wait(END).await;
}
