//! Connections that live on while something changes: their address, the configuration, the gateway's own stage.

use std::time::Duration;

use windrose_kit::peer::h1::Backend;
use windrose_kit::program::Signal;

use super::{Bench, configuration, targets};

#[tokio::test]
async fn a_client_that_changes_its_port_goes_on() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("migrate", &["3"]).await;
    assert_eq!(seen["bodies"], serde_json::json!(["/0", "/1", "/2", "/3"]), "{seen}");
}

#[tokio::test]
async fn whichever_worker_hears_of_a_client_after_its_change_it_goes_on() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("rebind", &["20"]).await;
    assert_eq!(seen["right"], 20, "{seen}");
}

#[tokio::test]
async fn a_connection_survives_a_reload_and_sees_it() {
    let (first, second) = (targets().await, super::answering(|_| b"second".to_vec()).await);
    let bench = Bench::to(&first.url()).await;
    let mut peer = bench.begin("stay", &[]).await;
    assert_eq!(peer.tell("ask /before").await["body"], "/before");

    // Another certificate as well: new handshakes see it, this connection has no need to.
    let other = bench.authority.issue(&["a.test", "c.test"]);
    bench.gateway.folder().write("a.pem", other.certificate_pem());
    bench.gateway.folder().write("a.key", other.key_pem());
    bench.gateway.apply(&configuration(&second.url(), "")).await;
    assert_eq!(peer.tell("ask /after").await["body"], "second");
    let fresh = bench.play("get", &[]).await;
    assert_eq!(fresh["names"], serde_json::json!(["a.test", "c.test"]), "{fresh}");
}

#[tokio::test]
async fn what_runs_at_a_stop_gets_its_whole_answer() {
    let backend = Backend::bind().await;
    let bench = Bench::to(&backend.url()).await;
    let mut peer = bench.begin("stay", &[]).await;
    let server = async {
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst").await;
        conn
    };
    let (begun, mut conn) = tokio::join!(peer.tell("begin /"), server);
    assert_eq!(begun["status"], 200, "{begun}");
    let Bench { gateway, .. } = bench;
    let mut program = gateway.into_program();
    program.signal(Signal::Terminate);
    program.wait_for_log("draining").await;
    conn.send("later").await;
    let whole = peer.tell("finish").await;
    assert_eq!(
        (&whole["body"], &whole["reset"]),
        (&"firstlater".into(), &serde_json::Value::Null),
        "{whole}"
    );
    assert_eq!(peer.tell("end").await["ended"]["code"], 0x100);
    let (status, log) = program.wait(Duration::from_secs(15)).await;
    assert!(status.success(), "{log}");
}

#[tokio::test]
async fn a_connection_that_waits_is_told_of_a_stop_and_holds_nothing_up() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let mut peer = bench.begin("stay", &[]).await;
    assert_eq!(peer.tell("ask /").await["status"], 200);
    let Bench { gateway, .. } = bench;
    let program = gateway.into_program();
    program.signal(Signal::Terminate);
    assert_eq!(peer.tell("end").await["ended"]["code"], 0x100);
    let (status, log) = program.wait(Duration::from_secs(5)).await;
    assert!(status.success(), "{log}");
}
