use std::sync::Arc;
use std::time::Duration;

use windrose_config::refuse::Refusal;
use windrose_config::source::{self, Format};
use windrose_config::{DynamicConfig, Source, StaticConfig, Update, refuse};
use windrose_engine::compile::{Compiler, Tools};
use windrose_engine::live::Live;
use windrose_engine::merge::{Place, Sources, internal, merge};
use windrose_engine::reload::{Published, Reloads};
use windrose_engine::snapshot::Snapshot;

use super::*;
use crate::Noop;

const INSTALL: &str = "
entryPoints:
  web: {address: ':80'}
  other: {address: ':81'}
api: {insecure: true, disableDashboardAd: true, dashboardName: ours}
providers: {file: {filename: x.yml}}
";

const ROUTING: &str = "
http:
  routers:
    plain: {rule: 'Host(`a.test`)', service: app}
    nested/name: {rule: 'Host(`b.test`)', service: sum, middlewares: [secrets, strip@file], tls: {}, priority: 5}
    gone: {rule: 'Host(`c.test`)', service: nowhere, entryPoints: [web, wed]}
    unread: {rule: 'Host(`d.test`)', servce: app}
  services:
    app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}, {url: 'http://127.0.0.1:2'}]}}
    sum: {weighted: {services: [{name: app, weight: 3}]}}
  middlewares:
    strip: {stripPrefix: {prefixes: [/a]}}
    secrets: {headers: {customRequestHeaders: {Authorization: 'Basic c2VjcmV0', X-Open: c2VjcmV0, X-Vault-Token: c2VjcmV0, Cache-Control: shown}}}
    users: {basicAuth: {users: ['u:$apr1$hash']}}
";

pub(crate) fn parse(text: &str) -> (windrose_config::Tree, Arc<Source>) {
    let source = Source::file("x.yml");
    (source::parse(Format::Yaml, text, &source).unwrap(), source)
}

fn started() -> (Facts, View) {
    routed(ROUTING)
}

pub(crate) fn routed(text: &str) -> (Facts, View) {
    installed(INSTALL, text, refuse::DYNAMIC)
}

pub(crate) fn installed(install: &str, text: &str, refused: &[Refusal]) -> (Facts, View) {
    let (tree, source) = parse(install);
    let settings = Arc::new(StaticConfig::load(tree, &source, &[]).unwrap().config);
    let (tree, source) = parse(text);
    let routing = DynamicConfig::decode(tree, &source, refused);
    let mut sources = Sources::new();
    sources.take(Update { provider: "internal".into(), config: Arc::new(internal(&settings)) });
    sources.take(Update { provider: "file".into(), config: Arc::new(routing) });
    let merged = merge(&settings, &Place::all(&settings), &sources);
    let tools = Tools {
        build: windrose_middleware::list::build,
        services: ["api", "dashboard", "noop"].map(|name| (name.into(), Arc::new(Noop) as _)).into(),
        live: Arc::new(Live::new()),
        files: Arc::new(|_: &str| Err::<Vec<u8>, _>(std::io::ErrorKind::NotFound.into())),
    };
    let health = Arc::clone(&tools.live.health);
    let compiled = Compiler::new(tools, 0).compile(&merged);
    let current = Snapshot { generation: 1, listeners: compiled.snapshot.listeners.clone() };
    let current = OnceLock::from(Arc::new(Current::new(current)));
    let about = About { version: "1.2.3", codename: "mistral", started: SystemTime::UNIX_EPOCH };
    let outlook = Outlook {
        look: Box::new(|| None),
        window: Window::default(),
        current: Arc::new(current),
        tap: Arc::default(),
        listening: Box::new(heard),
        sources: Box::new(states),
        orders: Box::new(orders),
    };
    let facts = Arc::into_inner(Api::new(about, &settings, outlook).facts).unwrap();
    let reloads = Reloads { count: 1, at: SystemTime::UNIX_EPOCH, took: Duration::ZERO };
    (
        facts,
        View::new(Arc::new(Published {
            merged,
            report: compiled.report,
            health,
            generation: 1,
            reloads,
            certificates: compiled.certificates,
            history: Arc::default(),
        })),
    )
}

fn heard() -> Arc<Vec<crate::Heard>> {
    let heard = |name: &str, updated| crate::Heard {
        provider: name.into(),
        in_force: updated,
        updated: updated.then_some(SystemTime::UNIX_EPOCH),
        updates: u64::from(updated),
    };
    Arc::new(vec![heard("file", true), heard("docker", false)])
}

fn states() -> BTreeMap<Arc<str>, State> {
    let error = "asking https://u:hidden@engine failed".to_owned();
    let failing = State::Failing { error, since: SystemTime::UNIX_EPOCH };
    BTreeMap::from([("file".into(), State::Reached), ("docker".into(), failing)])
}

fn orders() -> Vec<Order> {
    vec![Order {
        resolver: "le".into(),
        names: vec!["a.test".to_owned()],
        renews_at: None,
        is_under_way: false,
        error: Some("asking https://u:hidden@authority failed".to_owned()),
        next: Some(SystemTime::UNIX_EPOCH),
    }]
}

/// The status and body of an answer.
fn ask(path: &str) -> (u16, Value) {
    ask_of(&started(), path)
}

pub(crate) fn ask_of((facts, view): &(Facts, View), path: &str) -> (u16, Value) {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let reply = facts.answer(&Asked::parse(path).unwrap(), query, Some(view)).into_reply();
    let Body::Full(body) = reply.body else { panic!("no body") };
    (reply.status, serde_json::from_slice(&body).unwrap())
}

fn shown(path: &str) -> Value {
    let (status, body) = ask(path);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn names(path: &str) -> Vec<String> {
    let list = shown(path);
    list.as_array().unwrap().iter().map(|object| object["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_router_is_shown_with_what_was_left_open() {
    let expected = json!({
        "entryPoints": ["other", "web"],
        "service": "app",
        "rule": "Host(`a.test`)",
        "priority": 14,
        "observability": {"accessLogs": true, "metrics": true, "tracing": true, "traceVerbosity": "minimal"},
        "status": "enabled",
        "using": ["other", "web"],
        "name": "plain@file",
        "provider": "file",
        "priorityStr": "14",
    });
    assert_eq!(shown("/api/http/routers/plain@file"), expected);
    let nested = shown("/api/http/routers/nested%2Fname@file");
    assert_eq!((&nested["priority"], &nested["tls"]), (&json!(5), &json!({"options": "default"})));
    assert_eq!(nested["middlewares"], json!(["secrets@file", "strip@file"]));
}

#[test]
fn errors_have_places_and_hints() {
    let gone = shown("/api/http/routers/gone@file");
    let errors = gone["error"].as_array().unwrap();
    assert!(
        errors.iter().any(|error| error.as_str().unwrap().starts_with("x.yml:6:45: service nowhere@file")),
        "{gone}"
    );
    assert!(errors.iter().any(|error| error.as_str().unwrap().ends_with("did you mean web?")), "{gone}");
    assert_eq!((&gone["status"], &gone["using"]), (&json!("disabled"), &json!(["web"])));
}

#[test]
fn an_object_that_could_not_be_read_is_shown_with_the_reason() {
    let unread = shown("/api/http/routers/unread@file");
    assert_eq!((&unread["status"], &unread["name"]), (&json!("disabled"), &json!("unread@file")));
    assert!(unread["error"][0].as_str().unwrap().starts_with("x.yml:7:"), "{unread}");
    assert_eq!(names("/api/http/routers?status=disabled"), ["gone@file", "unread@file"]);
}

#[test]
fn services_and_middlewares_know_their_users() {
    let app = shown("/api/http/services/app@file");
    assert_eq!(app["usedBy"], json!(["plain@file"]));
    assert_eq!(app["serverStatus"], json!({"http://127.0.0.1:1": "UP", "http://127.0.0.1:2": "UP"}));
    assert_eq!(shown("/api/http/services/sum@file")["type"], "weighted");
    assert_eq!(shown("/api/http/middlewares/strip@file")["usedBy"], json!(["nested/name@file"]));
    assert_eq!(
        names("/api/http/services"),
        ["api@internal", "app@file", "dashboard@internal", "noop@internal", "sum@file"]
    );
}

#[test]
fn filters_of_routers_do_not_empty_other_lists() {
    assert_eq!(names("/api/http/routers?serviceName=app"), ["plain@file"]);
    assert_eq!(names("/api/http/routers?middlewareName=strip@file"), ["nested/name@file"]);
    assert_eq!(names("/api/http/services?serviceName=app&middlewareName=x").len(), 5);
    assert_eq!(names("/api/http/services?sortBy=servers&direction=desc")[0], "app@file");
}

#[test]
fn no_secret_is_shown_anywhere() {
    for path in ["/api/rawdata", "/api/http/middlewares", "/api/http/middlewares/users@file"] {
        let text = shown(path).to_string();
        assert!(!text.contains("c2VjcmV0") && !text.contains("$apr1$"), "{path}: {text}");
    }
    let all = shown("/api/rawdata");
    let headers = &all["middlewares"]["secrets@file"]["headers"]["customRequestHeaders"];
    assert_eq!(
        *headers,
        json!({"Authorization": "xxxx", "X-Open": "xxxx", "X-Vault-Token": "xxxx", "Cache-Control": "shown"})
    );
    assert_eq!(all["middlewares"]["users@file"]["basicAuth"]["users"], json!(["xxxx"]));
}

#[test]
fn the_password_of_a_url_is_shown_nowhere() {
    let text = "http: {services: {s: {loadBalancer: {healthCheck: {headers: {X-Vault-Token: marker}}, \
                servers: [{url: 'http://user:marker@127.0.0.1:1'}, {url: 'http://user:mar/ker@127.0.0.1:2'}]}}, \
                u: {loadBalancer: {servers: [{url: 'http://user:marker@127.0.0.1:1'}], nonsense: 1}}}}";
    let (facts, view) = routed(text);
    for path in
        ["/api/rawdata", "/api/http/services", "/api/http/services/s@file", "/api/http/services/u@file"]
    {
        let reply = facts.answer(&Asked::parse(path).unwrap(), None, Some(&view)).into_reply();
        let Body::Full(body) = reply.body else { panic!("no body") };
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(reply.status == 200 && body.contains("@file"), "{path}: {body}");
        assert!(!body.contains("marker") && !body.contains("mar/ker"), "{path}: {body}");
    }
}

#[test]
fn the_overview_counts_everything_once() {
    let overview = shown("/api/overview");
    let counts = |total, errors| json!({"total": total, "warnings": 0, "errors": errors});
    assert_eq!(overview["http"]["services"], counts(5, 0));
    assert_eq!(overview["http"]["middlewares"]["total"], 5);
    assert_eq!(overview["http"]["routers"]["total"], 6);
    assert_eq!(overview["providers"], json!(["File"]));
}

#[test]
fn problems_of_no_object_are_shown() {
    let text = "http: {routers: {a: {rule: 'Path(`/`)', servce: b}}, rooters: {}}";
    let (facts, view) = routed(text);
    let shown = |asked| {
        let reply = facts.answer(&asked, None, Some(&view)).into_reply();
        let Body::Full(body) = reply.body else { panic!("no body") };
        serde_json::from_slice::<Value>(&body).unwrap()
    };
    assert_eq!(shown(Asked::Overview)["problems"], json!({"warnings": 0, "errors": 1}));
    let all = shown(Asked::RawData);
    let [problem] = &all["problems"].as_array().unwrap()[..] else { panic!("{all}") };
    assert!(problem.as_str().unwrap().starts_with("x.yml:1:54: unknown field `rooters`"), "{problem}");
    assert_eq!(ask("/api/overview").1["problems"], json!({"warnings": 0, "errors": 0}));
    assert_eq!(ask("/api/rawdata").1["problems"], Value::Null);
}

#[test]
fn the_version_says_what_the_operator_wants_said() {
    let expected = json!({
        "Version": "1.2.3", "Codename": "mistral", "startDate": "1970-01-01T00:00:00Z",
        "disableDashboardAd": true, "dashboardName": "ours",
    });
    assert_eq!(shown("/api/version"), expected);
}

#[test]
fn entry_points_come_in_pages() {
    assert_eq!(names("/api/entrypoints"), ["other", "traefik", "web"]);
    assert_eq!(names("/api/entrypoints?per_page=2&page=2"), ["web"]);
    assert_eq!(ask("/api/entrypoints?page=2").0, 400);
    assert_eq!(shown("/api/entrypoints/web")["address"], ":80");
}

#[test]
fn nothing_in_force_is_told() {
    let (facts, _) = started();
    assert_eq!(facts.answer(&Asked::RawData, None, None).into_reply().status, 503);
    assert_eq!(facts.answer(&Asked::Version, None, None).into_reply().status, 200);
}

const STREAMS: &str = "
tcp:
  routers:
    all: {rule: 'HostSNI(`*`)', service: db, entryPoints: [web]}
    one: {rule: 'HostSNI(`x.test`)', service: sum, middlewares: [near], tls: {}, entryPoints: [web, wed]}
    shut: {rule: 'HostSNI(`y.test`)', service: db, tls: {passthrough: true}}
  services:
    db: {loadBalancer: {servers: [{address: '127.0.0.1:1'}]}}
    sum: {weighted: {services: [{name: db, weight: 1}]}}
    idle: {loadBalancer: {servers: [{address: '127.0.0.1:1'}]}}
  middlewares:
    near: {ipAllowList: {sourceRange: [10.0.0.0/8]}}
udp:
  routers: {dns: {service: dns}, ntp: {service: dns, entryPoints: [web]}}
  services: {dns: {loadBalancer: {servers: [{address: '127.0.0.1:53'}]}}}
";

#[test]
fn streams_are_shown_as_they_are_written() {
    let of = installed(INSTALL, STREAMS, &[]);
    let shown = |path: &str| ask_of(&of, path).1;
    let all = shown("/api/tcp/routers/all@file");
    assert_eq!((&all["priority"], &all["priorityStr"]), (&json!(-1), &json!("-1")));
    let one = shown("/api/tcp/routers/one@file");
    assert_eq!(one["middlewares"], json!(["near@file"]));
    assert_eq!((&one["entryPoints"], &one["using"]), (&json!(["web", "wed"]), &json!(["web"])));
    assert_eq!((&one["tls"], &one["priority"]), (&json!({"passthrough": false}), &json!(17)));
    assert_eq!(shown("/api/tcp/routers/shut@file")["tls"], json!({"passthrough": true}));
    assert_eq!(shown("/api/tcp/routers/shut@file")["using"], json!(["other", "web"]));
    let db = shown("/api/tcp/services/db@file");
    assert_eq!((&db["usedBy"], &db["type"]), (&json!(["all@file", "shut@file"]), &json!("loadbalancer")));
    assert_eq!(shown("/api/tcp/middlewares/near@file")["usedBy"], json!(["one@file"]));
    assert_eq!(shown("/api/udp/routers/ntp@file")["entryPoints"], json!(["web"]));
    assert_eq!(shown("/api/udp/services/dns@file")["usedBy"], json!(["dns@file", "ntp@file"]));
    assert_eq!(shown("/api/tcp/routers?middlewareName=near@file").as_array().unwrap().len(), 1);
    let everything = shown("/api/rawdata");
    for section in ["tcpRouters", "tcpServices", "tcpMiddlewares", "udpRouters", "udpServices"] {
        assert!(everything[section].is_object(), "{section}");
    }
}

#[test]
fn a_router_goes_by_a_name_for_each_entry_point_that_adds_to_it() {
    let install = "
entryPoints:
  web: {address: ':80'}
  safe: {address: ':81', http: {middlewares: [before@file], tls: {options: strict}}}
api: {}
providers: {file: {filename: x.yml}}
";
    let text = "
http:
  routers:
    both: {rule: 'Host(`a.test`)', service: app, middlewares: [own]}
    one: {rule: 'Host(`b.test`)', service: app, entryPoints: [safe]}
  services: {app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}}
  middlewares: {before: {stripPrefix: {prefixes: [/a]}}, own: {stripPrefix: {prefixes: [/b]}}}
tls: {options: {strict: {minVersion: VersionTLS13}}}
";
    let of = installed(install, text, refuse::DYNAMIC);
    let list = ask_of(&of, "/api/http/routers").1;
    let told: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|router| (router["name"].clone(), router["using"].clone(), router["tls"].clone()))
        .collect();
    let tls = json!({"options": "strict"});
    let expected = [
        (json!("both@file"), json!(["web"]), Value::Null),
        (json!("one@file"), json!(["safe"]), tls.clone()),
        (json!("safe-both@file"), json!(["safe"]), tls),
    ];
    assert_eq!(told, expected);
    let safe = ask_of(&of, "/api/http/routers/safe-both@file").1;
    assert_eq!(safe["middlewares"], json!(["before@file", "own@file"]));
    let before = ask_of(&of, "/api/http/middlewares/before@file").1;
    assert_eq!(before["usedBy"], json!(["one@file", "safe-both@file"]));
    let app = ask_of(&of, "/api/http/services/app@file").1;
    assert_eq!(app["usedBy"], json!(["both@file", "one@file", "safe-both@file"]));
}

#[test]
fn a_service_that_nobody_reaches_has_no_servers_up() {
    let text = "
http:
  routers: {r: {rule: 'Host(`a.test`)', service: sum}}
  services:
    sum: {weighted: {services: [{name: app, weight: 1}]}}
    app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}
    idle: {loadBalancer: {servers: [{url: 'http://127.0.0.1:2'}]}}
";
    let of = routed(text);
    assert_eq!(
        ask_of(&of, "/api/http/services/app@file").1["serverStatus"],
        json!({"http://127.0.0.1:1": "UP"})
    );
    let idle = ask_of(&of, "/api/http/services/idle@file").1;
    assert_eq!(idle["serverStatus"], Value::Null);
    assert_eq!(idle["loadBalancer"]["responseForwarding"], json!({"flushInterval": "100ms"}));
}

#[test]
fn entry_points_show_what_was_left_open() {
    let web = shown("/api/entrypoints/web");
    let expected = json!({
        "address": ":80",
        "transport": {
            "lifeCycle": {"graceTimeOut": "10s"},
            "respondingTimeouts": {"readTimeout": "1m0s", "idleTimeout": "3m0s"},
        },
        "forwardedHeaders": {},
        "http": {"sanitizePath": true, "maxHeaderBytes": 1_048_576},
        "http2": {
            "maxConcurrentStreams": 250,
            "maxDecoderHeaderTableSize": 4096,
            "maxEncoderHeaderTableSize": 4096,
        },
        "udp": {"timeout": "3s"},
        "name": "web",
        "stage": "running",
    });
    assert_eq!(web, expected);
}

#[test]
fn all_problems_are_one_list() {
    let list = shown("/api/problems");
    let list = list.as_array().unwrap();
    let severities: Vec<&str> = list.iter().map(|problem| problem["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["error", "error", "warning", "warning"]);
    let unread = list.iter().find(|problem| problem["object"]["name"] == "unread@file").unwrap();
    assert_eq!(unread["object"]["section"], "http.routers");
    assert!(unread["place"].as_str().unwrap().starts_with("x.yml:7:"), "{unread}");
    assert_eq!(shown("/api/problems?search=servce").as_array().unwrap().len(), 1);
    assert_eq!(shown("/api/problems?status=warning").as_array().unwrap().len(), 2);
    assert_eq!(shown("/api/problems?per_page=1&page=2").as_array().unwrap().len(), 1);
    assert_eq!(ask("/api/problems?page=99").0, 400);
}

#[test]
fn providers_are_told_with_what_they_said() {
    let providers = shown("/api/windrose/providers");
    let file = &providers[0];
    assert_eq!(
        (&file["name"], &file["inForce"], &file["connected"]),
        (&json!("file"), &json!(true), &json!(true))
    );
    assert_eq!(
        (&file["routers"], &file["services"], &file["middlewares"]),
        (&json!(3), &json!(2), &json!(3))
    );
    assert_eq!(file["lastUpdate"], "1970-01-01T00:00:00Z");
    let docker = &providers[1];
    assert_eq!(
        (&docker["inForce"], &docker["connected"], &docker["state"]),
        (&json!(false), &json!(false), &json!("failing"))
    );
    let error = json!({"message": "asking https://u:xxxxxx@engine failed", "since": "1970-01-01T00:00:00Z"});
    assert_eq!(docker["lastError"], error);
}

#[test]
fn a_certificate_that_cannot_be_obtained_is_told_with_the_reason_and_the_next_attempt() {
    let certificates = shown("/api/windrose/certificates");
    let missing = &certificates[0];
    assert_eq!((&missing["status"], &missing["resolver"]), (&json!("missing"), &json!("le")));
    assert_eq!(missing["lastError"], "asking https://u:xxxxxx@authority failed");
    assert_eq!(missing["nextAttempt"], "1970-01-01T00:00:00Z");
}

#[test]
fn rates_and_reloads_are_there_before_anything_happened() {
    assert_eq!(shown("/api/windrose/reloads"), json!([]));
    assert_eq!(shown("/api/windrose/rates")["total"]["requests"], 0.0);
    assert_eq!(ask("/api/windrose/rates?routr=x").0, 400);
    assert_eq!(ask("/api/windrose/rates?most=x").0, 400);
    assert_eq!(Asked::parse("/api/windrose/nothing"), None);
}
