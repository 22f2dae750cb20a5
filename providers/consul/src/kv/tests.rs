use std::sync::Mutex;
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::json;
use windrose_config::source::yaml;
use windrose_providers_core::testing::{Asked, Reply, Running, Scripted, World, keeps_the_contract};

use super::*;

/// A store of keys that a server tells of.
struct Store {
    server: Scripted,
    keys: Arc<Mutex<Vec<(String, String)>>>,
    more: &'static str,
}

impl Store {
    fn new(more: &'static str) -> Self {
        let store = Self { server: Scripted::new(), keys: Arc::default(), more };
        store.tell();
        store
    }

    /// Answers with the keys that there are now; those who wait are told.
    fn tell(&self) {
        let keys = self.keys.lock().unwrap().clone();
        let version = self.server.version() + 1;
        self.server.answer(move |asked| answer(asked, &keys, version));
    }
}

fn answer(asked: &Asked, keys: &[(String, String)], version: u64) -> Reply {
    let index = asked.target.split(['?', '&']).find_map(|one| one.strip_prefix("index="));
    // One that knows as much has to wait.
    if index.and_then(|index| index.parse().ok()) == Some(version) {
        return Reply::status(0);
    }
    if asked.target.contains("secret") || !asked.target.starts_with("/v1/kv/traefik/?") {
        return Reply::status(403);
    }
    let fields = format!("X-Consul-Index: {version}\r\n");
    let all: Vec<_> = keys
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": BASE64.encode(value.as_bytes())}))
        .collect();
    if all.is_empty() {
        return Reply { fields, ..Reply::status(404) };
    }
    Reply { fields, ..Reply::ok(serde_json::to_string(&all).unwrap()) }
}

impl World for Store {
    fn ready(&self) -> Ready {
        let text = format!("{{endpoints: ['{}']{}}}", self.server.address(), self.more);
        let place = Source::file("windrose.yml");
        ready(&yaml::parse(&text, &place).unwrap(), &place).unwrap().remove(0)
    }

    async fn say(&mut self, router: &str) {
        let key = |option: &str| format!("traefik/http/routers/{router}/{option}");
        *self.keys.lock().unwrap() =
            vec![(key("rule"), format!("Host(`{router}`)")), (key("service"), "s".to_owned())];
        self.tell();
    }

    async fn spoil(&mut self) -> &'static str {
        let key = "traefik/http/routers/bad/rul".to_owned();
        self.keys.lock().unwrap().push((key, "x".to_owned()));
        self.tell();
        "consul: traefik/http/routers/bad/rul"
    }

    async fn leave(&mut self) {
        self.server.leave().await;
    }

    async fn come_back(&mut self) {
        self.server.come().await;
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    keeps_the_contract(&mut Store::new("")).await;
}

#[tokio::test]
async fn each_namespace_is_a_provider_and_the_token_is_a_field() {
    let mut store = Store::new(", namespaces: [team], token: secret");
    store.say("a").await;
    store.come_back().await;
    let ready = store.ready();
    assert_eq!(&**ready.name(), "consul-team");
    let mut running = Running::start(ready);
    running.until(&["a"]).await;
    let asked = store.server.asked().remove(0);
    assert!(asked.target.contains("ns=team") && asked.head.contains("X-Consul-Token: secret"), "{asked:?}");
    running.stop().await;
}

#[tokio::test]
async fn a_root_without_keys_declares_nothing() {
    let mut store = Store::new("");
    store.come_back().await;
    let mut running = Running::start(store.ready());
    assert!(running.next().await.is_empty());
    store.say("a").await;
    running.until(&["a"]).await;
    running.stop().await;
}

/// It was asked three thousand times in a second.
#[tokio::test]
async fn a_server_that_does_not_wait_is_asked_a_few_times_in_a_second() {
    for fields in ["", "X-Consul-Index: 0\r\n", "X-Consul-Index: x\r\n", "growing"] {
        let mut store = Store::new("");
        let count = std::sync::atomic::AtomicUsize::new(1);
        store.server.answer(move |_| {
            let count = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let fields = match fields {
                "growing" => format!("X-Consul-Index: {count}\r\n"),
                fields => fields.to_owned(),
            };
            let value = BASE64.encode(format!("Host(`{count}`)").as_bytes());
            let all = json!([{"Key": "traefik/http/routers/r/rule", "Value": value}]);
            Reply { fields, ..Reply::ok(all.to_string()) }
        });
        store.come_back().await;
        let mut running = Running::start(store.ready());
        running.until(&["r"]).await;
        let _ = store.server.asked();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let asked = store.server.asked().len();
        assert!((1..=6).contains(&asked), "{fields:?}: {asked}");
        running.stop().await;
    }
}
