//! What an entry point says of HTTP/3, and what handshakes are held to.

use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::program::{Program, Settings};

use super::{Bench, configuration, targets};
use crate::gateway::offering;

#[tokio::test]
async fn clients_of_tls_are_told_of_it_and_others_are_not() {
    let server = Server::fixed("hello").await;
    for (options, port) in [("http3: {}", None), ("http3: {advertisedPort: 8443}", Some(8443))] {
        let bench = Bench::with(options, &server.url()).await;
        let port = port.unwrap_or_else(|| bench.gateway.addr().port());
        let told = format!("h3=\":{port}\"; ma=2592000");
        let mut secure = Client::connect_tls(bench.gateway.addr(), &offering(&[]), "a.test").await;
        assert_eq!(secure.get("a.test", "/").await.header("alt-svc"), Some(&*told));
        let mut plain = bench.gateway.client().await;
        assert_eq!(plain.get("a.test", "/").await.header("alt-svc"), None);
    }
}

#[tokio::test]
async fn the_name_in_the_hello_chooses_options_and_requests_are_held_against_them() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let options = "  options:\n    old: {maxVersion: VersionTLS12}\n    other: {minVersion: VersionTLS13}\n";
    let text = configuration(&server.url(), options).replace(
        "  services:\n",
        "    old: {rule: 'Host(`old.test`)', service: app, tls: {options: old}}\n    \
         other: {rule: 'Host(`b.test`)', service: app, tls: {options: other}}\n  services:\n",
    );
    bench.gateway.apply(&text).await;
    assert_eq!(bench.play("get", &["/"]).await["status"], 200);
    assert_eq!(bench.play("get", &["/", "b.test", "b.test"]).await["status"], 200);
    // One connection's options are not those of the other host.
    assert_eq!(bench.play("get", &["/", "b.test", "a.test"]).await["status"], 421);
    // No QUIC without TLS 1.3: the alert is that of a version.
    assert_eq!(bench.play("get", &["/", "old.test", "old.test"]).await["ended"]["code"], 0x100 + 70);
}

#[tokio::test]
async fn sessions_resume_and_nothing_is_taken_early() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("twice", &[]).await;
    assert_eq!(seen["status"], 200, "{seen}");
    assert_eq!(seen["resumed"], true, "{seen}");
    assert!(seen["early"].is_null() || seen["early"] == 0, "{seen}");
}

#[tokio::test]
async fn whoever_offers_another_protocol_is_refused() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("offer", &["hq-interop"]).await;
    assert_eq!(seen["ended"]["code"], 0x100 + 120, "{seen}");
}

#[tokio::test]
async fn a_port_that_others_have_is_an_error_that_names_it() {
    // An address of its own: whatever runs beside this test listens at 127.0.0.1, and the same
    // port of TCP may be taken there.
    let taken = std::net::UdpSocket::bind("127.77.3.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let config = format!("entryPoints: {{web: {{address: '{address}', http3: {{}}}}}}");
    let program = Program::spawn(Settings { static_config: &config, ..Settings::default() });
    let (status, log) = program.wait(super::LIMIT).await;
    assert!(!status.success());
    let expected = format!(
        "entry point web: cannot listen on {address} (UDP, for http3): the port is in use by another program"
    );
    assert!(log.contains(&expected), "{log}");
}

#[tokio::test]
async fn an_entry_point_for_datagrams_cannot_have_it() {
    let config = "entryPoints: {dns: {address: '127.0.0.1:0/udp', http3: {}}}";
    let program = Program::spawn(Settings { static_config: config, ..Settings::default() });
    let (status, log) = program.wait(super::LIMIT).await;
    assert!(!status.success());
    assert!(log.contains("entry point dns: http3 needs an address for TCP"), "{log}");
}
