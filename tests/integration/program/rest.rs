//! Routing that is sent, behind a router of the operator's own.

use windrose_kit::peer::h1::{Client, Message, Server};
use windrose_kit::program::{Program, Settings};

use super::{get, get_until};

/// A router for whoever knows the password `test`, and one for nobody who does not.
const DYNAMIC: &str = "\
http:
  routers:
    send: {rule: 'PathPrefix(`/api/providers`)', service: rest@internal, middlewares: [known]}
  middlewares:
    known: {basicAuth: {users: ['test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/']}}
";

async fn start(providers: &str) -> Program {
    let static_config = format!(
        "entryPoints: {{web: {{address: '${{web}}'}}, traefik: {{address: '${{traefik}}'}}}}\n\
         api: {{insecure: true}}\n\
         providers: {{providersThrottleDuration: 1ms, file: {{filename: '${{dir}}/dynamic.yml'}}{providers}}}\n"
    );
    let settings = Settings {
        entry_points: &["web", "traefik"],
        static_config: &static_config,
        dynamic_config: DYNAMIC,
        ..Settings::default()
    };
    Program::start(settings).await
}

async fn put(program: &Program, entry_point: &str, password: &str, body: &str) -> Message {
    let mut client = Client::connect(program.entry_point(entry_point)).await;
    let length = body.len();
    client
        .send(format!(
            "PUT /api/providers/rest HTTP/1.1\r\nHost: test\r\n{password}Content-Length: {length}\r\n\r\n{body}"
        ))
        .await;
    client.read_response().await
}

#[tokio::test]
async fn routing_is_taken_where_a_router_leads_and_nowhere_else() {
    let program = start(", rest: {}").await;
    let app = Server::fixed("sent").await;
    let body = format!(
        r#"{{"http": {{"routers": {{"r": {{"rule": "Path(`/sent`)", "service": "s"}}}},
            "services": {{"s": {{"loadBalancer": {{"servers": [{{"url": "{}"}}]}}}}}}}}}}"#,
        app.url()
    );
    let web = program.entry_point("web");
    assert_eq!(put(&program, "web", "", &body).await.status(), 401);
    // The entry point has a router for the API, which takes nothing.
    assert_eq!(put(&program, "traefik", "", &body).await.status(), 404);
    assert_eq!(get(web, "/sent").await.status(), 404);

    assert_eq!(put(&program, "web", PASSWORD, &body).await.status(), 200);
    assert_eq!(get_until(web, "/sent", |answer| answer.status() == 200).await.text(), "sent");
    assert_eq!(put(&program, "web", PASSWORD, "{").await.status(), 400);
    assert_eq!(put(&program, "web", PASSWORD, "{}").await.status(), 200);
    get_until(web, "/sent", |answer| answer.status() == 404).await;
}

#[tokio::test]
async fn without_the_provider_its_service_is_not_there() {
    let program = start("").await;
    assert_eq!(put(&program, "web", PASSWORD, "{}").await.status(), 404);
    let router = get(program.entry_point("traefik"), "/api/http/routers/send@file").await.text();
    assert!(router.contains("\"disabled\"") && router.contains("write providers.rest"), "{router}");
}

/// Of `test`, as a field.
const PASSWORD: &str = "Authorization: Basic dGVzdDp0ZXN0\r\n";
