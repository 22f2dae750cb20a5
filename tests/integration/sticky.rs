//! Clients that come back to where they were.

use bytes::Bytes;
use http::Request;
use windrose_kit::peer::h1::{Message, Server};

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic, until};
use crate::health::patient::{Mood, Patient};

async fn with(services: &[(&str, &str)]) -> Gateway {
    let text = dynamic(&Http { routers: EVERYTHING, services, ..Http::default() });
    Gateway::start(Setup { dynamic: &text, ..Setup::default() }).await
}

/// Name and value of the cookie that an answer sets.
fn cookie(answer: &Message) -> String {
    let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    cookie.split(';').next().unwrap().to_owned()
}

async fn come_back(gateway: &Gateway, cookie: &str) -> Message {
    let mut client = gateway.client().await;
    client.send(format!("GET / HTTP/1.1\r\nHost: a.test\r\nCookie: {cookie}\r\n\r\n")).await;
    client.read_response().await
}

/// Who answers, and whether there is a new cookie.
async fn come_back_by_h2(gateway: &Gateway, cookie: &str) -> (String, Option<String>) {
    let mut client = gateway.h2_client().await;
    let request = Request::get("http://a.test/").header("cookie", "other=1").header("cookie", cookie);
    let answer = client.send(request.body(Bytes::new()).unwrap()).await;
    (answer.text(), answer.header("set-cookie").map(ToOwned::to_owned))
}

#[tokio::test]
async fn a_client_stays_on_its_server_whatever_it_speaks() {
    let [a, b, c] = [Server::fixed("a").await, Server::fixed("b").await, Server::fixed("c").await];
    let servers = [&a, &b, &c].map(|server| format!("{{url: '{}'}}", server.url())).join(", ");
    let app = format!(
        "{{loadBalancer: {{sticky: {{cookie: {{name: s, httpOnly: true}}}}, servers: [{servers}]}}}}"
    );
    let gateway = with(&[("app", &app)]).await;
    for _ in 0..3 {
        let first = gateway.client().await.get("a.test", "/").await;
        assert!(first.header("set-cookie").unwrap().ends_with("; Path=/; HttpOnly"));
        let (cookie, home) = (cookie(&first), first.text());
        for _ in 0..4 {
            let answer = come_back(&gateway, &cookie).await;
            assert_eq!((answer.text(), answer.header("set-cookie")), (home.clone(), None));
            assert_eq!(come_back_by_h2(&gateway, &cookie).await, (home.clone(), None));
        }
    }
    // A session that begins over HTTP/2 is one for HTTP/1.
    let (home, told) = come_back_by_h2(&gateway, "s=nobody").await;
    let told = told.unwrap();
    let cookie = told.split(';').next().unwrap();
    for _ in 0..4 {
        assert_eq!(come_back(&gateway, cookie).await.text(), home);
    }
}

#[tokio::test]
async fn a_client_of_a_server_that_is_down_gets_a_new_home() {
    let (a, b) = (Patient::new("a").await, Patient::new("b").await);
    let app = format!(
        "{{loadBalancer: {{sticky: {{cookie: {{name: s}}}}, healthCheck: {{path: /up, interval: 20ms}}, \
         servers: [{{url: '{}'}}, {{url: '{}'}}]}}}}",
        a.url(),
        b.url()
    );
    let mut gateway = with(&[("app", &app)]).await;
    let first = gateway.client().await.get("a.test", "/").await;
    let (old, home) = (cookie(&first), first.text());
    let (patient, other) = if home == "a" { (&a, "b") } else { (&b, "a") };
    patient.feel(Mood::Sick);
    gateway.wait_for_log("a server is not well").await;
    let moved = come_back(&gateway, &old).await;
    assert_eq!(moved.text(), other);
    let new = cookie(&moved);
    assert_ne!(new, old);
    patient.feel(Mood::Well);
    let checked = patient.checked().len();
    until("that it is well again", || patient.checked().len() > checked + 1).await;
    // Who moved stays, who did not is at home again.
    assert_eq!(come_back(&gateway, &new).await.text(), other);
    assert_eq!(come_back(&gateway, &old).await.text(), home);
}

#[tokio::test]
async fn a_session_outlives_a_reload() {
    let [a, b, c] = [Server::fixed("a").await, Server::fixed("b").await, Server::fixed("c").await];
    let app = |servers: &[&Server]| {
        let servers: Vec<_> = servers.iter().map(|server| format!("{{url: '{}'}}", server.url())).collect();
        let servers = servers.join(", ");
        format!("{{loadBalancer: {{sticky: {{cookie: {{}}}}, servers: [{servers}]}}}}")
    };
    let gateway = with(&[("app", &app(&[&a, &b]))]).await;
    let first = gateway.client().await.get("a.test", "/").await;
    let text = app(&[&c, &b, &a]);
    let services = [("app", &*text)];
    gateway.apply(&dynamic(&Http { routers: EVERYTHING, services: &services, ..Http::default() })).await;
    for _ in 0..6 {
        assert_eq!(come_back(&gateway, &cookie(&first)).await.text(), first.text());
    }
}

#[tokio::test]
async fn each_level_has_a_cookie() {
    let [a, b, c, d] = [
        Server::fixed("a").await,
        Server::fixed("b").await,
        Server::fixed("c").await,
        Server::fixed("d").await,
    ];
    let pair = |one: &Server, two: &Server| {
        let (one, two) = (one.url(), two.url());
        format!(
            "{{loadBalancer: {{sticky: {{cookie: {{name: inner}}}}, servers: [{{url: '{one}'}}, {{url: '{two}'}}]}}}}"
        )
    };
    let gateway = with(&[
        ("left", &pair(&a, &b)),
        ("right", &pair(&c, &d)),
        ("app", "{weighted: {sticky: {cookie: {name: outer}}, services: [{name: left}, {name: right}]}}"),
    ])
    .await;
    let first = gateway.client().await.get("a.test", "/").await;
    let told: Vec<_> =
        first.headers("set-cookie").iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for _ in 0..6 {
        assert_eq!(come_back(&gateway, &told.join("; ")).await.text(), first.text());
    }
}
