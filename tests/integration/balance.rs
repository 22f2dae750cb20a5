//! Servers and services that take turns.

use windrose_kit::peer::h1::{Backend, Server};

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic, to_service};

async fn servers<const N: usize>(names: [&'static str; N]) -> [Server; N] {
    let mut servers = Vec::new();
    for name in names {
        servers.push(Server::fixed(name).await);
    }
    servers.try_into().unwrap()
}

/// Who answers so many requests, each by a connection of its own.
async fn answers(gateway: &Gateway, count: usize) -> String {
    let mut answers = String::new();
    for _ in 0..count {
        let response = gateway.client().await.get("a.test", "/").await;
        answers.push_str(&response.text());
    }
    answers
}

fn sorted(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

async fn with(services: &[(&str, &str)]) -> Gateway {
    let text = dynamic(&Http { routers: EVERYTHING, services, ..Http::default() });
    Gateway::start(Setup { dynamic: &text, ..Setup::default() }).await
}

fn balancer(servers: &[(&Server, usize)]) -> String {
    let servers: Vec<String> = servers
        .iter()
        .map(|(server, weight)| format!("{{url: '{}', weight: {weight}}}", server.url()))
        .collect();
    format!("{{loadBalancer: {{servers: [{}]}}}}", servers.join(", "))
}

#[tokio::test]
async fn servers_take_turns_by_their_weights() {
    let [a, b, c] = servers(["a", "b", "c"]).await;
    let gateway = with(&[("app", &balancer(&[(&a, 1), (&b, 1), (&c, 1)]))]).await;
    let order = answers(&gateway, 9).await;
    assert_eq!(order, order[..3].repeat(3));
    assert_eq!(sorted(&order[..3]), "abc");

    let gateway = with(&[("app", &balancer(&[(&a, 3), (&b, 1), (&c, 0)]))]).await;
    let order = answers(&gateway, 12).await;
    assert_eq!(order, order[..4].repeat(3));
    assert_eq!(sorted(&order[..4]), "aaab");
}

#[tokio::test]
async fn services_take_turns_by_their_weights_however_deep() {
    let [a, b, c, d] = servers(["a", "b", "c", "d"]).await;
    let gateway = with(&[
        ("a", &balancer(&[(&a, 1)])),
        ("bc", &balancer(&[(&b, 1), (&c, 1)])),
        ("d", &balancer(&[(&d, 1)])),
        ("inner", "{weighted: {services: [{name: bc, weight: 2}, {name: d, weight: 1}]}}"),
        ("app", "{weighted: {services: [{name: a, weight: 1}, {name: inner, weight: 3}]}}"),
    ])
    .await;
    let order = answers(&gateway, 24).await;
    assert_eq!(order, order[..12].repeat(2), "the pattern repeats");
    assert_eq!(sorted(&order[..4]).matches('a').count(), 1);
    assert_eq!(sorted(&order[..12]), "aaabbbcccddd");
}

#[tokio::test]
async fn a_service_of_weight_zero_gets_nothing() {
    let [a, b] = servers(["a", "b"]).await;
    let gateway = with(&[
        ("a", &balancer(&[(&a, 1)])),
        ("b", &balancer(&[(&b, 1)])),
        ("app", "{weighted: {services: [{name: a, weight: 1}, {name: b, weight: 0}]}}"),
    ])
    .await;
    assert_eq!(answers(&gateway, 6).await, "aaaaaa");
}

#[tokio::test]
async fn without_a_server_there_is_no_service() {
    let [a] = servers(["a"]).await;
    for service in [
        "loadBalancer: {servers: []}".to_owned(),
        format!("loadBalancer: {{servers: [{{url: '{}', weight: 0}}]}}", a.url()),
    ] {
        let gateway = Gateway::start(Setup { dynamic: &to_service(&service), ..Setup::default() }).await;
        let response = gateway.client().await.get("a.test", "/").await;
        assert_eq!((response.status(), response.text().as_str()), (503, "no available server\n"));
    }
}

#[tokio::test]
async fn a_server_is_told_the_host_of_the_client_or_its_own() {
    let backend = Backend::bind().await;
    for (pass, expected) in [("true", "a.test:81".to_owned()), ("false", backend.addr().to_string())] {
        let service =
            format!("loadBalancer: {{passHostHeader: {pass}, servers: [{{url: '{}'}}]}}", backend.url());
        let gateway = Gateway::start(Setup { dynamic: &to_service(&service), ..Setup::default() }).await;
        let mut client = gateway.client().await;
        client.send("GET / HTTP/1.1\r\nHost: a.test:81\r\n\r\n").await;
        let mut conn = backend.accept().await;
        let request = conn.expect_request().await;
        assert_eq!(request.header("host"), Some(&*expected));
        assert_eq!(request.header("x-forwarded-host"), Some("a.test:81"));
        conn.answer("done").await;
        client.read_response().await;
    }
}

#[tokio::test]
async fn a_path_of_the_url_counts_only_when_asked_for() {
    let backend = Backend::bind().await;
    for (preserve, expected) in [("false", "/p"), ("true", "/base/p")] {
        let service = format!(
            "loadBalancer: {{servers: [{{url: '{}/base', preservePath: {preserve}}}]}}",
            backend.url()
        );
        let gateway = Gateway::start(Setup { dynamic: &to_service(&service), ..Setup::default() }).await;
        let mut client = gateway.client().await;
        client.send("GET /p HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        let mut conn = backend.accept().await;
        assert_eq!(conn.expect_request().await.target(), expected);
        conn.answer("done").await;
        client.read_response().await;
    }
}
