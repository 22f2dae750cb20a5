//! The contract of all providers, against a real Redis.

#![allow(clippy::unwrap_used, reason = "a harness fails the test by panicking")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use windrose_config::source::yaml;
use windrose_config::{Source, Tree};
use windrose_provider_redis::ready;
use windrose_providers_core::Ready;
use windrose_providers_core::testing::{Running, World, keeps_the_contract, soon};

struct Redis {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    process: Option<Child>,
    /// Options of the server, and of the provider.
    server: &'static [&'static str],
    more: &'static str,
}

impl Redis {
    fn new(name: &str, server: &'static [&'static str], more: &'static str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let installed = Command::new(root.join("tests/peers/install")).arg("redis-server").output().unwrap();
        assert!(installed.status.success(), "{installed:?}");
        let folder = std::env::temp_dir().join(format!("windrose-redis-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { program: root.join(".peers/bin/redis-server"), folder, port, process: None, server, more }
    }

    fn cli(&self, words: &[&str]) -> String {
        let port = self.port.to_string();
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &port, "--no-auth-warning"]);
        if self.more.contains("password") {
            command.args(["-a", "secret", "-n", "3"]);
        }
        let output = command.args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    async fn start(&mut self) {
        let child = Command::new(&self.program)
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "yes",
                "--notify-keyspace-events",
                "AK",
            ])
            .args(["--port", &self.port.to_string()])
            .arg("--dir")
            .arg(&self.folder)
            .args(self.server)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.process = Some(child);
        soon("an answer of Redis", async {
            while self.cli(&["PING"]) != "PONG" {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    fn options(&self, more: &str) -> (Tree, Arc<Source>) {
        let place = Source::file("windrose.yml");
        let text = format!("{{endpoints: ['127.0.0.1:{}']{more}}}", self.port);
        (yaml::parse(&text, &place).unwrap(), place)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World for Redis {
    fn ready(&self) -> Ready {
        let (tree, place) = self.options(self.more);
        ready(&tree, &place).unwrap().remove(0)
    }

    /// What is told while it is away has to be there when it comes: a start in between writes it down.
    async fn say(&mut self, router: &str) {
        let is_away = self.process.is_none();
        if is_away {
            self.start().await;
        }
        let rule = format!("traefik/http/routers/{router}/rule");
        let service = format!("traefik/http/routers/{router}/service");
        let script = "redis.call('FLUSHDB') for i = 1, #KEYS do redis.call('SET', KEYS[i], ARGV[i]) end";
        self.cli(&["EVAL", script, "2", &rule, &service, &format!("Host(`{router}`)"), "s"]);
        if is_away {
            self.leave().await;
        }
    }

    async fn spoil(&mut self) -> &'static str {
        self.cli(&["SET", "traefik/http/services/bad/weigted", "x"]);
        "redis: traefik/http/services/bad"
    }

    async fn leave(&mut self) {
        if let Some(mut process) = self.process.take() {
            // In order, so that everything is written down.
            self.cli(&["SHUTDOWN"]);
            let _ = process.wait();
        }
    }

    async fn come_back(&mut self) {
        if self.process.is_none() {
            self.start().await;
        }
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    keeps_the_contract(&mut Redis::new("contract", &[], "")).await;
}

#[tokio::test]
async fn a_database_with_a_password_is_read_and_without_it_told_of() {
    let mut redis = Redis::new("password", &["--requirepass", "secret"], ", password: secret, db: 3");
    redis.say("a").await;
    redis.come_back().await;
    let mut running = Running::start(redis.ready());
    running.until(&["a"]).await;
    redis.say("b").await;
    running.until(&["b"]).await;
    running.stop().await;
    let (tree, place) = redis.options(", password: another");
    let mut stranger = Running::start(ready(&tree, &place).unwrap().remove(0));
    assert!(stranger.next().await.is_empty());
    stranger.state(|state| format!("{state:?}").contains("refuses AUTH")).await;
    stranger.state(|state| !format!("{state:?}").contains("another")).await;
    stranger.stop().await;
}

#[tokio::test]
async fn many_keys_are_read_whole() {
    let mut redis = Redis::new("many", &[], "");
    redis.come_back().await;
    let script = "for i = 1, 3000 do redis.call('SET', 'traefik/http/routers/r' .. i .. '/rule', 'Path(`/' .. i .. '`)') \
                  redis.call('SET', 'traefik/http/routers/r' .. i .. '/service', 's') end";
    redis.cli(&["EVAL", script, "0"]);
    redis.cli(&["HSET", "traefik/http/routers/no-text", "a", "b"]);
    let mut running = Running::start(redis.ready());
    let config = running.next().await;
    assert_eq!((config.http.routers.len(), config.problems.len()), (3000, 0));
    running.stop().await;
}
