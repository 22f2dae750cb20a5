//! Bytes both ways, without TLS.

use std::time::Duration;

use super::*;

const ALL: &str = "{rule: 'HostSNI(`*`)', service: app, entryPoints: [raw]}";

#[tokio::test]
async fn bytes_go_both_ways_and_whoever_likes_speaks_first() {
    let backend = Backend::bind().await;
    let routes = tcp(&[("routers.all", ALL.to_owned()), ("services.app", to(backend.addr()))]);
    let gateway = start("", &routes).await;
    let mut client = connect(&gateway).await;
    let mut server = backend.accept_wire().await;
    server.send("220 speaks first\r\n").await;
    client.expect("220 speaks first\r\n").await;
    talk(&mut client, &mut server).await;
    let large = vec![7; 3 << 20];
    let (_, read) = tokio::join!(client.send(&large), server.read_exact(large.len()));
    assert_eq!(read, large);
    client.close().await;
    server.expect_close().await;
}

#[tokio::test]
async fn half_a_connection_lives_as_long_as_it_is_used() {
    let backend = Backend::bind().await;
    let routes = tcp(&[
        ("routers.all", ALL.to_owned()),
        (
            "services.app",
            format!(
                "{{loadBalancer: {{serversTransport: way, servers: [{{address: '{}'}}]}}}}",
                backend.addr()
            ),
        ),
        ("serversTransports.way", "{dialTimeout: 5s}".to_owned()),
    ]);
    let gateway = start("", &routes).await;
    let mut client = connect(&gateway).await;
    let mut server = backend.accept_wire().await;
    client.send("question").await;
    client.half_close().await;
    assert_eq!(server.read_to_end().await, b"question");
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.send("late answer").await;
    server.close().await;
    assert_eq!(client.read_to_end().await, b"late answer");
}

#[tokio::test]
async fn half_a_connection_ends_when_the_transport_says_so() {
    let backend = Backend::bind().await;
    let routes = tcp(&[
        ("routers.all", ALL.to_owned()),
        (
            "services.app",
            format!(
                "{{loadBalancer: {{serversTransport: way, servers: [{{address: '{}'}}]}}}}",
                backend.addr()
            ),
        ),
        ("serversTransports.way", "{terminationDelay: 50ms}".to_owned()),
    ]);
    let gateway = start("", &routes).await;
    let mut client = connect(&gateway).await;
    let mut server = backend.accept_wire().await;
    talk(&mut client, &mut server).await;
    client.half_close().await;
    assert_eq!(server.read_to_end().await, b"");
    client.expect_gone().await;
}

#[tokio::test]
async fn connections_take_turns_by_weight() {
    let (heavy, light) = (Backend::bind().await, Backend::bind().await);
    let routes = tcp(&[
        ("routers.all", ALL.to_owned()),
        ("services.app", "{weighted: {services: [{name: heavy, weight: 2}, {name: light}]}}".to_owned()),
        ("services.heavy", to(heavy.addr())),
        ("services.light", to(light.addr())),
    ]);
    let gateway = start("", &routes).await;
    let (before_heavy, before_light) = (heavy.connections(), light.connections());
    for _ in 0..9 {
        let mut client = connect(&gateway).await;
        let mut server = tokio::select! {
            server = heavy.accept_wire() => server,
            server = light.accept_wire() => server,
        };
        talk(&mut client, &mut server).await;
    }
    let taken = (heavy.connections() - before_heavy, light.connections() - before_light);
    assert_eq!(taken, (6, 3));
}

#[tokio::test]
async fn a_connection_without_a_server_is_closed() {
    let routes =
        tcp(&[("routers.all", ALL.to_owned()), ("services.app", "{loadBalancer: {servers: []}}".to_owned())]);
    let gateway = start("", &routes).await;
    connect(&gateway).await.expect_gone().await;
}
