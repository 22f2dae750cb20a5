//! TLS options that change while connections are open: a request is served only on a connection that was accepted with
//! the options its host has now.

use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::peer::h2;
use windrose_kit::peer::tls::{ClientOptions, Connector, ServerNameUse};

use crate::gateway::{Gateway, Http, Setup, dynamic, offering};

/// `own.test` has options of its own, `a.test` and every other name the default ones.
fn configuration(url: &str, options: &str) -> String {
    dynamic(&Http {
        routers: &[
            ("own", "{rule: 'Host(`own.test`)', service: app, tls: {options: own}}"),
            ("plain", "{rule: 'Host(`a.test`)', service: app, tls: {}}"),
            ("rest", "{rule: 'PathPrefix(`/`)', priority: 1, service: app, tls: {}}"),
        ],
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        transports: &[],
        more: &format!("tls:\n  options: {{{options}}}\n"),
    })
}

fn nameless(alpn: &[&str]) -> Connector {
    let server_name = ServerNameUse::Withheld;
    Connector::new(ClientOptions { server_name, alpn, ..ClientOptions::default() })
}

/// Connections of every kind: the name they were made for, and the host they ask for.
struct Open {
    h1: Vec<(&'static str, Client)>,
    h2: Vec<(&'static str, h2::Client)>,
}

impl Open {
    async fn connect(gateway: &Gateway) -> Self {
        let (mut h1, mut h2) = (Vec::new(), Vec::new());
        for (name, host) in
            [("own.test", "own.test"), ("a.test", "a.test"), ("other.test", "other.test"), ("", "a.test")]
        {
            let way = |alpn: &[&str]| if name.is_empty() { nameless(alpn) } else { offering(alpn) };
            let sent = if name.is_empty() { host } else { name };
            h1.push((host, Client::connect_tls(gateway.addr(), &way(&[]), sent).await));
            h2.push((host, h2::Client::connect_tls(gateway.addr(), &way(&["h2"]), sent).await));
        }
        Self { h1, h2 }
    }

    /// What each answers: first by HTTP/1.1, then by HTTP/2.
    async fn statuses(&mut self) -> Vec<u16> {
        let mut statuses = Vec::new();
        for (host, client) in &mut self.h1 {
            statuses.push(client.get(host, "/").await.status());
        }
        for (host, client) in &mut self.h2 {
            statuses.push(client.get(&format!("https://{host}/")).await.status);
        }
        statuses
    }
}

async fn started(server: &Server, options: &str) -> Gateway {
    Gateway::start(Setup { dynamic: &configuration(&server.url(), options), ..Setup::default() }).await
}

const OWN: &str = "own: {minVersion: VersionTLS12}";

#[tokio::test]
async fn tightened_options_hold_on_open_connections_too() {
    let server = Server::fixed("hello").await;
    let gateway = started(&server, OWN).await;
    let mut open = Open::connect(&gateway).await;
    assert_eq!(open.statuses().await, [200; 8]);

    gateway.apply(&configuration(&server.url(), "own: {minVersion: VersionTLS13}")).await;
    assert_eq!(open.statuses().await, [421, 200, 200, 200, 421, 200, 200, 200]);
    let mut fresh = Open::connect(&gateway).await;
    assert_eq!(fresh.statuses().await, [200; 8], "who connects anew is served");
}

#[tokio::test]
async fn hosts_without_options_of_their_own_follow_the_default_ones() {
    let server = Server::fixed("hello").await;
    let gateway = started(&server, OWN).await;
    let mut open = Open::connect(&gateway).await;
    assert_eq!(open.statuses().await, [200; 8]);

    let options = format!("{OWN}, default: {{minVersion: VersionTLS13}}");
    gateway.apply(&configuration(&server.url(), &options)).await;
    assert_eq!(open.statuses().await, [200, 421, 421, 421, 200, 421, 421, 421]);
}

#[tokio::test]
async fn a_connection_that_is_of_no_more_use_ends_with_the_answer() {
    let server = Server::fixed("hello").await;
    let gateway = started(&server, OWN).await;
    let mut old = Client::connect_tls(gateway.addr(), &offering(&[]), "own.test").await;
    let mut old2 = h2::Client::connect_tls(gateway.addr(), &offering(&["h2"]), "own.test").await;
    let mut other = Client::connect_tls(gateway.addr(), &offering(&[]), "a.test").await;
    gateway.apply(&configuration(&server.url(), "own: {minVersion: VersionTLS13}")).await;

    let response = old.get("own.test", "/").await;
    assert_eq!((response.status(), response.header("connection")), (421, Some("close")));
    old.expect_close().await;
    assert_eq!(old2.get("https://own.test/").await.status, 421);
    // How it ends depends on what the client has still to say when the gateway closes.
    let _ended = old2.closed().await;

    // One that was made for another host goes on.
    let response = other.get("own.test", "/").await;
    assert_eq!((response.status(), response.header("connection")), (421, None));
    assert_eq!(other.get("a.test", "/").await.status(), 200);
}

#[tokio::test]
async fn what_does_not_change_a_hosts_options_disturbs_no_connection() {
    let server = Server::fixed("hello").await;
    let gateway = started(&server, &format!("{OWN}, unrelated: {{minVersion: VersionTLS12}}")).await;
    let mut open = Open::connect(&gateway).await;
    assert_eq!(open.statuses().await, [200; 8]);
    for options in [
        // Another set.
        "own: {minVersion: VersionTLS12}, unrelated: {minVersion: VersionTLS13}",
        // The same, in another order and spelling, and what is the default anyway.
        "unrelated: {}, own: {minVersion: 'VersionTLS12', sniStrict: false}",
        "own: {maxVersion: VersionTLS13, minVersion: VersionTLS12}",
        "own: {}",
        "own: {}, default: {}",
        OWN,
    ] {
        gateway.apply(&configuration(&server.url(), options)).await;
        assert_eq!(open.statuses().await, [200; 8], "{options}");
    }
}
