//! Spans: what Traefik sends of a request, we do.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use windrose_kit::peer::h1::{Backend, Client, Message, Server};
use windrose_kit::program::{Program, Settings};

use super::collector::{Collector, Span};

const ROUTES: &str = "\
http:
  routers:
    minimal: {rule: 'PathPrefix(`/minimal`)', service: app}
    detailed:
      rule: PathPrefix(`/detailed`)
      service: app
      middlewares: [strip, add, again]
      observability: {traceVerbosity: detailed}
    weighted: {rule: 'PathPrefix(`/weighted`)', service: share, middlewares: [all], observability: {traceVerbosity: detailed}}
    off: {rule: 'PathPrefix(`/off`)', service: app, observability: {tracing: false}}
    down: {rule: 'PathPrefix(`/down`)', service: down, middlewares: [again], observability: {traceVerbosity: detailed}}
    asked: {rule: 'PathPrefix(`/asked`)', service: app, middlewares: [ask], observability: {traceVerbosity: detailed}}
    denied: {rule: 'PathPrefix(`/denied`)', service: app, middlewares: [deny], observability: {traceVerbosity: detailed}}
    moved: {rule: 'PathPrefix(`/moved`)', service: app, middlewares: [move], observability: {traceVerbosity: detailed}}
    many:
      rule: PathPrefix(`/many`)
      service: app
      middlewares: [prefix, buffer, breaker, pages, flight, cert, rate, pathRegex, stripRegex, path]
      observability: {traceVerbosity: detailed}
    empty: {rule: 'PathPrefix(`/empty`)', service: empty, observability: {traceVerbosity: detailed}}
    internal: {rule: 'PathPrefix(`/internal`)', service: ping@internal}
  middlewares:
    strip: {stripPrefix: {prefixes: [/detailed]}}
    add: {headers: {customRequestHeaders: {X-Added: a}}}
    again: {retry: {attempts: 3, initialInterval: 5ms}}
    all: {chain: {middlewares: [add, pack]}}
    pack: {compress: {}}
    ask: {forwardAuth: {address: 'http://${app}/auth'}}
    deny: {ipAllowList: {sourceRange: [10.0.0.0/8]}}
    move: {redirectRegex: {regex: '.*', replacement: 'http://elsewhere.test/'}}
    prefix: {addPrefix: {prefix: /p}}
    buffer: {buffering: {maxRequestBodyBytes: 1000}}
    breaker: {circuitBreaker: {expression: 'NetworkErrorRatio() > 0.5'}}
    pages: {errors: {status: ['500'], service: app, query: /x}}
    flight: {inFlightReq: {amount: 10}}
    cert: {passTLSClientCert: {pem: true}}
    rate: {rateLimit: {average: 100, burst: 100}}
    pathRegex: {replacePathRegex: {regex: '^/zz', replacement: /new}}
    stripRegex: {stripPrefixRegex: {regex: ['/qq']}}
    path: {replacePath: {path: /replaced}}
  services:
    app: {loadBalancer: {servers: [{url: 'http://${app}'}]}}
    down: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}
    empty: {loadBalancer: {servers: []}}
    share: {weighted: {services: [{name: app, weight: 1}]}}
";

/// Answers with the status that the path ends with, or 200, and shows the field that it was sent.
fn app(request: &Message) -> Vec<u8> {
    let status = request.target().rsplit('/').next().and_then(|last| last.parse::<u16>().ok()).unwrap_or(200);
    let parent = request.header("traceparent").unwrap_or("none").to_owned();
    format!("HTTP/1.1 {status} X\r\nX-Back: b\r\nContent-Length: {}\r\n\r\n{parent}", parent.len())
        .into_bytes()
}

async fn served() -> Server {
    Server::answering(Backend::bind().await, app)
}

fn install(service: &str, endpoint: &str, more: &str) -> String {
    format!(
        "entryPoints:\n  web: {{address: '${{web}}'}}\n  quiet: {{address: '${{quiet}}', observability: {{tracing: false}}}}\n\
         ping: {{manualRouting: true}}\nproviders: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}\n\
         tracing:\n  serviceName: {service}\n  resourceAttributes: {{team: edge}}\n  \
         capturedRequestHeaders: [X-Asked, Cookie]\n  capturedResponseHeaders: [X-Back]\n  safeQueryParams: [ok]\n  \
         otlp: {{{endpoint}}}\n{more}"
    )
}

async fn start(binary: Option<std::path::PathBuf>, install: &str, app: &Server) -> Program {
    let dynamic = ROUTES.replace("${app}", &app.addr().to_string());
    let settings = Settings {
        entry_points: &["web", "quiet"],
        static_config: install,
        dynamic_config: &dynamic,
        environment: &[("OTEL_BSP_SCHEDULE_DELAY", "100")],
        binary,
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    // Traefik accepts before it has routes.
    windrose_kit::soon("routes", async {
        while get(&program, "quiet", "/minimal", &[]).await.status() == 404 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    program
}

async fn get(program: &Program, entry_point: &str, target: &str, fields: &[&str]) -> Message {
    let mut client = Client::connect(program.entry_point(entry_point)).await;
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    client.send(format!("GET {target} HTTP/1.1\r\nHost: a.test:80\r\nUser-Agent: u\r\n{fields}\r\n")).await;
    client.read_response().await
}

/// The last request: when its spans are there, all are.
const LAST: &str = "/minimal/last";

const REQUESTS: &[(&str, &[&str])] = &[
    ("/minimal?x=1&ok=2&x=3", &["X-Asked: 1", "X-Asked: 2", "Cookie: a=b"]),
    ("/minimal/404", &["X-Forwarded-Proto: https"]),
    ("/minimal/503", &[]),
    ("/detailed/x", &[]),
    ("/detailed/503", &[]),
    ("/weighted", &["Accept-Encoding: gzip"]),
    ("/off", &[]),
    ("/down", &[]),
    ("/asked", &[]),
    ("/denied", &[]),
    ("/moved", &[]),
    ("/many/x", &[]),
    ("/empty", &[]),
    ("/internal", &[]),
    ("/nowhere", &[]),
    (LAST, &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate: a=b"]),
];

/// What is told of a span that does not differ from one run to the next.
fn told(span: &Span, all: &[Span]) -> String {
    let parent = all.iter().find(|other| other.id == span.parent).map_or("-", |parent| &*parent.name);
    let attributes: Vec<String> = span
        .attributes
        .iter()
        .filter(|(name, _)| !name.ends_with("port") && !name.starts_with("url.full"))
        // What the server that was asked has said, only we tell.
        .filter(|(name, _)| span.name != "AuthRequest" || *name != "http.response.status_code")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let ports = ["client.port", "server.port", "network.peer.port", "url.full"];
    let ports: Vec<&str> = ports.into_iter().filter(|port| span.attributes.contains_key(*port)).collect();
    let mut attributes = attributes;
    attributes.sort();
    format!(
        "{} {} in {parent}, status {}: {} {ports:?}",
        span.name,
        span.kind,
        span.status,
        attributes.join(" ")
    )
}

/// The spans of each request, found by its path.
fn by_request(spans: &[Span]) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for root in spans.iter().filter(|span| span.kind == SERVER) {
        let of: Vec<Span> = spans.iter().filter(|span| span.trace == root.trace).cloned().collect();
        let mut lines: Vec<String> = of.iter().map(|span| told(span, &of)).collect();
        lines.sort();
        all.insert(root.text("url.path").to_owned(), lines);
    }
    all
}

const SERVER: u64 = 2;

#[tokio::test]
async fn spans_of_requests_are_those_of_traefik() {
    let (collector, app) = tokio::join!(Collector::start(), served());
    let mut seen = Vec::new();
    for (service, binary) in [("ours", None), ("theirs", Some(super::peer("traefik").await))] {
        let http = format!("http: {{endpoint: 'http://127.0.0.1:{}'}}", collector.http);
        let program = start(binary, &install(service, &http, ""), &app).await;
        for (target, fields) in REQUESTS {
            get(&program, "web", target, fields).await;
        }
        let is_last =
            |spans: &[Span]| spans.iter().any(|span| span.kind == SERVER && span.text("url.path") == LAST);
        seen.push(by_request(&collector.wait_for(service, is_last).await));
        program.stop(Duration::from_secs(10)).await;
    }
    let [ours, theirs] = &seen[..] else { panic!() };
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    let mut wrong = Vec::new();
    for (path, theirs) in theirs {
        let ours = &ours[path];
        wrong.extend(
            theirs.iter().filter(|line| !ours.contains(line)).map(|line| format!("{path} Traefik  {line}")),
        );
        wrong.extend(
            ours.iter().filter(|line| !theirs.contains(line)).map(|line| format!("{path} Windrose {line}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_trace_goes_from_the_client_through_to_the_server() {
    let (collector, app) = tokio::join!(Collector::start(), served());
    let grpc = format!("grpc: {{endpoint: '127.0.0.1:{}', insecure: true}}", collector.grpc);
    let program = start(None, &install("ours", &grpc, ""), &app).await;
    let parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = get(&program, "web", "/detailed/x?secret=1", &[parent]).await.text();
    let is_there = |spans: &[Span]| spans.iter().any(|span| span.kind == SERVER);
    let spans = collector.wait_for("ours", is_there).await;
    assert!(
        spans.iter().all(|span| span.trace == "0af7651916cd43dd8448eb211c80319c" && span.ended >= span.began)
    );
    let mut id =
        answer.strip_prefix("00-0af7651916cd43dd8448eb211c80319c-").unwrap().strip_suffix("-01").unwrap();
    let mut names = Vec::new();
    while let Some(span) = spans.iter().find(|span| span.id == id) {
        names.push(&*span.name);
        id = &span.parent;
    }
    assert_eq!(names, ["ReverseProxy", "Service", "Retry", "Headers", "StripPrefix", "Router", "GET"]);
    assert_eq!(id, "b7ad6b7169203331");
    let server = &spans.iter().find(|span| span.name == "ReverseProxy").unwrap().attributes;
    assert_eq!(server["url.full"], format!("http://{}/x?secret=REDACTED", app.addr()));
    assert_eq!(server["server.port"], app.addr().port());
    let resource = &spans[0].resource;
    assert_eq!((&resource["team"], resource["process.pid"].is_i64()), (&json!("edge"), true));
}

#[tokio::test]
async fn the_access_log_names_the_trace() {
    let (collector, app) = tokio::join!(Collector::start(), served());
    let http = format!("http: {{endpoint: 'http://127.0.0.1:{}'}}", collector.http);
    let log = "accessLog: {format: json, filePath: '${dir}/access.log'}\n";
    let program = start(None, &install("ours", &http, log), &app).await;
    get(&program, "web", "/minimal", &[]).await;
    let spans = collector.wait_for("ours", |spans| !spans.is_empty()).await;
    let root = spans.iter().find(|span| span.kind == SERVER).unwrap();
    let path = program.folder().path().join("access.log");
    let line = windrose_kit::soon("a line", async {
        loop {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            match text.lines().find(|line| line.contains("\"entryPointName\":\"web\"")) {
                Some(line) => return serde_json::from_str::<serde_json::Value>(line).unwrap(),
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await;
    for (field, expected) in
        [("TraceId", &root.trace), ("trace_id", &root.trace), ("SpanId", &root.id), ("span_id", &root.id)]
    {
        assert_eq!(line[field], **expected, "{line}");
    }
}

#[tokio::test]
async fn a_collector_that_is_away_is_told_once_and_what_waited_arrives_when_it_comes_back() {
    let app = served().await;
    let (http, grpc) = (windrose_kit::port::free_port(), windrose_kit::port::free_port());
    let endpoint = format!("http: {{endpoint: 'http://127.0.0.1:{http}'}}");
    let more = "log: {level: INFO}\nmetrics: {prometheus: {entryPoint: quiet}}\n";
    let mut program = start(None, &install("ours", &endpoint, more), &app).await;
    get(&program, "web", "/minimal/first", &[]).await;
    program.wait_for_log("spans cannot be sent").await;
    get(&program, "web", "/minimal/second", &[]).await;
    let collector = Collector::at(http, grpc).await;
    let is_there = |spans: &[Span]| spans.iter().filter(|span| span.kind == SERVER).count() == 2;
    collector.wait_for("ours", is_there).await;
    program.wait_for_log("spans are sent again").await;
    assert_eq!(program.log().matches("cannot be sent").count(), 1);
    let metrics = get(&program, "quiet", "/metrics", &[]).await.text();
    assert!(
        metrics.contains("windrose_telemetry_dropped_total{reason=\"crowded\",signal=\"traces\"} 0"),
        "{metrics}"
    );
}

#[tokio::test]
async fn what_is_left_is_sent_when_the_program_stops() {
    let (collector, app) = tokio::join!(Collector::start(), served());
    let http = format!("http: {{endpoint: 'http://127.0.0.1:{}'}}", collector.http);
    let dynamic = ROUTES.replace("${app}", &app.addr().to_string());
    let install = install("ours", &http, "");
    let settings = Settings {
        entry_points: &["web", "quiet"],
        static_config: &install,
        dynamic_config: &dynamic,
        environment: &[("OTEL_BSP_SCHEDULE_DELAY", "3600000")],
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    get(&program, "web", "/minimal/last", &[]).await;
    program.stop(Duration::from_secs(10)).await;
    collector.wait_for("ours", |spans| spans.len() == 2).await;
}
