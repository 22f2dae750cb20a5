use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Handle;
use windrose_kit::soon;
use windrose_providers_core::{Publishers, Stop, Supervised, Supervisor};

use super::*;
use crate::fake::Fake;

/// A swarm with one service and two tasks in two networks.
fn swarm(labels: Value, mode: &str) -> Fake {
    let fake = Fake::new();
    let task = |number: u32, state: &str| {
        json!({
            "ID": format!("t{number}"), "ServiceID": "s", "Status": {"State": state},
            "NetworksAttachments": [
                {"Network": {"ID": "n1"}, "Addresses": [format!("10.1.0.{number}/24")]},
                {"Network": {"ID": "n2"}, "Addresses": [format!("10.2.0.{number}/24")]},
                {"Network": {"ID": "unknown"}, "Addresses": ["10.9.0.1/24"]},
            ],
        })
    };
    fake.with(|said| {
        said.services = json!([{
            "ID": "s", "CreatedAt": "2026-01-01T00:00:00Z",
            "Spec": {"Name": "web", "Labels": labels, "EndpointSpec": {"Mode": mode}},
            "Endpoint": {"VirtualIPs": [{"NetworkID": "n1", "Addr": "10.1.0.100/24"}, {"NetworkID": "n2", "Addr": "10.2.0.100/24"}]},
        }]);
        said.tasks = json!([task(1, "running"), task(2, "running"), task(3, "starting")]);
        said.networks = json!([{"Id": "n1", "Name": "back"}, {"Id": "n2", "Name": "front"}]);
    });
    fake
}

async fn services(fake: &Fake, options: &str) -> (Vec<String>, Vec<String>) {
    let (config, _) = services_now(&fake.swarm_options(options)).await.unwrap();
    let all = config.http.services.iter().map(|(name, service)| {
        let value = serde_json::to_value(&service.value).unwrap();
        let servers = value["loadBalancer"]["servers"].as_array().cloned().unwrap_or_default();
        let urls: Vec<&str> = servers.iter().map(|server| server["url"].as_str().unwrap()).collect();
        format!("{name}={}", urls.join(","))
    });
    (all.collect(), config.problems.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn a_service_has_a_server_for_each_task_that_runs() {
    let port = json!({"traefik.http.services.s.loadbalancer.server.port": "80"});
    let found = services(&swarm(port.clone(), "vip"), "{}").await;
    assert_eq!(found, (vec!["s=http://10.1.0.1:80,http://10.1.0.2:80".to_owned()], vec![]));
    let found = services(&swarm(port.clone(), "vip"), "network: front").await;
    assert_eq!(found.0, ["s=http://10.2.0.1:80,http://10.2.0.2:80"]);
    let mut labels = port;
    labels["traefik.swarm.network"] = json!("front");
    labels["traefik.swarm.lbswarm"] = json!("true");
    assert_eq!(services(&swarm(labels.clone(), "vip"), "{}").await.0, ["s=http://10.2.0.100:80"]);
    let (found, problems) = services(&swarm(labels, "dnsrr"), "{}").await;
    assert_eq!(found, ["s=http://10.2.0.1:80,http://10.2.0.2:80"]);
    assert!(problems[0].contains("lbswarm does nothing"), "{problems:?}");
}

#[tokio::test]
async fn a_service_without_port_or_tasks_is_told_or_left_out() {
    let (found, problems) = services(&swarm(json!({}), "vip"), "{}").await;
    assert!(found.is_empty() && problems[0].contains("port is missing"), "{problems:?}");
    let idle = swarm(json!({"traefik.http.services.s.loadbalancer.server.port": "80"}), "vip");
    idle.with(|said| said.tasks = json!([]));
    assert_eq!(services(&idle, "{}").await, (vec![], vec![]));
    assert_eq!(services(&idle, "allowEmptyServices: true").await.0, ["s="]);
    let hidden = swarm(json!({"traefik.enable": "false"}), "vip");
    assert_eq!(services(&hidden, "{}").await, (vec![], vec![]));
}

#[tokio::test]
async fn changes_are_seen_with_the_next_look() {
    let fake = swarm(json!({"traefik.http.services.s.loadbalancer.server.port": "80"}), "vip");
    let options = fake.swarm_options("refreshSeconds: 10ms");
    let (publishers, mut receiver) = Publishers::new();
    let (_trigger, stop) = Stop::new();
    let mut supervisor = Supervisor::new(Handle::current());
    let said = Said::default();
    let make = move || -> Box<dyn Provider> { Box::new(SwarmProvider::new(options.clone(), said.clone())) };
    supervisor.start(Supervised::new(SWARM, make), &publishers, stop);
    let first = soon("the first look", receiver.changed()).await.unwrap();
    assert_eq!(first[0].config.http.services.len(), 1);
    fake.with(|said| said.tasks = json!([]));
    let second = soon("another look", receiver.changed()).await.unwrap();
    assert!(second[0].config.http.services.is_empty());
    // Three looks later nothing has changed, so nothing was said.
    fake.asked();
    soon("more looks", async {
        while fake.with(|said| said.asked.iter().filter(|path| *path == "/networks").count()) < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let quiet = tokio::time::timeout(Duration::ZERO, receiver.changed()).await;
    assert!(quiet.is_err());
}
