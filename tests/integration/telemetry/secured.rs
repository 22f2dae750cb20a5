//! Collectors behind TLS: who is trusted, what is shown, and what the operator is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::peer::tls::{Authority, Identity};
use windrose_kit::program::{Program, Settings};
use windrose_kit::soon;
use windrose_kit::temp::TempDir;
use windrose_kit::within;

use super::collector::{Collector, attributes, list};

/// The ways to a collector.
const WAYS: [&str; 2] = ["http", "grpc"];
/// What arrives of each kind, and who sends it.
const SIGNALS: [(&str, &str); 4] =
    [("traces", "spans"), ("metrics", "numbers"), ("logs", "requests"), ("logs", "program")];

/// Sends everything to the same collector, `tls` being the options of each.
async fn start(way: &str, port: u16, tls: &str, environment: &[(&str, &str)]) -> (Program, Server) {
    let app = Server::fixed("hello").await;
    let endpoint = match way {
        "http" => format!("https://localhost:{port}"),
        _ => format!("localhost:{port}"),
    };
    let to = format!("{way}: {{endpoint: '{endpoint}'{tls}}}");
    let install = format!(
        "entryPoints: {{web: {{address: '${{web}}'}}}}\n\
         providers: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}\n\
         experimental: {{otlpLogs: true}}\n\
         tracing: {{serviceName: spans, otlp: {{{to}}}}}\n\
         metrics: {{otlp: {{serviceName: numbers, pushInterval: 1s, {to}}}}}\n\
         accessLog: {{otlp: {{serviceName: requests, {to}}}}}\n\
         log: {{level: INFO, noColor: true, otlp: {{serviceName: program, {to}}}}}\n"
    );
    let routes = format!(
        "http:\n  routers: {{all: {{rule: 'PathPrefix(`/`)', service: app}}}}\n  \
         services: {{app: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}}}\n",
        app.url()
    );
    let settings = Settings {
        entry_points: &["web"],
        static_config: &install,
        dynamic_config: &routes,
        environment: &[environment, &[("OTEL_BSP_SCHEDULE_DELAY", "100")]].concat(),
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    ask(&program).await;
    (program, app)
}

async fn ask(program: &Program) {
    let mut client = Client::connect(program.entry_point("web")).await;
    assert_eq!(client.get("a.test", "/").await.status(), 200);
}

/// Waits until a collector has something of every signal.
async fn has_all(collector: &Collector, what: &str) {
    within(Duration::from_secs(30), format!("all signals, {what}"), async {
        while !SIGNALS.iter().all(|(kind, service)| has(collector, kind, service)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

fn has(collector: &Collector, kind: &str, service: &str) -> bool {
    collector.received(kind).iter().any(|line| {
        ["resourceSpans", "resourceMetrics", "resourceLogs"].iter().any(|of| {
            list(&line[of])
                .iter()
                .any(|one| attributes(&one["resource"]["attributes"])["service.name"] == service)
        })
    })
}

/// How often the operator was told so.
fn told(program: &Program, text: &str) -> usize {
    program.log().lines().filter(|line| line.contains(text)).count()
}

/// Leads to one collector or another, and counts who comes.
struct Door {
    port: u16,
    to: Arc<AtomicU16>,
    came: Arc<AtomicUsize>,
    /// Closed when this is dropped.
    _doors: JoinSet<()>,
}

impl Door {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (to, came) = (Arc::new(AtomicU16::new(port)), Arc::<AtomicUsize>::default());
        let (leads, counted) = (Arc::clone(&to), Arc::clone(&came));
        let mut visitors = JoinSet::new();
        let mut doors = JoinSet::new();
        doors.spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let port = leads.load(Ordering::Relaxed);
                visitors.spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
                    tokio::io::copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Self { port: own, to, came, _doors: doors }
    }

    fn lead(&self, port: u16) {
        self.to.store(port, Ordering::Relaxed);
    }

    /// Waits until so many more have come.
    async fn more(&self, times: usize) {
        let wanted = self.came.load(Ordering::Relaxed) + times;
        within(Duration::from_secs(60), "more attempts", async {
            while self.came.load(Ordering::Relaxed) < wanted {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
    }
}

fn port(collector: &Collector, way: &str) -> u16 {
    if way == "http" { collector.http } else { collector.grpc }
}

/// Text as a value of YAML.
fn inline(pem: &str) -> String {
    format!("\"{}\"", pem.replace('\n', "\\n"))
}

#[tokio::test]
async fn every_signal_reaches_a_collector_of_an_own_authority_that_demands_a_certificate() {
    let (authority, clients) = (Authority::new("own"), Authority::new("clients"));
    let shown = clients.issue(&["gateway.test"]);
    let folder = TempDir::new();
    let file = |name: &str, text: &str| format!("'{}'", folder.write(name, text).display());
    let files = [
        file("ca.pem", &authority.pem()),
        file("cert.pem", shown.certificate_pem()),
        file("key.pem", &shown.key_pem()),
    ];
    let contents = [inline(&authority.pem()), inline(shown.certificate_pem()), inline(&shown.key_pem())];
    for (way, [ca, cert, key]) in
        [("http", files.clone()), ("grpc", files), ("http", contents.clone()), ("grpc", contents)]
    {
        let collector = Collector::secured(&authority.issue(&["localhost"]), Some(&clients)).await;
        let tls = format!(", tls: {{ca: {ca}, cert: {cert}, key: {key}}}");
        let (program, _app) = start(way, port(&collector, way), &tls, &[]).await;
        has_all(&collector, way).await;
        let log = program.stop(Duration::from_secs(10)).await;
        assert!(!log.contains("cannot be sent"), "{way}: {log}");
    }
}

#[tokio::test]
async fn a_collector_that_is_not_trusted_is_told_once_for_each_change_of_state() {
    for way in WAYS {
        let (authority, strange) = (Authority::new("own"), Authority::new("strange"));
        let collector = Collector::secured(&authority.issue(&["localhost"]), None).await;
        let stranger = Collector::secured(&strange.issue(&["localhost"]), None).await;
        let door = Door::to(port(&stranger, way)).await;
        let tls = format!(", tls: {{ca: {}}}", inline(&authority.pem()));
        let (program, _app) = start(way, door.port, &tls, &[]).await;
        // Four that send, each several times.
        door.more(16).await;
        let log = program.log();
        for what in ["spans", "metrics", "lines of the access log", "lines of the log"] {
            assert_eq!(told(&program, &format!("{what} cannot be sent")), 1, "{way}, {what}: {log}");
        }
        assert!(log.contains("UnknownIssuer") || log.contains("unknown issuer"), "{way}: {log}");
        assert_eq!(told(&program, "are sent again"), 0, "{way}: {log}");
        assert!(stranger.received("traces").is_empty() && stranger.received("metrics").is_empty());

        door.lead(port(&collector, way));
        ask(&program).await;
        has_all(&collector, way).await;
        soon(format!("{way}: word that it works"), async {
            while told(&program, "are sent again") < 4 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;

        door.lead(port(&stranger, way));
        ask(&program).await;
        door.more(8).await;
        let log = program.log();
        assert_eq!(told(&program, "metrics cannot be sent"), 2, "{way}: {log}");
        assert_eq!(told(&program, "spans cannot be sent"), 2, "{way}: {log}");
        assert_eq!(told(&program, "are sent again"), 4, "{way}: {log}");
    }
}

#[tokio::test]
async fn a_collector_that_demands_a_certificate_is_told_to_refuse_whoever_shows_none() {
    for way in WAYS {
        let (authority, clients) = (Authority::new("own"), Authority::new("clients"));
        let collector = Collector::secured(&authority.issue(&["localhost"]), Some(&clients)).await;
        let door = Door::to(port(&collector, way)).await;
        let tls = format!(", tls: {{ca: {}}}", inline(&authority.pem()));
        let (program, _app) = start(way, door.port, &tls, &[]).await;
        door.more(8).await;
        let log = program.log();
        assert_eq!(told(&program, "metrics cannot be sent"), 1, "{way}: {log}");
        assert!(log.contains("CertificateRequired"), "{way}: {log}");
        assert!(collector.received("metrics").is_empty() && collector.received("traces").is_empty());
    }
}

#[tokio::test]
async fn any_certificate_is_taken_where_that_is_written() {
    for way in WAYS {
        let collector = Collector::secured(&Identity::self_signed(&["elsewhere.test"]), None).await;
        let tls = ", tls: {insecureSkipVerify: true}";
        let (program, _app) = start(way, port(&collector, way), tls, &[]).await;
        has_all(&collector, way).await;
        assert_eq!(told(&program, "cannot be sent"), 0, "{way}: {}", program.log());
    }
}

#[tokio::test]
async fn the_authorities_of_the_system_are_trusted_where_nothing_is_said_of_tls() {
    for way in WAYS {
        let (authority, strange) = (Authority::new("of the system"), Authority::new("strange"));
        let folder = TempDir::new();
        let roots = folder.write("roots.pem", authority.pem()).display().to_string();
        let environment = [("SSL_CERT_FILE", &*roots)];
        let collector = Collector::secured(&authority.issue(&["localhost"]), None).await;
        let (_program, _app) = start(way, port(&collector, way), "", &environment).await;
        has_all(&collector, way).await;

        for (why, identity) in
            [("issuer", strange.issue(&["localhost"])), ("name", authority.issue(&["elsewhere.test"]))]
        {
            let collector = Collector::secured(&identity, None).await;
            let door = Door::to(port(&collector, way)).await;
            let (program, _app) = start(way, door.port, "", &environment).await;
            door.more(8).await;
            let log = program.log();
            assert_eq!(told(&program, "metrics cannot be sent"), 1, "{way}, {why}: {log}");
            assert!(collector.received("metrics").is_empty(), "{way}, {why}");
        }
    }
}
