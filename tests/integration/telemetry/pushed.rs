//! Numbers and lines that are pushed, beside those of Traefik.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::net::UdpSocket;
use windrose_kit::peer::h1::{Backend, Client, Message, Server};
use windrose_kit::program::{Program, Settings};
use windrose_kit::soon;

use super::collector::{Collector, attributes, list};

const ROUTES: &str = "\
http:
  routers:
    all: {rule: 'PathPrefix(`/`)', service: app}
  services:
    app: {loadBalancer: {servers: [{url: 'http://${app}'}]}}
";

async fn app() -> Server {
    Server::answering(Backend::bind().await, |_| {
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec()
    })
}

async fn start(binary: Option<PathBuf>, more: &str, app: &Server) -> Program {
    let install = format!(
        "entryPoints: {{web: {{address: '${{web}}'}}}}\nproviders: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}\n{more}"
    );
    let settings = Settings {
        entry_points: &["web"],
        static_config: &install,
        dynamic_config: &ROUTES.replace("${app}", &app.addr().to_string()),
        binary,
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    // Traefik accepts before it has routes.
    soon("routes", async {
        while post(&program, 1).await != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    program
}

async fn post(program: &Program, times: usize) -> u16 {
    let mut status = 0;
    for _ in 0..times {
        let mut client = Client::connect(program.entry_point("web")).await;
        client.send("POST /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc".to_owned()).await;
        status = client.read_response().await.status();
    }
    status
}

/// Takes packets until there is a line for each of these.
async fn lines(socket: &UdpSocket, wanted: &[&str]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    soon(format!("lines of {wanted:?}"), async {
        let mut packet = vec![0; 65_536];
        while !wanted.iter().all(|name| lines.iter().any(|line: &String| line.contains(name))) {
            let length = socket.recv(&mut packet).await.unwrap();
            let text = String::from_utf8(packet[..length].to_vec()).unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
    })
    .await;
    lines
}

/// Name, type and the names of tags: what does not differ from one run to the next.
fn shape(line: &str) -> String {
    let (name, rest) = line.split_once(':').unwrap();
    let parts: Vec<&str> = rest.split('|').collect();
    let tags = parts.iter().find_map(|part| part.strip_prefix('#')).unwrap_or_default();
    let tags: Vec<&str> = tags.split(',').filter_map(|tag| tag.split(':').next()).collect();
    format!("{name} {} {}", parts[1], tags.join(","))
}

const LAST: &[&str] = &[
    "service.responses.bytes.total",
    "service.requests.bytes.total",
    "router.request.total",
    "config.reload.total",
    "entrypoint.responses.bytes.total",
    "router.responses.bytes.total",
    "router.requests.bytes.total",
    "open.connections",
    "service.request.duration",
    "config.reload.lastSuccessTimestamp",
    "entrypoint.request.duration",
    "router.request.duration",
    "entrypoint.requests.bytes.total",
    "entrypoint.request.total",
    "service.request.total",
];

#[tokio::test]
async fn statsd_and_datadog_get_the_names_types_and_tags_that_traefik_sends() {
    let app = app().await;
    let mut seen = Vec::new();
    for binary in [None, Some(super::peer("traefik").await)] {
        let (statsd, datadog) = (UdpSocket::bind("127.0.0.1:0").await, UdpSocket::bind("127.0.0.1:0").await);
        let (statsd, datadog) = (statsd.unwrap(), datadog.unwrap());
        let of = |socket: &UdpSocket| socket.local_addr().unwrap().to_string();
        let metrics = format!(
            "metrics:\n  statsD: {{address: '{}', pushInterval: 1s, addRoutersLabels: true, prefix: pre}}\n  \
             datadog: {{address: '{}', pushInterval: 1s, addRoutersLabels: true}}\n",
            of(&statsd),
            of(&datadog)
        );
        let program = start(binary, &metrics, &app).await;
        post(&program, 3).await;
        let (statsd, datadog) = tokio::join!(lines(&statsd, LAST), lines(&datadog, LAST));
        seen.push(statsd.iter().chain(&datadog).map(|line| shape(line)).collect::<BTreeSet<_>>());
        program.stop(Duration::from_secs(10)).await;
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn what_grows_is_pushed_once() {
    let app = app().await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let metrics = format!(
        "metrics: {{statsD: {{address: '{}', pushInterval: 100ms}}}}\n",
        socket.local_addr().unwrap()
    );
    let program = start(None, &metrics, &app).await;
    post(&program, 9).await;
    program.stop(Duration::from_secs(10)).await;
    let mut total = 0.0;
    let mut observed = 0.0;
    let mut packet = vec![0; 65_536];
    while let Ok(length) = socket.try_recv(&mut packet) {
        for line in String::from_utf8_lossy(&packet[..length]).lines() {
            let number = |text: &str| text.split('|').next().unwrap().parse::<f64>().unwrap();
            if let Some(rest) = line.strip_prefix("traefik.entrypoint.request.total:") {
                total += number(rest);
            }
            if line.starts_with("traefik.entrypoint.request.duration:") {
                observed += line.split("|@").nth(1).map_or(1.0, |rate| 1.0 / rate.parse::<f64>().unwrap());
            }
        }
    }
    // What the test asked for until there were routes counts as well, as often as it was.
    assert!(total >= 10.0 && (observed - total).abs() < 0.01, "{total} requests, {observed} durations");
}

#[tokio::test]
async fn influx_gets_the_measurements_tags_and_fields_that_traefik_sends() {
    let app = app().await;
    let mut seen = Vec::new();
    for binary in [None, Some(super::peer("traefik").await)] {
        let written = Arc::new(Mutex::new(Vec::<(String, String)>::new()));
        let taken = Arc::clone(&written);
        let influx = Server::answering(Backend::bind().await, move |request: &Message| {
            let head = format!("{} {:?}", request.target(), request.header("authorization"));
            taken.lock().unwrap().push((head, request.text()));
            b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()
        });
        let metrics = format!(
            "metrics: {{influxDB2: {{address: 'http://{}', token: t, org: o, bucket: b, pushInterval: 1s, \
             addRoutersLabels: true, additionalLabels: {{env: x}}}}}}\n",
            influx.addr()
        );
        let program = start(binary, &metrics, &app).await;
        post(&program, 3).await;
        let shapes = soon("points", async {
            loop {
                let shapes: BTreeSet<String> = written
                    .lock()
                    .unwrap()
                    .iter()
                    .flat_map(|(_, text)| text.lines().map(point).collect::<Vec<_>>())
                    .collect();
                if LAST.iter().all(|name| {
                    let name = name.replace(".request.total", ".requests.total");
                    shapes.iter().any(|shape| shape.contains(&name))
                }) {
                    return shapes;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        let heads: BTreeSet<String> = written.lock().unwrap().iter().map(|(head, _)| head.clone()).collect();
        seen.push((shapes, heads));
        program.stop(Duration::from_secs(10)).await;
    }
    assert_eq!(seen[0], seen[1]);
}

/// Measurement, names of tags and names of fields.
fn point(line: &str) -> String {
    let parts: Vec<&str> = line.split(' ').collect();
    let names =
        |list: &str| list.split(',').filter_map(|pair| pair.split('=').next()).collect::<Vec<_>>().join(",");
    format!("{} {}", names(parts[0]), names(parts[1]))
}

/// What was received of metrics: names, kinds and the names of attributes.
fn metrics(collector: &Collector, service: &str) -> BTreeSet<String> {
    let mut shapes = BTreeSet::new();
    for of_program in collector.received("metrics").iter().flat_map(|line| list(&line["resourceMetrics"])) {
        if attributes(&of_program["resource"]["attributes"]).get("service.name")
            != Some(&Value::from(service))
        {
            continue;
        }
        for metric in list(&of_program["scopeMetrics"]).iter().flat_map(|scope| list(&scope["metrics"])) {
            for kind in ["sum", "gauge", "histogram"] {
                for point in list(&metric[kind]["dataPoints"]) {
                    let labels: Vec<String> = attributes(&point["attributes"]).keys().cloned().collect();
                    let mut labels: Vec<&str> = labels.iter().map(String::as_str).collect();
                    labels.sort_unstable();
                    let bounds = list(&point["explicitBounds"]).len();
                    let name = metric["name"].as_str().unwrap();
                    let temporality = &metric[kind]["aggregationTemporality"];
                    shapes.insert(format!("{name} {kind} {temporality} {bounds} {}", labels.join(",")));
                }
            }
        }
    }
    shapes
}

#[tokio::test]
async fn metrics_over_otlp_have_the_names_kinds_and_attributes_of_traefik_s() {
    let (collector, app) = tokio::join!(Collector::start(), app());
    let mut seen = Vec::new();
    for (service, binary) in [("ours", None), ("theirs", Some(super::peer("traefik").await))] {
        let otlp = format!(
            "metrics: {{otlp: {{serviceName: {service}, pushInterval: 1s, addRoutersLabels: true, explicitBoundaries: [0.1, 1], \
             grpc: {{endpoint: '127.0.0.1:{}', insecure: true}}}}}}\n",
            collector.grpc
        );
        let program = start(binary, &otlp, &app).await;
        post(&program, 2).await;
        let shapes = soon("metrics", async {
            loop {
                let shapes = metrics(&collector, service);
                if shapes.iter().any(|shape| shape.starts_with("traefik_service_responses_bytes_total")) {
                    return shapes;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        // These have other attributes, as the reference says.
        seen.push(shapes.into_iter().filter(|shape| !shape.starts_with("http.")).collect::<BTreeSet<_>>());
        program.stop(Duration::from_secs(10)).await;
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn both_logs_are_sent_as_records_with_their_trace() {
    let (collector, app) = tokio::join!(Collector::start(), app());
    let http = format!("http: {{endpoint: 'http://127.0.0.1:{}'}}", collector.http);
    let install = format!(
        "experimental: {{otlpLogs: true}}\naccessLog: {{format: json, otlp: {{serviceName: requests, {http}}}}}\n\
         log: {{level: INFO, otlp: {{serviceName: program, {http}}}}}\ntracing: {{otlp: {{{http}}}}}\n"
    );
    let program = start(None, &install, &app).await;
    post(&program, 1).await;
    let records = |service: &str| -> Vec<Value> {
        let mut records = Vec::new();
        for of_program in collector.received("logs").iter().flat_map(|line| list(&line["resourceLogs"])) {
            if attributes(&of_program["resource"]["attributes"])["service.name"] == service {
                let scopes = list(&of_program["scopeLogs"]);
                records.extend(scopes.iter().flat_map(|scope| list(&scope["logRecords"])).cloned());
            }
        }
        records
    };
    let found = soon("records", async {
        loop {
            let requests = records("requests");
            let request = requests.into_iter().find(|record| {
                attributes(&record["attributes"]).get("RouterName") == Some(&Value::from("all@file"))
            });
            let ready =
                records("program").into_iter().find(|record| record["body"]["stringValue"] == "ready");
            if let (Some(request), Some(ready)) = (request, ready) {
                return (request, ready);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let fields = attributes(&found.0["attributes"]);
    assert_eq!(
        (&fields["DownstreamStatus"], &fields["RequestMethod"]),
        (&Value::from(200), &Value::from("POST"))
    );
    assert_eq!(found.0["traceId"], fields["TraceId"]);
    let line: Value = serde_json::from_str(found.0["body"]["stringValue"].as_str().unwrap()).unwrap();
    assert_eq!(line["RouterName"], "all@file");
    assert_eq!(
        (&found.1["severityText"], found.1["severityNumber"].as_u64()),
        (&Value::from("info"), Some(9))
    );
    assert!(!program.log().contains("all@file"), "lines are written besides: {}", program.log());
}

#[tokio::test]
async fn an_expression_says_which_requests_are_kept() {
    let app = app().await;
    let log = "accessLog: {filters: {expression: 'DownstreamStatus() >= 400 || Matches(\"RequestPath\", \"^/kept\")'}}\n";
    let mut program = start(None, log, &app).await;
    for path in ["/left", "/kept"] {
        let mut client = Client::connect(program.entry_point("web")).await;
        client.send(format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n")).await;
        client.read_response().await;
    }
    program.wait_for_log("GET /kept").await;
    assert!(!program.log().contains("/left") && !program.log().contains("POST /x"), "{}", program.log());
}
