//! TLS that goes through, ends here, or begins here.

use super::*;

/// A server's own certificate, and the gateway's.
struct Names {
    authority: Authority,
    own: Identity,
    ours: Identity,
}

impl Names {
    fn new() -> Self {
        let authority = Authority::new("ca");
        let (own, ours) = (authority.issue(&["own.test"]), authority.issue(&["ours.test"]));
        Self { authority, own, ours }
    }

    async fn start(&self, lines: &[(&str, String)]) -> Gateway {
        let more = "tls: {certificates: [{certFile: '${dir}/ours.pem', keyFile: '${dir}/ours.key'}]}\n";
        let files = [
            ("ours.pem", self.ours.certificate_pem().to_owned()),
            ("ours.key", self.ours.key_pem()),
            ("ca.pem", self.authority.pem()),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let raw = [("raw", "{address: '${raw}'}")];
        let dynamic = tcp_and(&[], lines, more);
        Gateway::start(Setup { entry_points: &raw, dynamic: &dynamic, files: &files, ..Setup::default() })
            .await
    }
}

async fn shake(gateway: &Gateway, connector: &Connector, name: &str) -> Wire {
    connector.connect(gateway.entry_point("raw"), name).await
}

#[tokio::test]
async fn tls_goes_through_to_the_server_that_the_name_means() {
    let names = Names::new();
    let backend =
        Backend::bind_tls(Acceptor::new(&names.own, ServerOptions { alpn: &["mine"], clients: None })).await;
    let gateway = names
        .start(&[
            (
                "routers.own",
                "{rule: 'HostSNI(`own.test`)', service: app, entryPoints: [raw], tls: {passthrough: true}}"
                    .to_owned(),
            ),
            ("services.app", to(backend.addr())),
        ])
        .await;
    let connector = offering(&["mine"]);
    let (mut client, mut server) =
        tokio::join!(shake(&gateway, &connector, "own.test"), backend.accept_wire());
    assert_eq!(client.socket().peer_certificate().unwrap(), names.own.certificate_der());
    assert_eq!(client.socket().alpn().as_deref(), Some("mine"));
    talk(&mut client, &mut server).await;
    client.close().await;
    server.expect_close().await;
}

#[tokio::test]
async fn tls_ends_here_with_the_certificate_of_the_name() {
    let names = Names::new();
    let backend = Backend::bind().await;
    let gateway = names
        .start(&[
            (
                "routers.ours",
                "{rule: 'HostSNI(`ours.test`)', service: app, entryPoints: [raw], tls: {}}".to_owned(),
            ),
            ("services.app", to(backend.addr())),
        ])
        .await;
    let connector = offering(&[]);
    let mut client = shake(&gateway, &connector, "ours.test").await;
    assert_eq!(client.socket().peer_certificate().unwrap(), names.ours.certificate_der());
    let mut server = backend.accept_wire().await;
    talk(&mut client, &mut server).await;
    // The end of one direction is passed on alone.
    client.half_close().await;
    server.read_to_end().await;
    server.send("last words").await;
    client.expect("last words").await;
}

#[tokio::test]
async fn the_way_to_a_server_may_be_tls_whoever_began() {
    let names = Names::new();
    let backend = Backend::bind_tls(Acceptor::new(&names.own, ServerOptions::default())).await;
    let service = |transport: &str| {
        let address = backend.addr();
        format!(
            "{{loadBalancer: {{serversTransport: {transport}, servers: [{{address: '{address}', tls: true}}]}}}}"
        )
    };
    let gateway = names
        .start(&[
            (
                "routers.ours",
                "{rule: 'HostSNI(`ours.test`)', service: app, entryPoints: [raw], tls: {}}".to_owned(),
            ),
            (
                "routers.doubted",
                "{rule: 'HostSNI(`doubted.test`)', service: doubted, entryPoints: [raw], tls: {}}".to_owned(),
            ),
            ("services.app", service("way")),
            ("services.doubted", service("doubting")),
            ("serversTransports.way", "{tls: {serverName: own.test, rootCAs: ['${dir}/ca.pem']}}".to_owned()),
            (
                "serversTransports.doubting",
                "{tls: {serverName: other.test, rootCAs: ['${dir}/ca.pem']}}".to_owned(),
            ),
        ])
        .await;
    let connector = offering(&[]);
    let mut client = shake(&gateway, &connector, "ours.test").await;
    let mut server = backend.accept_wire().await;
    assert_eq!(server.socket().server_name().as_deref(), Some("own.test"));
    talk(&mut client, &mut server).await;
    // A server that cannot prove its name gets nothing.
    let mut refused = shake(&gateway, &connector, "doubted.test").await;
    let _ = refused.try_send("secret").await;
    tokio::select! {
        _ = backend.accept_wire() => panic!("it was believed"),
        () = refused.expect_gone() => {}
    }
}

#[tokio::test]
async fn protocols_that_a_client_offers_choose_a_route() {
    let names = Names::new();
    let (one, other) = (Backend::bind().await, Backend::bind().await);
    let gateway = names
        .start(&[
            ("routers.mine", "{rule: 'HostSNI(`ours.test`) && ALPN(`mine`)', service: one, entryPoints: [raw], tls: {options: mine}}".to_owned()),
            ("routers.rest", "{rule: 'HostSNI(`ours.test`)', service: other, entryPoints: [raw], tls: {}}".to_owned()),
            ("services.one", to(one.addr())),
            ("services.other", to(other.addr())),
        ])
        .await;
    gateway
        .apply(&tcp_and(
            &[],
            &[
                ("routers.mine", "{rule: 'HostSNI(`ours.test`) && ALPN(`mine`)', service: one, entryPoints: [raw], tls: {options: mine}}".to_owned()),
                ("routers.rest", "{rule: 'HostSNI(`ours.test`)', service: other, entryPoints: [raw], tls: {}}".to_owned()),
                ("services.one", to(one.addr())),
                ("services.other", to(other.addr())),
            ],
            "tls: {options: {mine: {alpnProtocols: [mine]}}}\n",
        ))
        .await;
    let mut client = shake(&gateway, &offering(&["mine"]), "ours.test").await;
    assert_eq!(client.socket().alpn().as_deref(), Some("mine"));
    talk(&mut client, &mut one.accept_wire().await).await;
    let mut client = shake(&gateway, &offering(&["h2"]), "ours.test").await;
    talk(&mut client, &mut other.accept_wire().await).await;
}
