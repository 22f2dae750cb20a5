use std::sync::Mutex;

use serde_json::json;
use windrose_config::source::yaml;
use windrose_providers_core::testing::{
    Asked, Reply, Running, Scripted, World, keeps_the_contract, routers_of,
};

use super::*;

fn tree(text: &str) -> (Tree, Arc<Source>) {
    let place = Source::file("windrose.yml");
    (yaml::parse(text, &place).unwrap(), place)
}

fn options(text: &str) -> Result<Options, String> {
    let (tree, place) = tree(text);
    let env = |name: &str| (name == "NOMAD_ADDR").then(|| "https://nomad:4646".to_owned());
    let told = |wrong: Vec<Problem>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Options::decode(&tree, &place, &env).map_err(told)
}

fn instance(id: &str, tags: &[&str], address: &str, port: i64) -> api::Instance {
    let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let value = json!({"ID": id, "ServiceName": "Web App", "NodeID": "n", "Address": address, "Port": port, "Tags": tags});
    serde_json::from_value(value).unwrap()
}

fn urls(text: &str, found: &[api::Instance]) -> Vec<String> {
    let config = declare::declare(found, &options(text).unwrap());
    let all = config.http.services.iter().map(|(name, service)| {
        let value = serde_json::to_value(&service.value).unwrap();
        let servers = value["loadBalancer"]["servers"].as_array().cloned().unwrap_or_default();
        let urls: Vec<&str> = servers.iter().map(|server| server["url"].as_str().unwrap()).collect();
        format!("{name}={}", urls.join(","))
    });
    all.collect()
}

#[test]
fn instances_become_servers_as_their_tags_say() {
    let both = [instance("1", &[], "10.0.0.1", 80), instance("2", &[], "10.0.0.2", 81)];
    assert_eq!(urls("{}", &both), ["Web-App=http://10.0.0.1:80,http://10.0.0.2:81"]);
    assert!(urls("exposedByDefault: false", &both).is_empty());
    assert!(urls("constraints: Tag(`blue`)", &both).is_empty());
    let edge = [instance("1", &["edge.http.services.s.loadbalancer.server.port=99"], "10.0.0.1", 80)];
    assert_eq!(urls("prefix: edge", &edge), ["s=http://10.0.0.1:99"]);
    assert_eq!(urls("{}", &[instance("1", &[], "", 0)]), ["Web-App="]);
    let canary = [instance("1", &["traefik.nomad.canary=true"], "10.0.0.1", 80), both[1].clone()];
    assert_eq!(urls("{}", &canary).len(), 2);
}

#[test]
fn a_tag_that_is_wrong_is_told_with_its_instance() {
    for tag in ["traefik.http.routers.r.rul=x", "traefik.enable=perhaps", "traefik.nomad.canari=true"] {
        let config = declare::declare(&[instance("7", &[tag], "10.0.0.1", 80)], &options("{}").unwrap());
        let told = config.problems[0].to_string();
        assert!(told.contains("instance 7 of service Web App at Nomad"), "{told}");
        assert!(!routers_of(&config).contains(&"r".to_owned()));
    }
}

#[test]
fn options_are_checked_and_secrets_are_hidden() {
    for (text, told) in [
        ("endpoint: {address: 'ftp://a'}", "no address of Nomad"),
        ("refreshInterval: -1s", "refreshInterval"),
        ("throttleDuration: 1s", "needs watch"),
        ("constraints: Label(`a`, `b`)", "constraints cannot be used"),
        ("namespace: a", "unknown field"),
    ] {
        let wrong = options(text).unwrap_err();
        assert!(wrong.contains(told), "{text}: {wrong}");
    }
    let read = options("{endpoint: {token: abc}, watch: true, throttleDuration: 1s}").unwrap();
    assert!(!format!("{read:?}").contains("abc"));
    assert_eq!(read.base, "https://nomad:4646");
}

/// A Nomad with one service.
struct Fake {
    server: Scripted,
    tags: Arc<Mutex<Vec<String>>>,
    more: &'static str,
}

impl Fake {
    fn new(more: &'static str) -> Self {
        Self { server: Scripted::new(), tags: Arc::default(), more }
    }

    fn tell(&self) {
        let tags = self.tags.lock().unwrap().clone();
        self.server.answer(move |asked| answer(asked, &tags));
    }
}

fn answer(asked: &Asked, tags: &[String]) -> Reply {
    let path = asked.target.split('?').next().unwrap();
    let body = match path {
        "/v1/services" => {
            json!([{"Namespace": "default", "Services": [{"ServiceName": "web", "Tags": tags}]}])
        }
        "/v1/service/web" => {
            json!([{"ID": "1", "ServiceName": "web", "Address": "10.0.0.1", "Port": 80, "Tags": tags}])
        }
        "/v1/jobs" => json!([{"ID": "j", "Type": "service", "Status": "running"}]),
        "/v1/job/j" => json!({"Name": "j", "Namespace": "default", "TaskGroups": [
            {"Name": "g", "Count": 0, "Services": [{"Name": "idle", "Provider": "nomad", "Tags": []}]}]}),
        "/v1/event/stream" => {
            return Reply { is_endless: true, ..Reply::ok("{}\n{\"Index\": 1, \"Events\": [{}]}\n") };
        }
        _ => return Reply::status(500),
    };
    Reply::ok(body.to_string())
}

impl World for Fake {
    fn ready(&self) -> Ready {
        let (tree, place) =
            tree(&format!("{{endpoint: {{address: 'http://{}'}}, {}}}", self.server.address(), self.more));
        ready(&tree, &place).unwrap().remove(0)
    }

    async fn say(&mut self, router: &str) {
        *self.tags.lock().unwrap() = vec![format!("traefik.http.routers.{router}.rule=Host(`{router}`)")];
        self.tell();
    }

    async fn spoil(&mut self) -> &'static str {
        self.tags.lock().unwrap().push("traefik.http.routers.bad.rul=x".to_owned());
        self.tell();
        "instance 1 of service web"
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
    keeps_the_contract(&mut Fake::new("refreshInterval: 5ms")).await;
    keeps_the_contract(&mut Fake::new("watch: true")).await;
}

#[tokio::test]
async fn services_without_an_instance_are_kept_if_they_may_be() {
    let mut fake = Fake::new("allowEmptyServices: true, namespaces: [team]");
    fake.say("a").await;
    fake.come_back().await;
    let ready = fake.ready();
    assert_eq!(&**ready.name(), "nomad-team");
    let mut running = Running::start(ready);
    let config = running.until(&["idle", "a"]).await;
    assert!(config.http.services.contains_key("idle"));
    assert!(fake.server.asked().iter().all(|asked| asked.target.contains("namespace=team")));
    running.stop().await;
}
