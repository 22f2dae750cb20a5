//! Proofs by DNS: through a program, a server of the operator's, and a DNS server that takes signed updates.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Child;
use tokio::time::interval;
use windrose_kit::peer::h1::{Backend, Client, Message};
use windrose_kit::port::free_port;
use windrose_kit::soon;
use windrose_kit::temp::TempDir;

use super::authority::{Pebble, command};
use super::{holds, install, obtained, ports, start_with};

/// Routers that want a wildcard and the name above it: two texts of one name.
fn routes(domain: &str) -> String {
    format!(
        "http: {{routers: {{r: {{rule: 'Host(`x.{domain}`)', service: noop@internal, entryPoints: [secure],
        tls: {{certResolver: le, domains: [{{main: {domain}, sans: ['*.{domain}']}}]}}}}}}}}"
    )
}

#[tokio::test]
async fn a_program_puts_records_in_place_one_after_the_other() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let management = pebble.dns_management();
    let script = format!(
        r#"#!/bin/sh
echo "$1 $2" >> "$0.log"
case $1 in
present) curl -sf -d "{{\"host\": \"$2\", \"value\": \"$3\"}}" http://{management}/set-txt ;;
cleanup) curl -sf -d "{{\"host\": \"$2\"}}" http://{management}/clear-txt ;;
esac
"#
    );
    let path = pebble.folder().write("hook.sh", script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = path.display().to_string();
    let more = "keyType: EC256, dnsChallenge: {provider: exec, propagation: {disableChecks: true}}";
    let environment =
        [("EXEC_PATH", &*program), ("EXEC_SEQUENCE_INTERVAL", "0"), ("LEGO_DISABLE_CNAME_SUPPORT", "true")];
    let gateway = start_with(&install(&pebble, more), &routes("dns.test"), ports, &environment).await;
    assert!(holds(&obtained(&gateway, "secure", "x.dns.test").await, b"*.dns.test"));
    let called = std::fs::read_to_string(format!("{program}.log")).unwrap();
    let one = "present _acme-challenge.dns.test.\ncleanup _acme-challenge.dns.test.\n";
    assert_eq!(called, one.repeat(2));
}

#[tokio::test]
async fn a_server_of_the_operators_puts_records_in_place() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let backend = Backend::bind().await;
    let endpoint = format!("{}/hook", backend.url());
    let file = pebble.folder().write("password", "secret\n").display().to_string();
    let environment = [
        ("HTTPREQ_ENDPOINT", &*endpoint),
        ("HTTPREQ_USERNAME", "me"),
        ("HTTPREQ_PASSWORD_FILE", &file),
        ("LEGO_DISABLE_CNAME_SUPPORT", "true"),
    ];
    let more = "keyType: EC256, dnsChallenge: {provider: httpreq, disablePropagationCheck: true}";
    let serving = serve_hook(&backend, &pebble);
    let asking = async {
        let gateway = start_with(&install(&pebble, more), &routes("dns.test"), ports, &environment).await;
        obtained(&gateway, "secure", "x.dns.test").await;
    };
    tokio::select! {
        () = serving => {}
        () = asking => {}
    }
}

/// Passes what it is asked on to the authority's DNS server; texts of one name stand beside each other.
async fn serve_hook(backend: &Backend, pebble: &Pebble) {
    loop {
        let mut client = backend.accept().await;
        let request = client.expect_request().await;
        assert_eq!(request.header("authorization"), Some("Basic bWU6c2VjcmV0"));
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let (path, what) = match request.target() {
            "/hook/present" => ("/set-txt", json!({"host": body["fqdn"], "value": body["value"]})),
            "/hook/cleanup" => ("/clear-txt", json!({"host": body["fqdn"]})),
            other => panic!("{other}"),
        };
        post(pebble, path, &what).await;
        client.answer("").await;
    }
}

async fn post(pebble: &Pebble, path: &str, what: &Value) -> Message {
    let body = what.to_string();
    let mut client = Client::connect(pebble.dns_management()).await;
    let length = body.len();
    client.send(format!("POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: {length}\r\n\r\n{body}")).await;
    client.read_response().await
}

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// BIND with one zone that a key may change.
async fn bind(folder: &TempDir, port: u16, algorithm: &str) -> Child {
    let zone = "$TTL 5\n@ SOA localhost. root.localhost. 1 60 60 60 5\n@ NS localhost.\nx A 127.0.0.1\n";
    folder.write("zone", zone);
    let config = format!(
        r#"options {{ directory "{0}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
pid-file none; session-keyfile "{0}/session.key"; managed-keys-directory "{0}"; lock-file none;
recursion no; dnssec-validation no; }};
controls {{ }};
key "acme" {{ algorithm {algorithm}; secret "{SECRET}"; }};
zone "dns.test" {{ type primary; file "{0}/zone"; allow-update {{ key "acme"; }}; }};
"#,
        folder.path().display()
    );
    let config = folder.write("named.conf", config);
    let child = command("named").await.arg("-f").arg("-c").arg(&config).spawn().unwrap();
    let accepts = async {
        let mut retry = interval(Duration::from_millis(10));
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            retry.tick().await;
        }
    };
    soon("BIND", accepts).await;
    child
}

async fn proved_by_update(algorithm: &str, environment: &[(&str, &str)], file: Option<&Path>) {
    let ports = ports();
    let (folder, port) = (TempDir::new(), free_port());
    let _bind = bind(&folder, port, algorithm).await;
    let server = format!("127.0.0.1:{port}");
    let pebble = Pebble::with(ports, &json!({}), Some(&server)).await;
    let more = format!(
        "keyType: EC256, dnsChallenge: {{provider: rfc2136, resolvers: ['{server}'],
        propagation: {{requireAllRNS: true, disableANSChecks: true}}}}"
    );
    let file = file.map(|path| path.display().to_string());
    let mut all = vec![("RFC2136_NAMESERVER", &*server), ("RFC2136_POLLING_INTERVAL", "1")];
    all.extend_from_slice(environment);
    all.extend(file.as_deref().map(|path| ("RFC2136_TSIG_FILE", path)));
    let gateway = start_with(&install(&pebble, &more), &routes("dns.test"), ports, &all).await;
    obtained(&gateway, "secure", "x.dns.test").await;
}

#[tokio::test]
async fn a_dns_server_takes_updates_that_are_signed() {
    let key = [("RFC2136_TSIG_KEY", "acme."), ("RFC2136_TSIG_SECRET", SECRET)];
    let with = [&key[..], &[("RFC2136_TSIG_ALGORITHM", "hmac-sha512.")]].concat();
    proved_by_update("hmac-sha512", &with, None).await;
    // lego's default.
    proved_by_update("hmac-sha1", &key, None).await;
}

#[tokio::test]
async fn a_key_may_be_in_the_file_that_tsig_keygen_writes() {
    let folder = TempDir::new();
    let text = format!("key \"acme\" {{\n\talgorithm hmac-sha256;\n\tsecret \"{SECRET}\";\n}};\n");
    let file = folder.write("key", text);
    proved_by_update("hmac-sha256", &[], Some(&file)).await;
}

#[tokio::test]
async fn a_variable_that_is_missing_is_named_and_the_gateway_serves_on() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let more = "dnsChallenge: {provider: ovh}";
    let environment = [("OVH_ENDPOINT", "ovh-eu"), ("OVH_APPLICATION_KEY", "k")];
    let mut gateway = start_with(&install(&pebble, more), &routes("dns.test"), ports, &environment).await;
    gateway.wait_for_log("the environment lacks OVH_APPLICATION_SECRET, OVH_CONSUMER_KEY").await;
    assert!(super::shown(&gateway, "secure", "x.dns.test", &[]).await.is_some());
}
