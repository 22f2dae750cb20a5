//! Servers that fail and recover, and who gets their requests meanwhile.

mod active;
mod kept;
mod parents;
pub(crate) mod patient;

use std::time::Duration;

use tokio::time::interval;
use windrose_kit::peer::h1::{Client, Message};
use windrose_kit::soon;

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic};
use patient::Patient;

/// Asked every 20 ms, whether it is well or not.
const CHECK: &str = "healthCheck: {path: /up, interval: 20ms, timeout: 1s}";

/// Servers with these further fields.
fn balancer(servers: &[&Patient], fields: &str) -> String {
    let servers: Vec<String> = servers.iter().map(|server| format!("{{url: '{}'}}", server.url())).collect();
    format!("{{loadBalancer: {{{fields}, servers: [{}]}}}}", servers.join(", "))
}

fn routing(services: &[(&str, &str)]) -> String {
    let api = ("api", "{rule: 'Host(`api.test`)', priority: 1000, service: api@internal}");
    let routers: Vec<_> = EVERYTHING.iter().copied().chain([api]).collect();
    dynamic(&Http { routers: &routers, services, ..Http::default() })
}

async fn with(services: &[(&str, &str)]) -> Gateway {
    Gateway::start(Setup { dynamic: &routing(services), more: "api: {}", ..Setup::default() }).await
}

async fn ask(client: &mut Client) -> Message {
    client.get("a.test", "/").await
}

/// Asks until an answer is as it should be.
async fn asks_until(client: &mut Client, what: &str, is_it: impl Fn(&Message) -> bool) {
    let asking = async {
        let mut pause = interval(Duration::from_millis(5));
        while !is_it(&ask(client).await) {
            pause.tick().await;
        }
    };
    soon(what, asking).await;
}

/// All that so many requests are answered.
async fn answers(client: &mut Client, count: usize) -> String {
    let mut text = String::new();
    for _ in 0..count {
        text.push_str(&ask(client).await.text());
    }
    text
}
