//! What servers are told of traces, in each language; beside it what Traefik tells them.

use windrose_kit::peer::h1::{Backend, Client, Message, Server};
use windrose_kit::program::{Program, Settings};

const ROUTES: &str = "\
http:
  routers:
    all: {rule: 'PathPrefix(`/`)', service: app}
    off: {rule: 'PathPrefix(`/off`)', service: app, observability: {tracing: false}}
    copied: {rule: 'PathPrefix(`/copied`)', service: copied}
  services:
    app: {loadBalancer: {servers: [{url: 'http://${app}'}]}}
    copied: {mirroring: {service: app, mirrors: [{name: app, percent: 100}]}}
";

/// Shows the fields that it was sent.
fn shows(request: &Message) -> Vec<u8> {
    let names = [
        "traceparent",
        "tracestate",
        "baggage",
        "b3",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-sampled",
        "uber-trace-id",
        "my-trace",
        "x-amzn-trace-id",
        "x-datadog-trace-id",
        "x-datadog-parent-id",
        "x-datadog-sampling-priority",
    ];
    let fields = names.iter().filter_map(|name| Some(format!("{name}={}", request.header(name)?)));
    let body = fields.collect::<Vec<_>>().join("\n");
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

async fn start(tracing: &str, propagators: &str) -> (Program, Server) {
    let app = Server::answering(Backend::bind().await, shows);
    let install = format!(
        "entryPoints: {{web: {{address: '${{web}}'}}}}\nproviders: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}\n\
         tracing: {{{tracing}}}\n"
    );
    let settings = Settings {
        entry_points: &["web"],
        static_config: &install,
        dynamic_config: &ROUTES.replace("${app}", &app.addr().to_string()),
        environment: &[("OTEL_PROPAGATORS", propagators)],
        ..Settings::default()
    };
    (Program::start(settings).await, app)
}

async fn told(program: &Program, path: &str, fields: &[&str]) -> Vec<(String, String)> {
    let mut client = Client::connect(program.entry_point("web")).await;
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n")).await;
    let text = client.read_response().await.text();
    text.lines()
        .map(|line| line.split_once('=').unwrap())
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect()
}

fn value<'a>(told: &'a [(String, String)], name: &str) -> &'a str {
    told.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

const NOWHERE: &str = "otlp: {http: {endpoint: 'http://127.0.0.1:1'}}";

#[tokio::test]
async fn a_server_is_told_where_the_request_belongs_whether_it_is_recorded_or_not() {
    let (program, _app) = start(&format!("sampleRate: 0, {NOWHERE}"), "").await;
    let fresh = told(&program, "/", &[]).await;
    let parts: Vec<&str> = value(&fresh, "traceparent").split('-').collect();
    assert!(
        parts.len() == 4 && parts[1].len() == 32 && parts[2].len() == 16 && parts[3] == "00",
        "{fresh:?}"
    );
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("traceparent: 00-{trace}-b7ad6b7169203331-01");
    let followed = told(&program, "/", &[&parent, "tracestate: a=b", "baggage: k=v"]).await;
    let now = value(&followed, "traceparent");
    assert!(
        now.starts_with(&format!("00-{trace}-")) && now.ends_with("-01") && !now.contains("b7ad6b7169203331")
    );
    assert_eq!((value(&followed, "tracestate"), value(&followed, "baggage")), ("a=b", "k=v"));
    let odd = told(&program, "/", &["traceparent: nonsense", "tracestate: a=b"]).await;
    assert!(value(&odd, "traceparent").ends_with("-00") && value(&odd, "tracestate").is_empty(), "{odd:?}");
}

#[tokio::test]
async fn where_nothing_is_traced_the_fields_of_the_client_go_on_as_they_are() {
    let (program, _app) = start(NOWHERE, "").await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let passed = told(&program, "/off", &[&format!("traceparent: {parent}")]).await;
    assert_eq!(value(&passed, "traceparent"), parent);
}

#[tokio::test]
async fn every_language_is_spoken_at_once() {
    let (program, _app) = start(NOWHERE, "tracecontext,b3,b3multi,jaeger,xray,datadog").await;
    let all = told(&program, "/", &["b3: 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"]).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let span = value(&all, "x-b3-spanid").to_owned();
    let number = u64::from_str_radix(&span, 16).unwrap().to_string();
    for (name, expected) in [
        ("traceparent", format!("00-{trace}-{span}-01")),
        ("b3", format!("{trace}-{span}-1")),
        ("x-b3-traceid", trace.to_owned()),
        ("x-b3-sampled", "1".to_owned()),
        ("uber-trace-id", format!("{trace}:{span}:0:1")),
        ("x-amzn-trace-id", format!("Root=1-0af76519-16cd43dd8448eb211c80319c;Parent={span};Sampled=1")),
        ("x-datadog-trace-id", "9532127138774266268".to_owned()),
        ("x-datadog-parent-id", number),
        ("x-datadog-sampling-priority", "1".to_owned()),
    ] {
        assert_eq!(value(&all, name), expected, "{name}");
    }
}

#[tokio::test]
async fn the_options_of_jaeger_are_honoured_and_told() {
    let jaeger = "jaeger: {samplingServerURL: 'http://127.0.0.1:5778/sampling', localAgentHostPort: '127.0.0.1:6831', \
                  propagation: jaeger, traceContextHeaderName: my-trace}";
    let (mut program, _app) = start(jaeger, "b3").await;
    program.wait_for_log("its spans are sent to http://127.0.0.1:4318/v1/traces").await;
    let narrow = told(&program, "/", &[]).await;
    let parts: Vec<&str> = value(&narrow, "my-trace").split(':').collect();
    assert!(narrow.len() == 1 && parts.len() == 4 && parts[0].starts_with("0000000000000000"), "{narrow:?}");
    let wide = "jaeger: {gen128Bit: true, samplingType: const, samplingParam: 0}";
    let (program, _app) = start(wide, "").await;
    let wide = told(&program, "/", &[]).await;
    assert!(
        !value(&wide, "uber-trace-id").starts_with("00000000")
            && value(&wide, "uber-trace-id").ends_with(":0:0")
    );
    let followed = told(&program, "/", &["uber-trace-id: 1234:5678:0:1"]).await;
    assert!(
        value(&followed, "uber-trace-id").starts_with("00000000000000000000000000001234:"),
        "{followed:?}"
    );
}
