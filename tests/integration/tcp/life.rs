//! Connections over reloads, and at the end.

use std::time::Duration;

use super::*;

const ALL: &str = "{rule: 'HostSNI(`*`)', service: app, entryPoints: [raw]}";

fn routes(backend: &Backend) -> String {
    tcp(&[("routers.all", ALL.to_owned()), ("services.app", to(backend.addr()))])
}

#[tokio::test]
async fn what_runs_goes_on_over_a_reload_and_what_is_new_goes_elsewhere() {
    let (old, new) = (Backend::bind().await, Backend::bind().await);
    let gateway = start("", &routes(&old)).await;
    let mut client = connect(&gateway).await;
    let mut server = old.accept_wire().await;
    talk(&mut client, &mut server).await;
    gateway.apply(&routes(&new)).await;
    talk(&mut client, &mut server).await;
    talk(&mut connect(&gateway).await, &mut new.accept_wire().await).await;
    // Without a router the entry point is one of HTTP again.
    gateway.apply(&dynamic(&Http::default())).await;
    talk(&mut client, &mut server).await;
    let mut http = windrose_kit::peer::h1::Client::connect(gateway.entry_point("raw")).await;
    assert_eq!(http.get("a.test", "/").await.status(), 404);
}

#[tokio::test]
async fn a_stop_waits_for_connections_and_ends_those_that_do_not_end() {
    let backend = Backend::bind().await;
    let options = "transport: {lifeCycle: {graceTimeOut: 1s}}";
    let gateway = start(options, &routes(&backend)).await;
    let (mut short, mut long) = (connect(&gateway).await, connect(&gateway).await);
    let (mut one, mut other) = (backend.accept_wire().await, backend.accept_wire().await);
    // Which is whose does not matter: each talks to its own.
    short.send("s").await;
    long.send("l").await;
    if one.read_exact(1).await == b"l" {
        std::mem::swap(&mut one, &mut other);
        one.expect("s").await;
    } else {
        other.expect("l").await;
    }
    let mut program = gateway.into_program();
    program.signal(windrose_kit::program::Signal::Terminate);
    program.wait_for_log("draining").await;
    talk(&mut short, &mut one).await;
    short.close().await;
    one.expect_close().await;
    long.expect_gone().await;
    let (status, log) = program.wait(Duration::from_secs(15)).await;
    assert!(status.code().is_some(), "{log}");
}

#[tokio::test]
async fn whoever_does_not_say_what_it_wants_is_closed_in_time() {
    let backend = Backend::bind().await;
    let routes = tcp(&[
        (
            "routers.secure",
            "{rule: 'HostSNI(`a.test`)', service: app, entryPoints: [raw], tls: {}}".to_owned(),
        ),
        ("services.app", to(backend.addr())),
    ]);
    let gateway = start("transport: {respondingTimeouts: {readTimeout: 300ms}}", &routes).await;
    let silent = connect(&gateway).await;
    let (mut half, mut database, mut slow) =
        (connect(&gateway).await, connect(&gateway).await, connect(&gateway).await);
    half.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await;
    database.send([0, 0, 0, 8, 4, 210, 22, 47]).await;
    database.expect("S").await;
    // Bytes one by one do not buy time.
    let trickle = async {
        for byte in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".iter().chain([7; 40].iter()) {
            if slow.try_send([*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("a client that sends byte by byte was waited for");
    };
    trickle.await;
    for mut wire in [silent, half, database] {
        wire.expect_gone().await;
    }
}
