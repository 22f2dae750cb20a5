//! Who gets a connection where HTTP and TCP share an entry point.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use windrose_kit::peer::h1::Client;

use super::*;

/// Who got a connection.
#[derive(Debug, PartialEq, Eq)]
enum Got {
    /// A router of HTTP answered with this.
    Http(u16),
    /// A server of TCP, by its own first words.
    Tcp(String),
    /// Nobody.
    Closed,
}

/// A server that says its name and closes.
struct Named {
    address: SocketAddr,
    _task: JoinSet<()>,
}

async fn named(name: &'static str) -> Named {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let _ = tcp.read(&mut [0; 1024]).await;
            let _ = tcp.write_all(name.as_bytes()).await;
        }
    });
    Named { address, _task: task }
}

async fn ask(wire: Wire, host: &str) -> Got {
    let mut client = Client::over(wire);
    let _ = client.try_send(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
    let answer = String::from_utf8_lossy(&client.read_rest().await).into_owned();
    match answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)) {
        Some(status) => Got::Http(status.parse().unwrap()),
        None if answer.is_empty() => Got::Closed,
        None => Got::Tcp(answer),
    }
}

async fn by_tls(gateway: &Gateway, host: &str) -> Got {
    match offering(&[]).try_connect(gateway.entry_point("raw"), host).await {
        Ok(wire) => ask(wire, host).await,
        Err(_) => Got::Closed,
    }
}

async fn plain(gateway: &Gateway, host: &str) -> Got {
    ask(connect(gateway).await, host).await
}

const HTTP_HOST: (&str, &str) =
    ("host", "{rule: 'Host(`a.test`)', service: nobody, entryPoints: [raw], tls: {}}");
const HTTP_OPEN: (&str, &str) =
    ("open", "{rule: 'PathPrefix(`/`)', service: nobody, entryPoints: [raw], tls: {}}");
const HTTP_PLAIN: (&str, &str) = ("plain", "{rule: 'PathPrefix(`/`)', service: nobody, entryPoints: [raw]}");

fn router(rule: &str, service: &str, tls: &str) -> String {
    format!("{{rule: '{rule}', service: {service}, entryPoints: [raw]{tls}}}")
}

#[tokio::test]
async fn the_order_is_that_of_traefik() {
    let (specific, all, clear) = (named("specific").await, named("all").await, named("clear").await);
    let services = [
        ("services.specific", to(specific.address)),
        ("services.all", to(all.address)),
        ("services.clear", to(clear.address)),
    ];
    let tls = ", tls: {}";
    let with = |routers: &[(&'static str, String)]| [routers, &services[..]].concat();
    let named_twice = with(&[
        ("routers.a", router("HostSNI(`a.test`)", "specific", tls)),
        ("routers.b", router("HostSNI(`b.test`)", "specific", tls)),
        ("routers.all", router("HostSNI(`*`)", "all", tls)),
    ]);
    let gateway = start("", &tcp_and(&[HTTP_HOST], &named_twice, "")).await;
    assert_eq!(by_tls(&gateway, "a.test").await, Got::Http(503), "a router of HTTP names the host");
    assert_eq!(by_tls(&gateway, "b.test").await, Got::Tcp("specific".to_owned()));
    assert_eq!(by_tls(&gateway, "c.test").await, Got::Tcp("all".to_owned()));
    assert_eq!(plain(&gateway, "a.test").await, Got::Http(404), "nothing is there without TLS");

    gateway.apply(&tcp_and(&[HTTP_HOST, HTTP_OPEN], &named_twice, "")).await;
    assert_eq!(by_tls(&gateway, "b.test").await, Got::Tcp("specific".to_owned()));
    assert_eq!(
        by_tls(&gateway, "c.test").await,
        Got::Http(503),
        "HTTP for any host goes before TCP for everybody"
    );

    let only_specific = with(&[("routers.b", router("HostSNI(`b.test`)", "specific", tls))]);
    gateway.apply(&tcp_and(&[HTTP_PLAIN], &only_specific, "")).await;
    assert_eq!(by_tls(&gateway, "c.test").await, Got::Http(404), "nobody is for it");
    assert_eq!(plain(&gateway, "b.test").await, Got::Http(503));

    let clear_text = with(&[("routers.clear", router("HostSNI(`*`)", "clear", ""))]);
    gateway.apply(&tcp_and(&[HTTP_PLAIN], &clear_text, "")).await;
    assert_eq!(plain(&gateway, "a.test").await, Got::Tcp("clear".to_owned()), "it hides HTTP");
    gateway.apply(&tcp_and(&[HTTP_PLAIN, HTTP_HOST], &clear_text, "")).await;
    assert_eq!(plain(&gateway, "a.test").await, Got::Tcp("clear".to_owned()));
    assert_eq!(by_tls(&gateway, "a.test").await, Got::Http(503), "TLS is not for it");

    let elsewhere = with(&[("routers.far", router("HostSNI(`*`) && ClientIP(`192.0.2.1`)", "clear", ""))]);
    gateway.apply(&tcp_and(&[HTTP_PLAIN], &elsewhere, "")).await;
    assert_eq!(plain(&gateway, "a.test").await, Got::Http(503), "who is not meant goes to HTTP");
}

#[tokio::test]
async fn a_router_that_cannot_be_used_keeps_its_place_closed() {
    let (specific, all) = (named("specific").await, named("all").await);
    let services = [("services.specific", to(specific.address)), ("services.all", to(all.address))];
    let everybody = ("routers.all", router("HostSNI(`*`)", "all", ", tls: {}"));
    let good = router("HostSNI(`a.test`)", "specific", ", tls: {}");
    let with = |broken: String| {
        let lines = [&[("routers.a", broken), everybody.clone()][..], &services[..]].concat();
        tcp_and(&[HTTP_OPEN], &lines, "")
    };
    let gateway = start("", &with(good)).await;
    assert_eq!(by_tls(&gateway, "a.test").await, Got::Tcp("specific".to_owned()));
    for broken in [
        router("HostSNI(`a.test`)", "gone", ", tls: {}"),
        router("HostSNI(`a.test`)", "specific", ", tls: {options: gone}"),
        router("HostSNI(`a.test`)", "specific", ", tls: {}, middlewares: [gone]"),
        router("HostSNI(`a.test`)", "specific", ", tls: {passthruogh: true}"),
        router("HostSNI(`a.test`)", "specific", ", tls: {}, priority: 9223372036854775807"),
        router("HostSNI(`a.test`)", "specific", ""),
    ] {
        gateway.apply(&with(broken.clone())).await;
        assert_eq!(by_tls(&gateway, "a.test").await, Got::Closed, "{broken}");
        assert_eq!(by_tls(&gateway, "b.test").await, Got::Http(503), "{broken}");
    }
}
