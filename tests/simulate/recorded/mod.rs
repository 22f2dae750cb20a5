//! What is recorded of requests, where a look inside is needed: what becomes of series whose objects are gone, whose
//! connections are open, and what middlewares say of a client.

use std::fs;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use windrose_config::static_config::Prometheus;
use windrose_http::{Exchange, Reply};
use windrose_kit::gateway::{Gateway, Settings};
use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::peer::h2;
use windrose_kit::soon;
use windrose_kit::temp::TempDir;
use windrose_telemetry::{Around, Changes};
use windrose_upstream::service::Internal;

const METRICS: &str = "entryPoints: {web: {address: '127.0.0.1:0'}}
metrics: {prometheus: {entryPoint: web, addRoutersLabels: true}}";

fn routing(name: &str, server: &str) -> String {
    format!(
        "http:
  routers: {{{name}: {{rule: 'Host(`a.test`)', service: {name}}}}}
  services: {{{name}: {{loadBalancer: {{servers: [{{url: '{server}'}}]}}}}}}"
    )
}

async fn scrape(client: &mut Client) -> String {
    client.get("metrics.test", "/metrics").await.text()
}

#[tokio::test]
async fn series_of_what_is_gone_appear_once_more_and_then_vanish() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::start(METRICS);
    gateway.publish("file", &routing("old", &server.url())).await;
    let mut client = Client::connect(gateway.address("web")).await;
    for _ in 0..3 {
        client.get("a.test", "/").await;
    }
    let labels = "code=\"200\",method=\"GET\",protocol=\"http\"";
    let service = format!("traefik_service_requests_total{{{labels},service=\"old@file\"}} 3\n");
    let router =
        format!("traefik_router_requests_total{{{labels},router=\"old@file\",service=\"old@file\"}} 3\n");
    for _ in 0..2 {
        let text = scrape(&mut client).await;
        assert!(text.contains(&service) && text.contains(&router), "{text}");
        assert!(text.contains("traefik_config_reloads_total 2\n"), "{text}");
    }
    gateway.publish("file", &routing("new", &server.url())).await;
    client.get("a.test", "/").await;
    let text = scrape(&mut client).await;
    assert!(text.contains(&service) && text.contains("new@file"), "{text}");
    let text = scrape(&mut client).await;
    assert!(!text.contains("old@file") && text.contains("new@file"), "{text}");
    // What comes back begins anew, and so does what it counts.
    gateway.publish("file", &routing("old", &server.url())).await;
    client.get("a.test", "/").await;
    let text = scrape(&mut client).await;
    assert!(text.contains(&service.replace("} 3", "} 1")), "{text}");
}

#[tokio::test]
async fn open_connections_are_told_by_what_they_speak() {
    let gateway = Gateway::start(METRICS);
    let web = gateway.address("web");
    let mut client = Client::connect(web).await;
    let _silent = tokio::net::TcpStream::connect(web).await.unwrap();
    let second = h2::Client::connect(web).await;
    let wanted: Vec<String> = [("unknown", 1), ("http1", 1), ("http2", 1)]
        .map(|(protocol, count)| {
            format!("windrose_open_connections{{entrypoint=\"web\",protocol=\"{protocol}\"}} {count}\n")
        })
        .into();
    let all = async {
        loop {
            let text = scrape(&mut client).await;
            if wanted.iter().all(|line| text.contains(line)) {
                break;
            }
        }
    };
    soon("the connections", all).await;
    drop(second);
    let gone = async { while !scrape(&mut client).await.contains("protocol=\"http2\"} 0\n") {} };
    soon("the end of one", gone).await;
}

/// Says who the client is, as whatever asks for a password does.
struct Asks;

impl Internal for Asks {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        if ex.target.path() != "/nobody" {
            let name = ex.target.path().trim_start_matches('/').to_owned();
            ex.course.named(name.as_bytes());
        }
        Box::pin(std::future::ready(Reply::empty(200)))
    }
}

#[tokio::test]
async fn a_line_tells_who_the_client_says_to_be() {
    let folder = TempDir::new();
    let log = folder.path().join("log");
    let static_config = format!(
        "entryPoints: {{web: {{address: '127.0.0.1:0'}}}}\naccessLog: {{filePath: '{}', format: json, addInternals: true}}",
        log.display()
    );
    let gateway = Gateway::with(Settings {
        static_config: &static_config,
        services: vec![("asks", Arc::new(Asks) as _)],
        ..Settings::default()
    });
    gateway.publish("file", "http: {routers: {a: {rule: 'Host(`a.test`)', service: asks@internal}}}").await;
    let mut client = Client::connect(gateway.address("web")).await;
    for path in ["/nobody", "/", "/bob"] {
        client.get("a.test", path).await;
    }
    gateway.stop().await;
    let text = fs::read_to_string(&log).unwrap();
    let users: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["ClientUsername"].clone())
        .collect();
    assert_eq!(users, ["-", "", "bob"]);
}

#[tokio::test]
async fn what_is_counted_may_change_while_requests_run() {
    let server = Server::fixed("hello").await;
    let settings = Settings { static_config: METRICS, changes: Changes::MayCome, ..Settings::default() };
    let gateway = Gateway::with(settings);
    gateway.publish("file", &routing("app", &server.url())).await;
    let mut client = Client::connect(gateway.address("web")).await;
    client.get("a.test", "/").await;
    let bounds = |text: &str| {
        let lines =
            text.lines().filter(|line| line.starts_with("traefik_service_request_duration_seconds_bucket"));
        lines.filter_map(|line| line.split("le=\"").nth(1)?.split('"').next()).collect::<Vec<_>>().join(" ")
    };
    let usual = "0.1 0.3 1.2 5 +Inf";
    assert_eq!(bounds(&scrape(&mut client).await), usual);
    let near = Around { env: &|_| None, files: &windrose_assembly::files, changes: Changes::MayCome };
    let other = Prometheus { buckets: Box::new([0.5]), ..Prometheus::default() };
    assert!(gateway.telemetry().count(Some(&other), near).is_empty());
    client.get("a.test", "/").await;
    let text = scrape(&mut client).await;
    assert_eq!(bounds(&text), "0.5 +Inf");
    assert!(text.contains("traefik_service_requests_total{code=\"200\",method=\"GET\",protocol=\"http\",service=\"app@file\"} 1\n"));
    // What says the same changes nothing, and what was counted stays.
    gateway.telemetry().count(Some(&other), near);
    assert_eq!(bounds(&scrape(&mut client).await), "0.5 +Inf");
    gateway.telemetry().count(None, near);
    client.get("a.test", "/").await;
    assert_eq!(bounds(&scrape(&mut client).await), usual);
}
