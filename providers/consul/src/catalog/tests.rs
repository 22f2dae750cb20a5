use std::sync::Mutex;

use serde_json::{Value, json};
use windrose_config::DynamicConfig;
use windrose_config::source::yaml;
use windrose_providers_core::testing::{Asked, Reply, Scripted, World, keeps_the_contract, routers_of};

use super::*;

fn tree(text: &str) -> (Tree, Arc<Source>) {
    let place = Source::file("windrose.yml");
    (yaml::parse(text, &place).unwrap(), place)
}

fn options(text: &str) -> Result<Options, String> {
    let (tree, place) = tree(text);
    let env = |name: &str| (name == "CONSUL_HTTP_TOKEN").then(|| "of the environment".to_owned());
    let told = |wrong: Vec<Problem>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Options::decode(&tree, &place, &env).map_err(told)
}

/// An instance as Consul tells of it.
fn instance(id: &str, tags: &[&str], more: &Value) -> instance::Entry {
    let mut value = json!({
        "Node": {"Node": "n1", "Address": "10.0.0.9", "Datacenter": "dc1"},
        "Service": {"ID": id, "Service": "web", "Tags": tags, "Address": "10.0.0.1", "Port": 80},
        "Checks": [{"CheckID": "c", "Status": "passing"}],
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut value, more) {
        all.extend(more.clone());
    }
    serde_json::from_value(value).unwrap()
}

fn declared(text: &str, entries: Vec<instance::Entry>) -> DynamicConfig {
    let found: Vec<_> = entries.into_iter().map(|entry| ("Web App".to_owned(), entry)).collect();
    declare::declare(&found, &options(text).unwrap(), None)
}

fn urls(config: &DynamicConfig) -> Vec<String> {
    let all = config.http.services.iter().map(|(name, service)| {
        let value = serde_json::to_value(&service.value).unwrap();
        let servers = value["loadBalancer"]["servers"].as_array().cloned().unwrap_or_default();
        let urls: Vec<&str> = servers.iter().map(|server| server["url"].as_str().unwrap()).collect();
        format!("{name}={}", urls.join(","))
    });
    all.collect()
}

#[test]
fn instances_of_a_service_are_servers_of_one() {
    let none = json!({});
    let on_node = json!({"Service": {"ID": "2", "Tags": null, "Address": "", "Port": 81}});
    let config = declared("{}", vec![instance("1", &[], &none), instance("2", &[], &on_node)]);
    assert_eq!(urls(&config), ["Web-App=http://10.0.0.1:80,http://10.0.0.9:81"]);
    assert_eq!(&*config.http.routers["Web-App"].rule.value, "Host(`Web-App`)");
}

#[test]
fn tags_choose_and_say_where_it_listens() {
    let none = json!({});
    let port = ["edge.http.services.s.loadbalancer.server.port=99", "edge.enable=true"];
    assert_eq!(
        urls(&declared("{prefix: edge, exposedByDefault: false}", vec![instance("1", &port, &none)])),
        ["s=http://10.0.0.1:99"]
    );
    assert!(urls(&declared("exposedByDefault: false", vec![instance("1", &port, &none)])).is_empty());
    assert!(urls(&declared("constraints: Tag(`blue`)", vec![instance("1", &["green"], &none)])).is_empty());
    assert_eq!(urls(&declared("constraints: Tag(`blue`)", vec![instance("1", &["blue"], &none)])).len(), 1);
}

#[test]
fn health_decides_by_strict_checks() {
    let sick =
        json!({"Checks": [{"CheckID": "a", "Status": "passing"}, {"CheckID": "b", "Status": "critical"}]});
    let resting = json!({"Checks": [{"CheckID": "_service_maintenance:1", "Status": "critical"}]});
    assert!(urls(&declared("{}", vec![instance("1", &[], &sick)])).is_empty());
    assert_eq!(urls(&declared("strictChecks: [critical]", vec![instance("1", &[], &sick)])).len(), 1);
    assert!(urls(&declared("strictChecks: [critical]", vec![instance("1", &[], &resting)])).is_empty());
    assert_eq!(urls(&declared("strictChecks: [any]", vec![instance("1", &[], &resting)])).len(), 1);
}

#[test]
fn a_canary_has_a_name_of_its_own() {
    let none = json!({});
    let tags = ["traefik.consulcatalog.canary=true"];
    let config = declared("{}", vec![instance("1", &tags, &none), instance("2", &[], &none)]);
    assert_eq!(config.http.services.len(), 2);
    assert!(config.http.routers.keys().any(|name| name.starts_with("Web-App-")), "{:?}", routers_of(&config));
}

#[test]
fn a_tag_that_is_wrong_is_told_with_its_instance() {
    let none = json!({});
    for tag in ["traefik.http.routers.r.rul=x", "traefik.enable=perhaps", "traefik.consulcatalog.canari=true"]
    {
        let config = declared("{}", vec![instance("7", &[tag], &none)]);
        let told = config.problems[0].to_string();
        assert!(told.contains("instance 7 of service Web App at Consul"), "{told}");
        assert!(!config.http.routers.contains_key("r"));
    }
    let portless = json!({"Service": {"ID": "1", "Address": "10.0.0.1", "Port": 0}});
    let config = declared("{}", vec![instance("1", &[], &portless)]);
    assert!(config.http.services.is_empty());
}

#[test]
fn options_are_checked_and_secrets_are_hidden() {
    for (text, told) in [
        ("endpoint: {address: 'unix:///x'}", "http or https"),
        ("endpoint: {address: 'a b'}", "HOST:PORT"),
        ("refreshInterval: 0", "refreshInterval"),
        ("strictChecks: [green]", "no state `green`"),
        ("{stale: true, requireConsistent: true}", "exclude each other"),
        ("constraints: Label(`a`, `b`)", "constraints cannot be used"),
        ("defaultRule: '{{ nope }}'", "defaultRule cannot be used"),
        ("endpoint: {tls: {cert: a}}", "belong together"),
        ("namespace: a", "unknown field"),
    ] {
        let wrong = options(text).unwrap_err();
        assert!(wrong.contains(told), "{text}: {wrong}");
    }
    let read = options(
        "endpoint: {address: 'https://consul:8501', token: abc, httpAuth: {username: u, password: s3cret}}",
    )
    .unwrap();
    assert_eq!(read.place.bases, ["https://consul:8501"]);
    assert!(!format!("{read:?}").contains("abc") && !format!("{read:?}").contains("s3cret"));
    assert_eq!(options("{}").unwrap().place.token.expose(), "of the environment");
}

/// A catalog with one service.
struct Catalog {
    server: Scripted,
    tags: Arc<Mutex<Vec<String>>>,
    watch: bool,
}

impl Catalog {
    fn new(watch: bool) -> Self {
        Self { server: Scripted::new(), tags: Arc::default(), watch }
    }

    fn tell(&self) {
        let tags = self.tags.lock().unwrap().clone();
        let version = self.server.version() + 1;
        self.server.answer(move |asked| answer(asked, &tags, version));
    }
}

fn answer(asked: &Asked, tags: &[String], version: u64) -> Reply {
    let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let index = query.split('&').find_map(|one| one.strip_prefix("index="));
    if index.and_then(|index| index.parse().ok()) == Some(version) {
        return Reply::status(0);
    }
    let body = match path {
        "/v1/catalog/services" => json!({"consul": [], "web": tags}),
        "/v1/health/service/web" => json!([{
            "Node": {"Node": "n", "Address": "10.0.0.9", "Datacenter": "dc1"},
            "Service": {"ID": "web", "Tags": tags, "Port": 80}, "Checks": [],
        }]),
        "/v1/health/service/consul" | "/v1/health/state/any" => json!([]),
        _ => return Reply::status(500),
    };
    Reply { fields: format!("X-Consul-Index: {version}\r\n"), ..Reply::ok(body.to_string()) }
}

impl World for Catalog {
    fn ready(&self) -> Ready {
        let text = format!(
            "{{endpoint: {{address: '{}'}}, refreshInterval: 5ms, watch: {}}}",
            self.server.address(),
            self.watch
        );
        let (tree, place) = tree(&text);
        ready(&tree, &place).unwrap().remove(0)
    }

    async fn say(&mut self, router: &str) {
        *self.tags.lock().unwrap() = vec![format!("traefik.http.routers.{router}.rule=Host(`{router}`)")];
        self.tell();
    }

    async fn spoil(&mut self) -> &'static str {
        self.tags.lock().unwrap().push("traefik.http.routers.bad.rul=x".to_owned());
        self.tell();
        "instance web of service web"
    }

    async fn leave(&mut self) {
        self.server.leave().await;
    }

    async fn come_back(&mut self) {
        self.server.come().await;
    }
}

#[tokio::test]
async fn it_keeps_the_contract_whether_it_polls_or_watches() {
    keeps_the_contract(&mut Catalog::new(false)).await;
    keeps_the_contract(&mut Catalog::new(true)).await;
}
