//! What issuers say of certificates, given to clients with the handshake: a scripted responder with answers that
//! OpenSSL made, and OpenSSL as the client.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::interval;
use windrose_kit::peer::h1::Backend;
use windrose_kit::program::{Program, Settings};
use windrose_kit::within;

/// A program with the recorded certificate, whose first responder is replaced.
async fn start(responder: &str) -> Program {
    let static_config = format!(
        "
entryPoints: {{secure: {{address: '${{secure}}', http: {{tls: {{}}}}}}}}
providers: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}
ocsp: {{responderOverrides: {{'http://first.test/ocsp': '{responder}', 'http://second.test': '{responder}'}}}}
log: {{level: DEBUG}}
"
    );
    let text = |pem: &str| pem.trim_end().replace('\n', "\n        ");
    let dynamic_config = format!(
        "
http: {{routers: {{all: {{rule: 'PathPrefix(`/`)', service: noop@internal}}}}}}
tls:
  certificates:
    - certFile: |
        {}
      keyFile: |
        {}
",
        text(include_str!("../../gateway/tls/src/ocsp/recorded/chain.pem")),
        text(include_str!("../../gateway/tls/src/ocsp/recorded/leaf.key")),
    );
    Program::start(Settings {
        entry_points: &["secure"],
        static_config: &static_config,
        dynamic_config: &dynamic_config,
        ..Settings::default()
    })
    .await
}

/// What OpenSSL prints of a handshake in which it asks for the answer.
async fn handshake(address: SocketAddr) -> String {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-status", "-servername", "leaf.test", "-connect", &address.to_string()]);
    let output = openssl.stdin(Stdio::null()).output().await.expect("openssl is installed");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Answers the first question with this.
async fn respond(backend: &Backend, answer: &[u8]) {
    let mut conn = backend.accept().await;
    let request = conn.expect_request().await;
    assert_eq!(
        (request.method(), request.header("content-type")),
        ("POST", Some("application/ocsp-request"))
    );
    assert_eq!(&*request.body, include_bytes!("../../gateway/tls/src/ocsp/recorded/request.der"));
    let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", answer.len()).into_bytes();
    bytes.extend_from_slice(answer);
    conn.into_wire().send(bytes).await;
}

#[tokio::test]
async fn clients_are_given_what_the_issuer_says() {
    let backend = Backend::bind().await;
    let program = start(&backend.url()).await;
    let address = program.entry_point("secure");
    assert!(handshake(address).await.contains("OCSP response: no response sent"));
    respond(&backend, include_bytes!("../../gateway/tls/src/ocsp/recorded/good.der")).await;
    let stapled = async {
        let mut retry = interval(Duration::from_millis(50));
        loop {
            retry.tick().await;
            if handshake(address).await.contains("Cert Status: good") {
                return;
            }
        }
    };
    within(LIMIT, "a stapled answer", stapled).await;
}

#[tokio::test]
async fn an_answer_that_revokes_is_told_and_given_to_nobody() {
    let backend = Backend::bind().await;
    let program = start(&backend.url()).await;
    respond(&backend, include_bytes!("../../gateway/tls/src/ocsp/recorded/revoked.der")).await;
    let told = async {
        let mut retry = interval(Duration::from_millis(50));
        while !program.log().contains("the issuer has revoked the certificate") {
            retry.tick().await;
        }
    };
    within(LIMIT, "a word about it", told).await;
    assert!(handshake(program.entry_point("secure")).await.contains("OCSP response: no response sent"));
}

const LIMIT: Duration = Duration::from_secs(30);
