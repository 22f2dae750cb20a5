//! The program: how it starts, what it refuses, what it says, how it stops.

mod api;
mod check;
mod dashboard;
mod look;
mod manager;
mod migrate;
mod ping;
mod pprof;
mod quick;
mod recorded;
mod refusals;
mod reload;
mod rest;
mod signals;
mod stop;

use std::net::SocketAddr;
use std::time::Duration;

use windrose_kit::peer::h1::{Client, Message};
use windrose_kit::program::{Program, Settings};
use windrose_kit::soon;

/// An install configuration with one entry point and the dynamic file.
const STATIC: &str = "\
entryPoints: {web: {address: '${web}'}}
providers: {providersThrottleDuration: 1ms, file: {filename: '${dir}/dynamic.yml'}}
log: {level: INFO, noColor: true}
";

/// Everything goes to this server.
fn everything_to(url: &str) -> String {
    format!(
        "http:\n  routers: {{all: {{rule: 'PathPrefix(`/`)', service: app}}}}\n  \
         services: {{app: {{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}}}\n"
    )
}

/// Starts with [`STATIC`] and this dynamic configuration.
async fn start(dynamic_config: &str) -> Program {
    let settings =
        Settings { entry_points: &["web"], static_config: STATIC, dynamic_config, ..Settings::default() };
    Program::start(settings).await
}

/// Asks once, on a connection of its own.
async fn get(addr: SocketAddr, target: &str) -> Message {
    Client::connect(addr).await.get("test", target).await
}

/// Asks until the answer is as wanted.
async fn get_until(addr: SocketAddr, target: &str, wanted: impl Fn(&Message) -> bool) -> Message {
    let what = format!("the wanted answer to {target}");
    let mut client = Client::connect(addr).await;
    let asking = async {
        loop {
            let answer = client.get("test", target).await;
            if wanted(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    soon(what, asking).await
}

/// How long the program may take to end.
const END: Duration = Duration::from_secs(10);
