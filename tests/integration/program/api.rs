//! The API shows what is in force, and what is wrong with the rest.

use serde_json::{Value, json};
use windrose_kit::peer::h1::Backend;
use windrose_kit::peer::h1::{Client, Message};
use windrose_kit::program::{Program, Settings, Signal};

async fn started() -> Program {
    let static_config = "\
entryPoints:
  web: {address: '${web}'}
  traefik: {address: '${traefik}'}
api: {insecure: true, dashboard: false}
ping: {}
providers: {file: {filename: '${dir}/dynamic.yml'}}
";
    let dynamic_config = "\
http:
  routers:
    good: {rule: 'Host(`a.test`)', service: app, middlewares: [strip], entryPoints: [web]}
    bad: {rule: 'Host(`a.test`', service: app, entryPoints: [web]}
  services:
    app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}
  middlewares:
    strip: {stripPrefix: {prefixes: [/a]}}
";
    let settings =
        Settings { entry_points: &["web", "traefik"], static_config, dynamic_config, ..Settings::default() };
    Program::start(settings).await
}

async fn ask(program: &Program, method: &str, path: &str) -> Message {
    let mut client = Client::connect(program.entry_point("traefik")).await;
    client.send(format!("{method} {path} HTTP/1.1\r\nHost: test\r\n\r\n")).await;
    client.read_response_to(method).await
}

async fn value(program: &Program, path: &str) -> Value {
    let answer = ask(program, "GET", path).await;
    let kind = if path == "/api/version" { "application/json; charset=UTF-8" } else { "application/json" };
    assert_eq!((answer.status(), answer.header("content-type")), (200, Some(kind)), "{path}");
    assert!(answer.body.ends_with(b"\n"));
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn routers_are_shown_as_they_work() {
    let program = started().await;
    let good = value(&program, "/api/http/routers/good@file").await;
    let expected = json!({
        "entryPoints": ["web"], "middlewares": ["strip@file"], "service": "app", "rule": "Host(`a.test`)",
        "priority": 14, "priorityStr": "14", "status": "enabled", "using": ["web"],
        "name": "good@file", "provider": "file",
        "observability": {"accessLogs": true, "metrics": true, "tracing": true, "traceVerbosity": "minimal"},
    });
    assert_eq!(good, expected);
}

#[tokio::test]
async fn errors_say_where() {
    let program = started().await;
    let bad = value(&program, "/api/http/routers/bad@file").await;
    assert_eq!(bad["status"], "disabled");
    let error = bad["error"][0].as_str().unwrap();
    let file = program.folder().path().join("dynamic.yml");
    assert!(error.starts_with(&format!("{}:4:", file.display())), "{error}");
}

#[tokio::test]
async fn services_and_middlewares_know_who_uses_them() {
    let program = started().await;
    let service = value(&program, "/api/http/services/app@file").await;
    assert_eq!(service["usedBy"], json!(["bad@file", "good@file"]));
    assert_eq!((&service["type"], &service["status"]), (&json!("loadbalancer"), &json!("enabled")));
    assert_eq!(service["serverStatus"], json!({"http://127.0.0.1:1": "UP"}));
    let middleware = value(&program, "/api/http/middlewares/strip@file").await;
    assert_eq!(middleware["usedBy"], json!(["good@file"]));
    assert_eq!(middleware["stripPrefix"], json!({"prefixes": ["/a"]}));
}

#[tokio::test]
async fn lists_have_pages() {
    let program = started().await;
    let answer = ask(&program, "GET", "/api/http/routers?per_page=2").await;
    assert_eq!(answer.header("x-next-page"), Some("2"));
    let names = |list: &Value| {
        list.as_array()
            .unwrap()
            .iter()
            .map(|router| router["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(names(&first), ["api@internal", "bad@file"]);
    let rest = value(&program, "/api/http/routers?per_page=2&page=2").await;
    assert_eq!(names(&rest), ["good@file", "ping@internal"]);
    assert_eq!(
        names(&value(&program, "/api/http/routers?search=A.TEST&status=enabled").await),
        ["good@file"]
    );
    assert_eq!(value(&program, "/api/tcp/routers").await, json!([]));
}

#[tokio::test]
async fn the_overview_counts() {
    let program = started().await;
    let overview = value(&program, "/api/overview").await;
    assert_eq!(overview["http"]["routers"], json!({"total": 4, "warnings": 0, "errors": 1}));
    assert_eq!(overview["http"]["middlewares"], json!({"total": 1, "warnings": 0, "errors": 0}));
    assert_eq!(overview["features"], json!({"tracing": "", "metrics": "", "accessLog": false}));
    assert_eq!(overview["providers"], json!(["File"]));
}

#[tokio::test]
async fn everything_comes_at_once() {
    let program = started().await;
    let all = value(&program, "/api/rawdata").await;
    let sections: Vec<&str> = all.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(sections, ["routers", "middlewares", "services"]);
    let router = all["routers"]["good@file"].as_object().unwrap();
    assert!(!router.contains_key("name") && !router.contains_key("priorityStr"));
    assert_eq!(router["status"], "enabled");
}

#[tokio::test]
async fn entry_points_and_version_are_static() {
    let program = started().await;
    let web = value(&program, "/api/entrypoints/web").await;
    assert_eq!(web["name"], "web");
    assert_eq!(web["address"], program.entry_point("web").to_string());
    let all = value(&program, "/api/entrypoints").await;
    assert_eq!(all.as_array().unwrap().len(), 2);
    let version = value(&program, "/api/version").await;
    assert!(version["Version"].is_string() && version["startDate"].is_string(), "{version}");
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let program = started().await;
    for (path, status, body) in [
        ("/api/http/routers/x@file", 404, "{\"message\":\"router not found: x@file\"}\n"),
        ("/api/entrypoints/x", 404, "{\"message\":\"entry point not found: x\"}\n"),
        ("/api/http/routers?page=9", 400, "{\"message\":\"invalid request: page: 9, per_page: 100\"}\n"),
        ("/api/nonsense", 404, "404 page not found\n"),
    ] {
        let answer = ask(&program, "GET", path).await;
        assert_eq!((answer.status(), answer.text().as_str()), (status, body), "{path}");
    }
    assert_eq!(ask(&program, "POST", "/api/version").await.status(), 405);
    assert_eq!(ask(&program, "HEAD", "/ping").await.status(), 200);
}

#[tokio::test]
async fn stopping_is_seen_stage_by_stage() {
    let backend = Backend::bind().await;
    let static_config = "\
entryPoints:
  web: {address: '${web}', transport: {lifeCycle: {requestAcceptGraceTimeout: 300ms, graceTimeOut: 2s}}}
  traefik: {address: '${traefik}', transport: {lifeCycle: {requestAcceptGraceTimeout: 1h}}}
api: {insecure: true, dashboard: false}
ping: {}
providers: {file: {filename: '${dir}/dynamic.yml'}}
";
    let dynamic_config = &super::everything_to(&backend.url());
    let settings =
        Settings { entry_points: &["web", "traefik"], static_config, dynamic_config, ..Settings::default() };
    let program = Program::start(settings).await;
    let mut busy = Client::connect(program.entry_point("web")).await;
    busy.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    // One that waits for its first request lets its entry point close a little longer.
    let idle = Client::connect(program.entry_point("web")).await;

    let stage = async |path: &str| value(&program, path).await["stage"].as_str().unwrap().to_owned();
    assert_eq!(stage("/api/overview").await, "running");
    let mut seen = vec![stage("/api/entrypoints/web").await];
    program.signal(Signal::Terminate);
    let watching = async {
        while seen.last().unwrap() != "forced" {
            let now = stage("/api/entrypoints/web").await;
            if seen.last().unwrap() != &now {
                seen.push(now);
            }
        }
    };
    windrose_kit::soon("the last stage", watching).await;
    assert_eq!(seen, ["running", "unready", "closing", "draining", "forced"]);
    assert_eq!(stage("/api/entrypoints/traefik").await, "unready");
    assert_eq!(stage("/api/overview").await, "unready", "as far as the last entry point");
    let ping = ask(&program, "GET", "/ping").await;
    assert_eq!((ping.status(), ping.header("windrose-stage")), (503, Some("unready")));
    program.signal(Signal::Interrupt);
    program.wait(super::END).await;
    drop(idle);
}
