//! Servers that are not well get no connections.

use std::time::Duration;

use super::*;
use crate::gateway::until;

#[tokio::test]
async fn a_server_that_does_not_answer_its_check_gets_nothing_until_it_does() {
    let (good, bad) = (Backend::bind().await, Backend::bind().await);
    let service = format!(
        "{{loadBalancer: {{healthCheck: {{send: 'PING', expect: 'PONG', interval: 20ms, timeout: 2s}}, servers: \
         [{{address: '{}'}}, {{address: '{}'}}]}}}}",
        good.addr(),
        bad.addr()
    );
    let routes = tcp(&[
        ("routers.all", "{rule: 'HostSNI(`*`)', service: app, entryPoints: [raw]}".to_owned()),
        ("services.app", service),
    ]);
    let gateway = start("", &routes).await;
    let answer = |backend: Backend, answer: &'static str| async move {
        loop {
            let mut wire = backend.accept_wire().await;
            match &*wire.read_exact(4).await {
                b"PING" => wire.send(answer).await,
                _ => wire.send("data").await,
            }
        }
    };
    let mut servers = tokio::task::JoinSet::new();
    servers.spawn(answer(good, "PONG"));
    servers.spawn(answer(bad, "FAIL"));
    until("the check", || gateway.log().contains("health check failed")).await;
    for _ in 0..6 {
        let mut client = connect(&gateway).await;
        client.send("data").await;
        client.expect("data").await;
    }
    let log = gateway.log();
    assert_eq!(log.matches("health check failed").count(), 1, "{log}");
}

#[tokio::test]
async fn checks_end_with_their_service_also_while_its_connections_go_on() {
    let (checked, other) = (Backend::bind().await, Backend::bind().await);
    let routes = |service: String| {
        tcp(&[
            ("routers.all", "{rule: 'HostSNI(`*`)', service: app, entryPoints: [raw]}".to_owned()),
            ("services.app", service),
        ])
    };
    let address = checked.addr();
    let service = format!(
        "{{loadBalancer: {{healthCheck: {{interval: 20ms, timeout: 1s}}, servers: [{{address: '{address}'}}]}}}}"
    );
    let gateway = start("", &routes(service)).await;
    let mut client = connect(&gateway).await;
    client.send("mine").await;
    // Checks connect and say nothing; whoever speaks is the client.
    let mut server = loop {
        let mut wire = checked.accept_wire().await;
        if tokio::time::timeout(Duration::from_millis(300), wire.read_rest()).await.is_err() {
            wire.expect("mine").await;
            break wire;
        }
    };
    gateway.apply(&routes(to(other.addr()))).await;
    let seen = async {
        let mut before = usize::MAX;
        while before != checked.connections() {
            before = checked.connections();
            // Ten times as long as between two checks.
            let waited = tokio::time::timeout(Duration::from_millis(200), checked.accept_wire()).await;
            drop(waited);
        }
    };
    windrose_kit::soon("the end of the checks", seen).await;
    talk(&mut client, &mut server).await;
}
