//! An engine that says what a test tells it to, on a socket of the test's own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use windrose_kit::temp::TempDir;

use crate::options::{Endpoint, Options, SwarmOptions};

/// A scripted engine.
pub(crate) struct Fake {
    folder: TempDir,
    said: Arc<Mutex<Said>>,
}

#[derive(Default)]
pub(crate) struct Said {
    /// By identity.
    pub(crate) containers: BTreeMap<String, Value>,
    pub(crate) services: Value,
    pub(crate) tasks: Value,
    pub(crate) networks: Value,
    /// Those of which nothing is said, ever.
    pub(crate) silent: std::collections::BTreeSet<String>,
    /// The paths that were asked for, without the version.
    pub(crate) asked: Vec<String>,
    /// Who listens to events.
    listeners: Vec<UnixStream>,
    is_gone: bool,
}

impl Fake {
    pub(crate) fn new() -> Self {
        let fake = Self { folder: TempDir::new(), said: Arc::default() };
        fake.start();
        fake
    }

    /// Not there yet.
    pub(crate) fn absent() -> Self {
        Self { folder: TempDir::new(), said: Arc::default() }
    }

    /// Begins to listen.
    pub(crate) fn start(&self) {
        self.with(|said| said.is_gone = false);
        let _ = std::fs::remove_file(self.socket());
        let listener = UnixListener::bind(self.socket()).unwrap();
        let said = Arc::clone(&self.said);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if said.lock().unwrap().is_gone {
                    return;
                }
                let (stream, said) = (stream.unwrap(), Arc::clone(&said));
                std::thread::spawn(move || serve(stream, &said));
            }
        });
    }

    /// Ends every stream of events, and answers nobody until it starts again.
    pub(crate) fn vanish(&self) {
        self.with(|said| {
            said.is_gone = true;
            said.listeners.clear();
        });
        // Whoever waits for the next connection gets one and leaves.
        let _ = UnixStream::connect(self.socket());
        let _ = std::fs::remove_file(self.socket());
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("engine.sock")
    }

    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut Said) -> T) -> T {
        change(&mut self.said.lock().unwrap())
    }

    /// A container with these labels runs at this address.
    pub(crate) fn run(&self, id: &str, address: &str, labels: &[(&str, &str)]) {
        let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
        let container = json!({
            "Id": id, "Name": format!("/{id}"), "Created": format!("2026-01-01T00:00:00.{id}Z"),
            "State": {"Status": "running"},
            "Config": {"Labels": labels},
            "HostConfig": {"NetworkMode": "default"},
            "NetworkSettings": {"Ports": {"80/tcp": null}, "Networks": {"bridge": {"IPAddress": address}}},
        });
        self.with(|said| said.containers.insert(id.to_owned(), container));
    }

    pub(crate) fn event(&self, kind: &str, action: &str, id: &str) {
        self.event_with(&json!({"Type": kind, "Action": action, "Actor": {"ID": id}, "time": 1}));
    }

    pub(crate) fn event_with(&self, event: &Value) {
        self.say(&format!("{event}\n"));
    }

    /// Several events that arrive at once.
    pub(crate) fn burst(&self, events: &[(&str, &str, &str)]) {
        let line = |(kind, action, id): &(&str, &str, &str)| {
            format!("{}\n", json!({"Type": kind, "Action": action, "Actor": {"ID": id}}))
        };
        self.say(&events.iter().map(line).collect::<String>());
    }

    fn say(&self, line: &str) {
        self.with(|said| {
            for listener in &mut said.listeners {
                write!(listener, "{:x}\r\n{line}\r\n", line.len()).unwrap();
            }
        });
    }

    /// How many listen to events.
    pub(crate) fn listeners(&self) -> usize {
        self.with(|said| said.listeners.len())
    }

    /// What was asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.with(|said| std::mem::take(&mut said.asked))
    }

    pub(crate) fn options(&self, more: &str) -> Options {
        let source = windrose_config::Source::other("test");
        let tree = windrose_config::source::yaml::parse(more, &source).unwrap();
        let mut options = Options::decode(&tree, &source).unwrap();
        options.engine.endpoint = Endpoint::Unix(self.socket());
        options
    }

    pub(crate) fn swarm_options(&self, more: &str) -> SwarmOptions {
        let source = windrose_config::Source::other("test");
        let tree = windrose_config::source::yaml::parse(more, &source).unwrap();
        let mut options = SwarmOptions::decode(&tree, &source).unwrap();
        options.engine.endpoint = Endpoint::Unix(self.socket());
        options
    }
}

fn serve(stream: UnixStream, said: &Mutex<Said>) {
    let mut out = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let target = first.split(' ').nth(1).unwrap().to_owned();
        let path = target.trim_start_matches("/v1.41").split('?').next().unwrap().to_owned();
        let mut said = said.lock().unwrap();
        if said.is_gone {
            return;
        }
        said.asked.push(path.clone());
        if said.silent.iter().any(|id| path == format!("/containers/{id}/json")) {
            drop(said);
            // Until whoever asked leaves.
            while lines.next().is_some_and(|line| line.is_ok()) {}
            return;
        }
        if path == "/events" {
            out.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
            said.listeners.push(out);
            return;
        }
        let (status, body) = answer(&path, &said);
        drop(said);
        let body = body.to_string();
        if write!(out, "HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_err() {
            return;
        }
    }
}

fn answer(path: &str, said: &Said) -> (u16, Value) {
    let id = path.strip_prefix("/containers/").and_then(|rest| rest.strip_suffix("/json"));
    match (path, id) {
        ("/version", _) => (200, json!({"ApiVersion": "1.41", "MinAPIVersion": "1.12"})),
        ("/_ping", _) => (200, json!("OK")),
        ("/containers/json", _) => {
            let all = said.containers.iter().map(|(id, container)| {
                json!({
                    "Id": id, "State": container["State"]["Status"],
                    "Labels": container["Config"]["Labels"],
                })
            });
            (200, all.collect())
        }
        ("/services", _) => (200, said.services.clone()),
        ("/tasks", _) => (200, said.tasks.clone()),
        ("/networks", _) => (200, said.networks.clone()),
        (_, Some(id)) => match said.containers.get(id) {
            Some(Value::String(odd)) => (500, json!({"message": odd})),
            Some(container) => (200, container.clone()),
            None => (404, json!({"message": format!("No such container: {id}")})),
        },
        _ => (404, json!({"message": "page not found"})),
    }
}
