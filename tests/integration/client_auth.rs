//! Certificates of clients: who is served, and that no mistake lets anybody else in.

use windrose_kit::peer::h1::Server;
use windrose_kit::peer::tls::{Authority, ClientOptions, Connector, Identity, Versions};

use crate::gateway::{Gateway, Http, Setup, dynamic};

/// Who is asked for what: `a.test` by the options `named`, everything else by the default ones.
fn site(url: &str, named: &str, default: &str) -> String {
    dynamic(&Http {
        routers: &[
            ("named", "{rule: 'Host(`a.test`)', service: app, tls: {options: named}}"),
            ("other", "{rule: 'Host(`b.test`)', service: app, tls: {}}"),
        ],
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        more: &format!("tls:\n  options:\n    named: {named}\n    default: {default}\n"),
        ..Http::default()
    })
}

/// Whether a request for a host is answered, whatever version of TLS is spoken.
async fn is_served(gateway: &Gateway, host: &str, identity: Option<&Identity>) -> bool {
    let old = is_answered(gateway, host, identity, Versions::Only12).await;
    let new = is_answered(gateway, host, identity, Versions::Only13).await;
    assert_eq!(old, new, "{host}: TLS 1.2 and 1.3");
    new
}

async fn is_answered(gateway: &Gateway, host: &str, identity: Option<&Identity>, versions: Versions) -> bool {
    let connector = Connector::new(ClientOptions { identity, versions, ..ClientOptions::default() });
    let Ok(mut wire) = connector.try_connect(gateway.addr(), host).await else { return false };
    // With TLS 1.3 a refusal is heard only when something is read.
    let get = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let _refused = wire.try_send(get).await;
    wire.read_rest().await.starts_with(b"HTTP/1.1 200 ")
}

#[tokio::test]
async fn each_type_serves_whom_it_should_by_name_and_as_default() {
    let server = Server::fixed("hello").await;
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let (member, stranger) = (ours.issue(&["member"]), theirs.issue(&["stranger"]));
    let (pem, url) = (ours.pem(), server.url());
    let mut gateway = None;
    for (kind, nobody, somebody) in [
        ("NoClientCert", true, true),
        ("RequestClientCert", true, true),
        ("RequireAnyClientCert", false, true),
        ("VerifyClientCertIfGiven", true, false),
        ("RequireAndVerifyClientCert", false, false),
    ] {
        let options = format!("{{clientAuth: {{caFiles: ['${{dir}}/ours.pem'], clientAuthType: {kind}}}}}");
        for (host, text) in [("a.test", site(&url, &options, "{}")), ("b.test", site(&url, "{}", &options))] {
            let gateway = match &gateway {
                None => {
                    let setup = Setup { dynamic: &text, files: &[("ours.pem", &pem)], ..Setup::default() };
                    gateway.insert(Gateway::start(setup).await)
                }
                Some(gateway) => {
                    gateway.apply(&text).await;
                    gateway
                }
            };
            assert!(is_served(gateway, host, Some(&member)).await, "{kind} {host}: member");
            assert_eq!(is_served(gateway, host, None).await, nobody, "{kind} {host}: nobody");
            assert_eq!(is_served(gateway, host, Some(&stranger)).await, somebody, "{kind} {host}: stranger");
        }
    }
}

#[tokio::test]
async fn a_mistake_lets_nobody_in() {
    let server = Server::fixed("hello").await;
    let ours = Authority::new("ours");
    let (member, pem, url) = (ours.issue(&["member"]), ours.pem(), server.url());
    let good = "{clientAuth: {caFiles: ['${dir}/ours.pem']}}";
    let text = site(&url, good, good);
    let setup = Setup { dynamic: &text, files: &[("ours.pem", &pem)], ..Setup::default() };
    let gateway = Gateway::start(setup).await;
    for broken in [
        "{clientAuth: {caFiles: ['${dir}/gone.pem']}}",
        "{clientAuth: {caFiles: ['${dir}/ours.pem'], clientAuthType: Sometimes}}",
        "{clientAuth: {clientAuthType: RequireAndVerifyClientCert}}",
        "{clientAuth: {caFile: ['${dir}/ours.pem']}}",
        "{clientAuht: {caFiles: ['${dir}/ours.pem']}}",
        "{clientAuth: text}",
        "text",
    ] {
        gateway.apply(&site(&url, broken, good)).await;
        assert!(!is_served(&gateway, "a.test", Some(&member)).await, "{broken}");
        assert!(!is_served(&gateway, "a.test", None).await, "{broken}");
        assert!(is_served(&gateway, "b.test", Some(&member)).await, "{broken}");
        gateway.apply(&site(&url, good, broken)).await;
        assert!(is_served(&gateway, "a.test", Some(&member)).await, "{broken}");
        assert!(!is_served(&gateway, "b.test", Some(&member)).await, "{broken}");
        assert!(!is_served(&gateway, "b.test", None).await, "{broken}");
        assert!(!is_served(&gateway, "nobody.test", None).await, "{broken}");
    }
}

#[tokio::test]
async fn an_authority_that_changes_counts_from_the_next_handshake() {
    let server = Server::fixed("hello").await;
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let (before, after) = (old.issue(&["before"]), new.issue(&["after"]));
    let text = site(&server.url(), "{clientAuth: {caFiles: ['${dir}/ca.pem']}}", "{}");
    let pem = old.pem();
    let gateway =
        Gateway::start(Setup { dynamic: &text, files: &[("ca.pem", &pem)], ..Setup::default() }).await;
    assert!(is_served(&gateway, "a.test", Some(&before)).await);
    assert!(!is_served(&gateway, "a.test", Some(&after)).await);
    gateway.folder().write("ca.pem", new.pem());
    windrose_kit::soon("the new authority", async {
        while !is_answered(&gateway, "a.test", Some(&after), Versions::Both).await {}
    })
    .await;
    assert!(is_served(&gateway, "a.test", Some(&after)).await);
    assert!(!is_served(&gateway, "a.test", Some(&before)).await);
}
