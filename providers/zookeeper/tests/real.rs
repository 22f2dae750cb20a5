//! The contract of all providers, against a real ZooKeeper.

#![allow(clippy::unwrap_used, reason = "a harness fails the test by panicking")]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use windrose_config::Source;
use windrose_config::source::yaml;
use windrose_provider_zookeeper::ready;
use windrose_providers_core::Ready;
use windrose_providers_core::testing::{World, keeps_the_contract, soon};

struct ZooKeeper {
    folder: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl ZooKeeper {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let installed = Command::new(root.join("tests/peers/install")).arg("zookeeper").output().unwrap();
        assert!(installed.status.success(), "{installed:?}");
        let folder = std::env::temp_dir().join(format!("windrose-zookeeper-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "tickTime=500\ndataDir={}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n",
            folder.display()
        );
        std::fs::write(folder.join("zoo.cfg"), settings).unwrap();
        Self { folder, port, process: None }
    }

    fn java(&self) -> Command {
        let mut command = Command::new("java");
        command.args(["-Xmx128m", "-cp", "/usr/share/java/zookeeper.jar"]).current_dir(&self.folder);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs commands in a shell of ZooKeeper.
    fn shell(&self, commands: &[String]) {
        let script = self.folder.join("script");
        std::fs::write(&script, format!("{}\nquit\n", commands.join("\n"))).unwrap();
        let server = format!("127.0.0.1:{}", self.port);
        let done = self
            .java()
            .args(["org.apache.zookeeper.ZooKeeperMain", "-server", &server])
            .stdin(std::fs::File::open(&script).unwrap())
            .status();
        assert!(done.is_ok());
    }

    async fn start(&mut self) {
        let settings = self.folder.join("zoo.cfg");
        let mut java = self.java();
        let server =
            java.arg("org.apache.zookeeper.server.quorum.QuorumPeerMain").arg(settings).spawn().unwrap();
        self.process = Some(server);
        soon("ZooKeeper listens", async {
            while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
}

impl Drop for ZooKeeper {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World for ZooKeeper {
    fn ready(&self) -> Ready {
        let place = Source::file("windrose.yml");
        let text = format!("{{endpoints: ['127.0.0.1:{}']}}", self.port);
        ready(&yaml::parse(&text, &place).unwrap(), &place).unwrap().remove(0)
    }

    /// What is told while it is away has to be there when it comes: a start in between writes it down.
    async fn say(&mut self, router: &str) {
        let is_away = self.process.is_none();
        if is_away {
            self.start().await;
        }
        let mut commands = vec!["deleteall /traefik".to_owned()];
        let mut path = String::new();
        for part in ["traefik", "http", "routers", router] {
            path = format!("{path}/{part}");
            commands.push(format!("create {path} \"\""));
        }
        // The service comes first: without a rule there is no router yet.
        commands.push(format!("create {path}/service s"));
        commands.push(format!("create {path}/rule Host(`{router}`)"));
        self.shell(&commands);
        if is_away {
            self.leave().await;
        }
    }

    async fn spoil(&mut self) -> &'static str {
        let commands = [
            "create /traefik/http/services \"\"",
            "create /traefik/http/services/bad \"\"",
            "create /traefik/http/services/bad/weigted x",
        ];
        self.shell(&commands.map(str::to_owned));
        "zookeeper: traefik/http/services/bad"
    }

    async fn leave(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
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
    keeps_the_contract(&mut ZooKeeper::new()).await;
}
