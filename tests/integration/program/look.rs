//! What somebody sees who looks at a running gateway: explanations, requests as they end, rates, reloads, providers.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::program::{Program, Settings, built};
use windrose_kit::soon;

const STATIC: &str = "\
entryPoints:
  web: {address: '${web}', http: {routerHeader: X-Router}}
  traefik: {address: '${traefik}'}
api: {insecure: true}
providers: {providersThrottleDuration: 10ms, file: {filename: '${dir}/dynamic.yml'}}
";

fn routing(server: &str, more: &str) -> String {
    format!(
        "\
http:
  routers:
    app: {{rule: 'Host(`app.test`)', service: app, entryPoints: [web]}}
    go: {{rule: 'Host(`go.test`)', service: app, middlewares: [https], entryPoints: [web]}}{more}
  services:
    app: {{loadBalancer: {{servers: [{{url: '{server}'}}]}}}}
  middlewares:
    https: {{redirectScheme: {{scheme: https}}}}
"
    )
}

async fn started(server: &Server) -> Program {
    let dynamic_config = &routing(&server.url(), "");
    let settings = Settings {
        entry_points: &["web", "traefik"],
        static_config: STATIC,
        dynamic_config,
        ..Settings::default()
    };
    Program::start(settings).await
}

async fn value(program: &Program, path: &str) -> Value {
    let answer = Client::connect(program.entry_point("traefik")).await.get("test", path).await;
    assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

/// The same again and again, until it is as it should be.
async fn until(program: &Program, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
    soon(path, async {
        loop {
            let value = value(program, path).await;
            if holds(&value) {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

async fn ask(program: &Program, host: &str, target: &str) -> windrose_kit::peer::h1::Message {
    Client::connect(program.entry_point("web")).await.get(host, target).await
}

#[tokio::test]
async fn what_is_explained_is_what_happens() {
    let server = Server::fixed("hello").await;
    let program = started(&server).await;
    let port = program.entry_point("web").port();
    for (host, word, status) in
        [("app.test", "service", 200), ("go.test", "answered", 302), ("no.test", "unrouted", 404)]
    {
        let path = format!("/api/windrose/explain?url=http://{host}:{port}/x");
        let explained = value(&program, &path).await;
        assert_eq!(explained["verdict"]["word"], word, "{explained}");
        assert_eq!(explained["entryPoint"]["choice"], "port");
        let happened = ask(&program, &format!("{host}:{port}"), "/x").await;
        assert_eq!(happened.status(), status, "{host}");
        let router = explained["router"]["name"].as_str();
        assert_eq!(happened.header("x-router"), router, "the header names the router of {host}");
        if let Some(location) = happened.header("location") {
            let text = explained["verdict"]["text"].as_str().unwrap();
            assert!(text.ends_with(&format!("go to {location}")), "{text}");
        }
    }
}

#[tokio::test]
async fn requests_are_seen_as_they_end_and_chosen_by_words() {
    let server = Server::fixed("hello").await;
    let program = started(&server).await;
    let mut client = Client::connect(program.entry_point("traefik")).await;
    client
        .send("GET /api/windrose/tail?filter=path:/wanted HTTP/1.1\r\nHost: test\r\nAccept: text/event-stream\r\n\r\n")
        .await;
    let head = client.read_response_head().await;
    assert_eq!((head.status(), head.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(soon("the first event", client.read_chunk()).await.as_deref(), Some(&b": listening\n\n"[..]));
    ask(&program, "app.test", "/other").await;
    ask(&program, "app.test", "/wanted?token=hidden").await;
    let chunk = soon("a request", client.read_chunk()).await.unwrap();
    let event = String::from_utf8(chunk).unwrap();
    let line: Value = serde_json::from_str(event.trim().strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(
        (&line["path"], &line["status"], &line["router"]),
        (&"/wanted".into(), &200.into(), &"app@file".into())
    );
    assert_eq!((&line["server"], &line["by"]), (&server.url().into(), &"server".into()));
    assert!(!event.contains("hidden") && !event.contains("/other"), "{event}");
    client.close().await;
    let refused = Client::connect(program.entry_point("traefik"))
        .await
        .get("test", "/api/windrose/tail?filter=x:y")
        .await;
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn a_gateway_that_stops_does_not_wait_for_whoever_listens() {
    let server = Server::fixed("hello").await;
    let program = started(&server).await;
    let mut client = Client::connect(program.entry_point("traefik")).await;
    client.send("GET /api/windrose/tail HTTP/1.1\r\nHost: test\r\n\r\n").await;
    client.read_response_head().await;
    program.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn rates_are_counted_while_somebody_looks() {
    let server = Server::fixed("hello").await;
    let program = started(&server).await;
    value(&program, "/api/windrose/rates").await;
    ask(&program, "app.test", "/").await;
    let rates =
        until(&program, "/api/windrose/rates", |rates| rates["routers"]["app@file"].is_object()).await;
    assert!(rates["routers"]["app@file"]["requests"].as_f64().unwrap() > 0.0, "{rates}");
    assert!(rates["services"]["app@file"]["p99Ms"].is_number(), "{rates}");
}

#[tokio::test]
async fn a_reload_says_what_changed_and_its_provider_that_it_did() {
    let server = Server::fixed("hello").await;
    let program = started(&server).await;
    program.write_dynamic(&routing(
        &server.url(),
        "\n    new: {rule: 'Host(`new.test`)', service: app, entryPoints: [web]}",
    ));
    let is_new = |reloads: &Value| reloads[0]["changes"][0]["name"] == "new@file";
    let reloads = until(&program, "/api/windrose/reloads", is_new).await;
    let change = serde_json::json!({"section": "http.routers", "name": "new@file", "change": "added"});
    assert_eq!(reloads[0]["changes"], serde_json::json!([change]));
    let is_told = |providers: &Value| providers[0]["updates"].as_u64().unwrap() >= 2;
    let providers = until(&program, "/api/windrose/providers", is_told).await;
    assert_eq!((&providers[0]["name"], &providers[0]["connected"]), (&"file".into(), &true.into()));
}

#[tokio::test]
async fn the_commands_ask_a_running_gateway() {
    let server = Server::fixed("hello").await;
    let program = started(&server).await;
    let api = format!("http://{}", program.entry_point("traefik"));
    let run = async |arguments: &[&str]| {
        let output = Command::new(built()).args(arguments).output().await.unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, printed, _) =
        run(&["explain", "--api", &api, "http://app.test:1/", "--entrypoint", "web"]).await;
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("=> goes to service app@file\n"), "{printed}");
    let (code, printed, _) =
        run(&["explain", "--api", &api, "http://no.test:1/", "--entrypoint", "web"]).await;
    assert_eq!(code, Some(3), "{printed}");
    let (code, _, complaint) = run(&["explain", "--api", &api, "http://a/", "--entrypoint", "none"]).await;
    assert_eq!(code, Some(1));
    assert!(complaint.contains("entry point none does not exist"), "{complaint}");
    let (code, printed, complaint) = run(&["top", "--api", &api, "--once", "--interval", "1"]).await;
    assert_eq!(code, Some(0), "{complaint}");
    assert!(printed.contains("TOTAL"), "{printed}");

    let mut tail = Command::new(built())
        .args(["tail", "--api", &api, "--json"])
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let line = soon("a request", async {
        loop {
            ask(&program, "app.test", "/seen").await;
            let next = tokio::time::timeout(Duration::from_millis(100), lines.next_line()).await;
            if let Ok(line) = next {
                return line.unwrap().unwrap();
            }
        }
    })
    .await;
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["path"], &line["status"]), (&"/seen".into(), &200.into()));
}
