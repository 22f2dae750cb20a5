//! Bounded: what was replaced is freed once nobody uses it.

use std::sync::{Arc, Weak};

use windrose_engine::snapshot::Snapshot;
use windrose_kit::gateway::Gateway;
use windrose_kit::peer::h1::{Backend, Client};

use super::gateway;
use crate::until;

fn to(url: &str, stamp: usize) -> String {
    format!(
        "http:\n  routers: {{all: {{rule: 'PathPrefix(`/`)', service: app, middlewares: [stamp]}}}}\n  \
         middlewares: {{stamp: {{headers: {{customRequestHeaders: {{X-Stamp: '{stamp}'}}}}}}}}\n  \
         services: {{app: {{loadBalancer: {{servers: [{{url: '{url}/{stamp}', preservePath: true}}]}}}}}}"
    )
}

/// Publishes so many configurations, each with a server of its own, and gives their snapshots.
async fn publish(gateway: &Gateway, url: &str, stamps: std::ops::Range<usize>) -> Vec<Weak<Snapshot>> {
    let mut snapshots = Vec::new();
    for stamp in stamps {
        gateway.publish("test", &to(url, stamp)).await;
        snapshots.push(Arc::downgrade(&gateway.current().load()));
    }
    snapshots
}

fn alive(snapshots: &[Weak<Snapshot>]) -> usize {
    snapshots.iter().filter(|snapshot| snapshot.strong_count() > 0).count()
}

#[tokio::test]
async fn old_snapshots_are_freed() {
    let backend = Backend::bind().await;
    let gateway = gateway(2);
    let mut snapshots = publish(&gateway, &backend.url(), 0..1).await;
    // A request that is not answered, and connections that say nothing more.
    let mut client = Client::connect(gateway.address("web")).await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    assert_eq!(conn.expect_request().await.header("x-stamp"), Some("0"));
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(Client::connect(gateway.address("web")).await);
    }
    snapshots.extend(publish(&gateway, &backend.url(), 1..RELOADS).await);
    // The newest, that of the request, and what each worker saw last.
    let (in_use, left) = (gateway.current().collect(), alive(&snapshots));
    assert!(in_use <= 3 && left <= 4, "{in_use} in use, {left} alive");
    assert!(gateway.live().endpoints() < ENDPOINTS, "{} servers are remembered", gateway.live().endpoints());
    // Workers let go of what they saw without being asked for anything.
    until("only the request holds one", || gateway.current().collect() == 1).await;
    assert!(snapshots[0].strong_count() > 0);
    conn.answer("at last").await;
    assert_eq!(client.read_response().await.text(), "at last");
    until("quiet", || gateway.current().collect() == 0).await;
    assert_eq!(alive(&snapshots), 1, "only the newest is alive");
    drop(idle);
    assert!(gateway.stop().await);
    assert_eq!(alive(&snapshots), 0, "something holds a snapshot after the end");
}

#[tokio::test]
async fn an_answer_that_is_still_on_its_way_holds_no_snapshot() {
    let backend = Backend::bind().await;
    let gateway = gateway(1);
    let snapshots = publish(&gateway, &backend.url(), 0..1).await;
    let mut client = Client::connect(gateway.address("web")).await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").await;
    client.read_until("half").await;
    publish(&gateway, &backend.url(), 1..2).await;
    until("quiet", || gateway.current().collect() == 0 && alive(&snapshots) == 0).await;
    conn.send(" way!").await;
    client.expect(" way!").await;
}

#[tokio::test]
async fn a_gateway_without_clients_frees_old_snapshots_too() {
    let gateway = gateway(2);
    let snapshots = publish(&gateway, "http://127.0.0.1:9", 0..RELOADS).await;
    until("quiet", || gateway.current().collect() == 0).await;
    assert_eq!(alive(&snapshots), 1);
}

const RELOADS: usize = 150;
/// Servers that are gone are forgotten now and then only.
const ENDPOINTS: usize = 80;
