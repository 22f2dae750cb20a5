//! The OpenTelemetry collector, and what it has received.

use std::fs;
use std::net::SocketAddr;
use std::process::Stdio;

use serde_json::{Map, Value};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Duration, sleep};
use windrose_kit::peer::tls::{Authority, Identity};
use windrose_kit::port::free_port;
use windrose_kit::soon;
use windrose_kit::temp::TempDir;

/// A collector that writes down what it receives.
pub(super) struct Collector {
    pub(super) http: u16,
    pub(super) grpc: u16,
    folder: TempDir,
    _child: Child,
}

/// A span, as the collector understood it.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) kind: u64,
    pub(super) status: u64,
    pub(super) attributes: Map<String, Value>,
    pub(super) resource: Map<String, Value>,
    pub(super) began: u64,
    pub(super) ended: u64,
}

impl Collector {
    pub(super) async fn start() -> Self {
        Self::at(free_port(), free_port()).await
    }

    pub(super) async fn at(http: u16, grpc: u16) -> Self {
        Self::run(http, grpc, "", TempDir::new()).await
    }

    /// Speaks TLS with this certificate; demands one of an authority, where there is one.
    pub(super) async fn secured(identity: &Identity, clients: Option<&Authority>) -> Self {
        let folder = TempDir::new();
        let cert = folder.write("cert.pem", identity.certificate_pem());
        let key = folder.write("key.pem", identity.key_pem());
        let mut tls = format!(", tls: {{cert_file: '{}', key_file: '{}'", cert.display(), key.display());
        if let Some(authority) = clients {
            let clients = folder.write("clients.pem", authority.pem());
            tls.push_str(&format!(", client_ca_file: '{}'", clients.display()));
        }
        tls.push('}');
        Self::run(free_port(), free_port(), &tls, folder).await
    }

    async fn run(http: u16, grpc: u16, tls: &str, folder: TempDir) -> Self {
        let kinds = ["traces", "metrics", "logs"];
        let path = |kind: &str| folder.path().join(format!("{kind}.json")).display().to_string();
        let exporters = kinds.map(|kind| format!("  file/{kind}: {{path: {}}}\n", path(kind)));
        let pipelines =
            kinds.map(|kind| format!("    {kind}: {{receivers: [otlp], exporters: [file/{kind}]}}\n"));
        let config = format!(
            "receivers:\n  otlp:\n    protocols:\n      http: {{endpoint: '127.0.0.1:{http}'{tls}}}\n      \
             grpc: {{endpoint: '127.0.0.1:{grpc}'{tls}}}\nexporters:\n{}service:\n  \
             telemetry: {{metrics: {{level: none}}}}\n  pipelines:\n{}",
            exporters.concat(),
            pipelines.concat()
        );
        let config = folder.write("collector.yml", config);
        let child = Command::new(super::peer("collector").await)
            .arg(format!("--config=file:{}", config.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        for port in [http, grpc] {
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            soon("the collector", async {
                while TcpStream::connect(address).await.is_err() {
                    sleep(LOOK).await;
                }
            })
            .await;
        }
        Self { http, grpc, folder, _child: child }
    }

    /// What was received of this kind: each line is one request.
    pub(super) fn received(&self, kind: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join(format!("{kind}.json"))).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// All spans of the program of this name.
    pub(super) fn spans(&self, service: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        for of_program in self.received("traces").iter().flat_map(|line| list(&line["resourceSpans"])) {
            let resource = attributes(&of_program["resource"]["attributes"]);
            if resource.get("service.name") != Some(&Value::from(service)) {
                continue;
            }
            let of_scopes = list(&of_program["scopeSpans"]).iter().flat_map(|scope| list(&scope["spans"]));
            spans.extend(of_scopes.map(|span| Span {
                trace: text(&span["traceId"]),
                id: text(&span["spanId"]),
                parent: text(&span["parentSpanId"]),
                name: text(&span["name"]),
                kind: span["kind"].as_u64().unwrap_or_default(),
                status: span["status"]["code"].as_u64().unwrap_or_default(),
                attributes: attributes(&span["attributes"]),
                resource: resource.clone(),
                began: text(&span["startTimeUnixNano"]).parse().unwrap(),
                ended: text(&span["endTimeUnixNano"]).parse().unwrap(),
            }));
        }
        spans
    }

    /// Waits until a program has sent a span that says so.
    pub(super) async fn wait_for(&self, service: &str, is_it: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        soon("spans at the collector", async {
            loop {
                let spans = self.spans(service);
                if is_it(&spans) {
                    return spans;
                }
                sleep(LOOK).await;
            }
        })
        .await
    }
}

impl Span {
    pub(super) fn text(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Attributes as an object.
pub(super) fn attributes(written: &Value) -> Map<String, Value> {
    list(written).iter().map(|pair| (text(&pair["key"]), value(&pair["value"]))).collect()
}

pub(super) fn list(of: &Value) -> &[Value] {
    of.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Numbers of 64 bits are texts in this form.
fn value(of: &Value) -> Value {
    let Some((kind, of)) = of.as_object().and_then(|object| object.iter().next()) else { return Value::Null };
    match &**kind {
        "intValue" => text(of).parse::<i64>().unwrap().into(),
        "arrayValue" => list(&of["values"]).iter().map(value).collect(),
        _ => of.clone(),
    }
}

fn text(of: &Value) -> String {
    of.as_str().unwrap_or_default().to_owned()
}

/// How often it is looked what there is.
const LOOK: Duration = Duration::from_millis(50);
