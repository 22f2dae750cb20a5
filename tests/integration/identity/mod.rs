//! Who shows what it is: keys, tokens, sessions.
//!
//! The OpenID provider comes from `tests/peers/install identity`, which runs here when it is missing; it needs Node.

mod login;

use windrose_kit::peer::h1::{Backend, Client, Message, Server};
use windrose_kit::soon;

use crate::gateway::{Gateway, Http, Setup, dynamic};

/// `a.test`, which is known by its address too, behind a middleware.
fn site(url: &str, middleware: &str) -> String {
    dynamic(&Http {
        routers: &[(
            "guarded",
            "{rule: 'Host(`a.test`) || Host(`127.0.0.1`)', service: app, middlewares: [guard]}",
        )],
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        more: &format!("  middlewares:\n    guard: {{{middleware}}}\n"),
        ..Http::default()
    })
}

/// Asks for a target of `a.test` with these fields.
async fn ask(gateway: &Gateway, target: &str, fields: &str) -> Message {
    let mut client: Client = gateway.client().await;
    client.send(&format!("GET {target} HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n")).await;
    client.read_response().await
}

/// Asks until the answer has this status.
async fn until_status(gateway: &Gateway, fields: &str, status: u16) {
    let asking = async {
        while ask(gateway, "/", fields).await.status() != status {
            tokio::task::yield_now().await;
        }
    };
    soon(&format!("the status {status}"), asking).await;
}

#[tokio::test]
async fn keys_are_those_of_the_file_and_the_server_sees_only_their_names() {
    let server = Server::echo().await;
    let options =
        "keySource: {header: X-Api-Key, query: key}, keysFile: '${dir}/keys', headerField: X-Consumer";
    let mut gateway = Gateway::start(Setup {
        dynamic: &site(&server.url(), &format!("apiKey: {{{options}}}")),
        files: &[("keys", &format!("# partners\nshop:{{SHA256}}{K1}\n"))],
        ..Setup::default()
    })
    .await;
    let answer = ask(&gateway, "/x?key=k1&a=1", "X-Consumer: root\r\nX-Api-Key: k1\r\n").await;
    let seen = answer.text();
    assert!(answer.status() == 200 && seen.contains("GET /x?a=1 "), "{seen}");
    assert!(seen.contains("X-Consumer: shop") && !seen.contains("root") && !seen.contains("k1"), "{seen}");
    let refused = ask(&gateway, "/", "X-Api-Key: k2\r\n").await;
    assert_eq!((refused.status(), refused.header("www-authenticate")), (401, Some("ApiKey realm=\"api\"")));
    gateway.folder().write("keys", format!("shop:{{SHA256}}{K2}\n"));
    until_status(&gateway, "X-Api-Key: k2\r\n", 200).await;
    assert_eq!(ask(&gateway, "/", "X-Api-Key: k1\r\n").await.status(), 401);
    gateway.folder().write("keys", "shop:k3\n");
    gateway.wait_for_log("its keys stay as they were").await;
    assert_eq!(ask(&gateway, "/", "X-Api-Key: k2\r\n").await.status(), 200);
    assert!(!gateway.log().contains("k3"), "{}", gateway.log());
}

#[tokio::test]
async fn tokens_are_verified_by_keys_that_are_fetched_and_fetched_again_when_one_is_missing() {
    let server = Server::echo().await;
    let all: serde_json::Value = serde_json::from_str(TOKENS).unwrap();
    let keys = all["jwks"].to_string();
    let provider = Server::answering(Backend::bind().await, move |request| {
        assert_eq!(request.target(), "/keys");
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{keys}", keys.len()).into_bytes()
    });
    let options = format!(
        "jwksUrl: '{}/keys', issuer: 'https://id.test', audience: [shop], forwardHeaders: {{X-User: sub}}",
        provider.url()
    );
    let gateway = Gateway::start(Setup {
        dynamic: &site(&server.url(), &format!("jwt: {{{options}}}")),
        ..Setup::default()
    })
    .await;
    let begun = std::time::Instant::now();
    let bearer = |token: &serde_json::Value| format!("Authorization: Bearer {}\r\n", token.as_str().unwrap());
    for (name, token) in all["tokens"].as_object().unwrap() {
        let answer = ask(&gateway, "/", &format!("X-User: root\r\n{}", bearer(token))).await;
        // What is signed with a secret is not, by keys that anybody can fetch.
        if name.starts_with("HS") {
            assert_eq!(answer.status(), 401, "{name}");
            continue;
        }
        let seen = answer.text();
        assert!(answer.status() == 200 && seen.contains("X-User: alice"), "{name}: {seen}");
        assert!(!seen.contains("root") && !seen.contains("Authorization"), "{name}: {seen}");
    }
    for (name, attack) in all["attacks"].as_object().unwrap() {
        let attack = attack.as_str().unwrap();
        if attack.contains('\n') || attack.starts_with(' ') {
            continue;
        }
        let answer = ask(&gateway, "/", &format!("Authorization: Bearer {attack}\r\n")).await;
        let challenge = answer.header("www-authenticate");
        assert_eq!((answer.status(), challenge), (401, Some("Bearer error=\"invalid_token\"")), "{name}");
    }
    // Keys that are missing are looked for every ten seconds at most.
    let (fetched, most) = (provider.requests().len(), 1 + begun.elapsed().as_secs() / 10);
    assert!((1..=most).contains(&(fetched as u64)), "{fetched} times, not {most}");
    gateway.apply(&site(&server.url(), &format!("jwt: {{{options}, leeway: 1s}}"))).await;
    let token = bearer(&all["tokens"]["ES256"]);
    assert_eq!(ask(&gateway, "/", &token).await.status(), 200);
    assert_eq!(provider.requests().len(), fetched, "those there are outlive a reload");
}

#[tokio::test]
async fn a_provider_that_is_away_lets_nobody_pass() {
    let server = Server::echo().await;
    let away = windrose_kit::port::free_port();
    let gateway = Gateway::start(Setup {
        dynamic: &site(&server.url(), &format!("jwt: {{jwksUrl: 'http://127.0.0.1:{away}/keys'}}")),
        ..Setup::default()
    })
    .await;
    let all: serde_json::Value = serde_json::from_str(TOKENS).unwrap();
    let token = all["tokens"]["ES256"].as_str().unwrap();
    let answer = ask(&gateway, "/", &format!("Authorization: Bearer {token}\r\n")).await;
    assert_eq!((answer.status(), answer.header("retry-after").is_some()), (503, true));
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn what_another_site_makes_a_browser_send_is_refused() {
    let server = Server::echo().await;
    let gateway = Gateway::start(Setup {
        dynamic: &site(&server.url(), "csrf: {trustedOrigins: ['https://app.test']}"),
        ..Setup::default()
    })
    .await;
    let post = async |fields: &str| {
        let mut client: Client = gateway.client().await;
        client.send(&format!("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n{fields}\r\nx")).await;
        client.read_response().await.status()
    };
    for (fields, status) in [
        ("Origin: http://a.test\r\n", 200),
        ("Origin: https://app.test\r\nSec-Fetch-Site: cross-site\r\n", 200),
        ("Origin: https://evil.test\r\n", 403),
        ("Sec-Fetch-Site: cross-site\r\n", 403),
        ("", 403),
    ] {
        assert_eq!(post(fields).await, status, "{fields}");
    }
    let socket = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://evil.test\r\n";
    assert_eq!(ask(&gateway, "/", socket).await.status(), 403);
}

/// Keys and tokens of another implementation.
const TOKENS: &str = include_str!("../../../gateway/middleware/src/jose/tokens/tokens.json");
/// The digests of `k1` and `k2`.
const K1: &str = "6ab9f1eb8f7d3388f4f9d586f66e99fd54080df2c446f0e58668b09c08a16dd0";
const K2: &str = "015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e";
