//! What stands between a route and its service.

use super::*;

#[tokio::test]
async fn who_is_on_no_list_is_closed() {
    let backend = Backend::bind().await;
    let routes = |range: &str| {
        tcp(&[
            (
                "routers.all",
                "{rule: 'HostSNI(`*`)', service: app, entryPoints: [raw], middlewares: [list]}".to_owned(),
            ),
            ("services.app", to(backend.addr())),
            ("middlewares.list", format!("{{ipAllowList: {{sourceRange: [{range}]}}}}")),
        ])
    };
    let gateway = start("", &routes("192.0.2.0/24")).await;
    connect(&gateway).await.expect_gone().await;
    gateway.apply(&routes("127.0.0.1")).await;
    talk(&mut connect(&gateway).await, &mut backend.accept_wire().await).await;
}

#[tokio::test]
async fn a_client_has_only_so_many_connections_also_over_a_reload() {
    let backend = Backend::bind().await;
    let routes = |delay: &str| {
        tcp(&[
            (
                "routers.all",
                "{rule: 'HostSNI(`*`)', service: app, entryPoints: [raw], middlewares: [few]}".to_owned(),
            ),
            (
                "services.app",
                format!(
                    "{{loadBalancer: {{serversTransport: way, servers: [{{address: '{}'}}]}}}}",
                    backend.addr()
                ),
            ),
            ("serversTransports.way", format!("{{terminationDelay: {delay}}}")),
            ("middlewares.few", "{inFlightConn: {amount: 1}}".to_owned()),
        ])
    };
    let gateway = start("", &routes("1s")).await;
    let mut first = connect(&gateway).await;
    let mut server = backend.accept_wire().await;
    talk(&mut first, &mut server).await;
    connect(&gateway).await.expect_gone().await;
    gateway.apply(&routes("2s")).await;
    connect(&gateway).await.expect_gone().await;
    talk(&mut first, &mut server).await;
    first.close().await;
    server.expect_close().await;
    server.close().await;
    // The end of the first is seen by the gateway a moment after it was seen here.
    let next = async {
        loop {
            let mut client = connect(&gateway).await;
            tokio::select! {
                mut server = backend.accept_wire() => return talk(&mut client, &mut server).await,
                _ = client.read_rest() => {}
            }
        }
    };
    windrose_kit::soon("a place for the next connection", next).await;
}
