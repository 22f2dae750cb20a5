//! PostgreSQL, whose clients ask for TLS before they begin it.

use super::*;

const REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

async fn begin(gateway: &Gateway, name: &str) -> std::io::Result<Wire> {
    let mut wire = connect(gateway).await;
    wire.send(REQUEST).await;
    wire.expect("S").await;
    offering(&[]).try_over(wire, name).await
}

fn router(name: &str, tls: &str) -> String {
    format!(
        "{{rule: 'HostSNI(`{name}`)', service: {tls}, entryPoints: [raw], tls: {{passthrough: {}}}}}",
        tls == "through"
    )
}

#[tokio::test]
async fn clients_that_ask_for_tls_first_are_routed_by_its_name() {
    let authority = Authority::new("ca");
    let own = authority.issue(&["through.test"]);
    let (through, ended) = (Backend::bind().await, Backend::bind().await);
    let routes = tcp_and(
        &[("web", "{rule: 'Host(`through.test`)', service: nobody, entryPoints: [raw], tls: {}}")],
        &[
            ("routers.through", router("through.test", "through")),
            ("routers.ended", router("ended.test", "ended")),
            ("services.through", to(through.addr())),
            ("services.ended", to(ended.addr())),
        ],
        "",
    );
    let gateway = start("", &routes).await;
    let acceptor = Acceptor::new(&own, ServerOptions::default());
    // The server is asked in the same words before the handshake reaches it, though HTTP has the same name.
    let server = async {
        let mut wire = through.accept_wire().await;
        wire.expect(REQUEST).await;
        wire.send("S").await;
        acceptor.over(wire).await.unwrap()
    };
    let (client, mut server) = tokio::join!(begin(&gateway, "through.test"), server);
    let mut client = client.unwrap();
    assert_eq!(client.socket().peer_certificate().unwrap(), own.certificate_der());
    talk(&mut client, &mut server).await;
    // Where TLS ends here, the server sees what is inside.
    let mut client = begin(&gateway, "ended.test").await.unwrap();
    talk(&mut client, &mut ended.accept_wire().await).await;
    // Nobody else is for PostgreSQL, HTTP least of all.
    assert!(begin(&gateway, "other.test").await.is_err());
}

#[tokio::test]
async fn a_server_that_does_not_want_tls_ends_the_connection() {
    let backend = Backend::bind().await;
    let routes = tcp(&[
        ("routers.through", router("through.test", "through")),
        ("services.through", to(backend.addr())),
    ]);
    let gateway = start("", &routes).await;
    let server = async {
        let mut wire = backend.accept_wire().await;
        wire.expect(REQUEST).await;
        wire.send("N").await;
        wire.expect_gone().await;
    };
    let (client, ()) = tokio::join!(begin(&gateway, "through.test"), server);
    assert!(client.is_err());
}
