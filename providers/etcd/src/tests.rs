use std::sync::Mutex;

use data_encoding::BASE64;
use serde_json::json;
use windrose_config::source::yaml;
use windrose_providers_core::testing::{Asked, Reply, Running, Scripted, World, keeps_the_contract};

use super::*;

fn tree(text: &str) -> (Tree, Arc<Source>) {
    let place = Source::file("windrose.yml");
    (yaml::parse(text, &place).unwrap(), place)
}

/// An etcd that is scripted.
struct Etcd {
    server: Scripted,
    keys: Arc<Mutex<Vec<(String, String)>>>,
    more: &'static str,
}

impl Etcd {
    fn new(more: &'static str) -> Self {
        Self { server: Scripted::new(), keys: Arc::default(), more }
    }

    fn tell(&self) {
        let keys = self.keys.lock().unwrap().clone();
        let revision = self.server.version() + 1;
        self.server.answer(move |asked| answer(asked, &keys, revision));
    }
}

fn answer(asked: &Asked, keys: &[(String, String)], revision: u64) -> Reply {
    let question: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    match asked.target.as_str() {
        "/v3/auth/authenticate" if question == json!({"name": "me", "password": "secret"}) => {
            Reply::ok(json!({"token": "abc.1"}).to_string())
        }
        "/v3/kv/range" => {
            let from =
                String::from_utf8(BASE64.decode(question["key"].as_str().unwrap().as_bytes()).unwrap())
                    .unwrap();
            let left: Vec<_> = keys.iter().filter(|(key, _)| *key >= from).collect();
            // One page holds one key.
            let page: Vec<_> = left.iter().take(1).map(|(key, value)| {
                json!({"key": BASE64.encode(key.as_bytes()), "value": BASE64.encode(value.as_bytes())})
            }).collect();
            let more = left.len() > 1;
            Reply::ok(
                json!({"header": {"revision": revision.to_string()}, "kvs": page, "more": more}).to_string(),
            )
        }
        "/v3/watch" => {
            let start: u64 = question["create_request"]["start_revision"].as_str().unwrap().parse().unwrap();
            let event = if start <= revision {
                "{\"result\":{\"events\":[{}]}}\n"
            } else {
                "{\"result\":{\"created\":true}}\n"
            };
            Reply { is_endless: true, ..Reply::ok(event) }
        }
        _ => Reply::status(404),
    }
}

impl World for Etcd {
    fn ready(&self) -> Ready {
        let (tree, place) = tree(&format!("{{endpoints: ['{}']{}}}", self.server.address(), self.more));
        ready(&tree, &place).unwrap().remove(0)
    }

    async fn say(&mut self, router: &str) {
        let key = |option: &str| format!("traefik/http/routers/{router}/{option}");
        *self.keys.lock().unwrap() =
            vec![(key("rule"), format!("Host(`{router}`)")), (key("service"), "s".to_owned())];
        self.tell();
    }

    async fn spoil(&mut self) -> &'static str {
        self.keys.lock().unwrap().push(("traefik/http/services/bad/weigted".to_owned(), "x".to_owned()));
        self.tell();
        "etcd: traefik/http/services/bad"
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
    keeps_the_contract(&mut Etcd::new("")).await;
}

#[tokio::test]
async fn whoever_has_a_name_proves_it() {
    let mut etcd = Etcd::new(", username: me, password: secret");
    etcd.say("a").await;
    etcd.come_back().await;
    let mut running = Running::start(etcd.ready());
    running.until(&["a"]).await;
    let asked = etcd.server.asked();
    assert_eq!(asked[0].target, "/v3/auth/authenticate");
    assert!(asked[1].head.contains("Authorization: abc.1"), "{}", asked[1].head);
    running.stop().await;
}

#[tokio::test]
async fn pages_without_end_are_refused_by_a_bound() {
    let mut server = Scripted::new();
    let pages = std::sync::atomic::AtomicUsize::new(0);
    server.answer(move |_| {
        let page = pages.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let key = BASE64.encode(format!("traefik/{page:09}").as_bytes());
        let value = "x".repeat(8 << 20);
        let body = json!({"header": {"revision": "5"}, "kvs": [{"key": key, "value": value}], "more": true});
        Reply::ok(body.to_string())
    });
    server.come().await;
    let (tree, place) = tree(&format!("{{endpoints: ['{}']}}", server.address()));
    let mut running = Running::start(ready(&tree, &place).unwrap().remove(0));
    assert!(running.next().await.is_empty());
    running.state(|state| format!("{state:?}").contains("128 MiB")).await;
    running.stop().await;
}

#[tokio::test]
async fn many_changes_one_after_the_other_are_few_listings() {
    let mut etcd = Etcd::new("");
    etcd.say("a").await;
    etcd.come_back().await;
    let mut running = Running::start(etcd.ready());
    running.until(&["a"]).await;
    let _ = etcd.server.asked();
    for _ in 0..100 {
        etcd.tell();
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    etcd.say("b").await;
    running.until(&["b"]).await;
    let asked = etcd.server.asked();
    let first = BASE64.encode(b"traefik/");
    let listings = asked.iter().filter(|asked| asked.target == "/v3/kv/range" && asked.body.contains(&first));
    assert!(listings.count() < 15, "{}", asked.len());
    running.stop().await;
}

#[test]
fn wrong_options_are_told() {
    for (text, told) in [
        ("endpoints: ['http://a:1']", "HOST:PORT"),
        ("username: a", "belong together"),
        ("rootKey: ''", "rootKey is empty"),
        ("tls: {caOptional: true}", "unknown field"),
    ] {
        let (tree, place) = tree(text);
        let wrong = Options::decode(&tree, &place).unwrap_err();
        assert!(wrong[0].to_string().contains(told), "{text}: {wrong:?}");
    }
}
