//! Watches beside a scripted server: what it is asked, and what is known after it answered.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use windrose_config::redact::FileOrContent;

use super::{Wanted, Watches, Why};
use crate::objects::Kind;
use crate::options::Reach;

/// What the server says.
enum Answer {
    /// This, and nothing more.
    Whole(u16, Value),
    /// These events, and then it breaks off.
    Broken(Vec<Value>),
    /// These events, and then nothing for ever.
    Staying(Vec<Value>),
}

/// A server whose answers are made of the path and of how many questions of its sort came before.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn new(answer: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), Arc::clone(&asked));
        #[expect(clippy::disallowed_methods, reason = "the server ends with its test")]
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let path = path_of(&mut stream).await;
                let count = {
                    let mut seen = seen.lock().unwrap();
                    let count =
                        seen.iter().filter(|known: &&String| is_watch(known) == is_watch(&path)).count();
                    seen.push(path.clone());
                    count
                };
                say(&mut stream, answer(&path, count), &mut held).await;
                held.push(stream);
            }
        });
        Self { port, asked, task }
    }

    fn watches(&self, kinds: &[&'static Kind]) -> Arc<Watches> {
        let reach = Reach {
            endpoint: format!("http://127.0.0.1:{}", self.port).into(),
            kubeconfig: Arc::default(),
            token: FileOrContent::default(),
            ca_file: Arc::default(),
            namespaces: Box::default(),
        };
        let wanted = kinds.iter().map(|kind| Wanted { kind, selector: "team=web".into() }).collect();
        Arc::new(Watches::new(reach, wanted))
    }

    fn asked(&self, what: fn(&str) -> bool) -> Vec<String> {
        self.asked.lock().unwrap().iter().filter(|path| what(path)).cloned().collect()
    }
}

async fn path_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().split(' ').nth(1).unwrap().to_owned()
}

async fn say(stream: &mut TcpStream, answer: Answer, held: &mut Vec<TcpStream>) {
    let (text, is_over) = match answer {
        Answer::Whole(code, body) => {
            let body = body.to_string();
            let length = body.len();
            (
                format!("HTTP/1.1 {code} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"),
                true,
            )
        }
        Answer::Broken(events) => (lines(&events), true),
        Answer::Staying(events) => (lines(&events), false),
    };
    stream.write_all(text.as_bytes()).await.unwrap();
    if is_over {
        stream.shutdown().await.unwrap();
        held.clear();
    }
}

fn lines(events: &[Value]) -> String {
    let mut text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    for event in events {
        let line = format!("{event}\n");
        text.push_str(&format!("{:x}\r\n{line}\r\n", line.len()));
    }
    text
}

fn is_watch(path: &str) -> bool {
    path.contains("watch=true")
}

fn is_list(path: &str) -> bool {
    !is_watch(path)
}

fn service(name: &str, version: u32) -> Value {
    json!({"metadata": {"namespace": "a", "name": name, "resourceVersion": version.to_string()}, "spec": {}})
}

fn list(version: u32, items: &[Value]) -> Answer {
    Answer::Whole(200, json!({"metadata": {"resourceVersion": version.to_string()}, "items": items}))
}

fn event(kind: &str, object: Value) -> Value {
    json!({"type": kind, "object": object})
}

/// Drives the watches until the condition holds.
async fn drive(watches: &Watches, is_so: impl Fn(&Watches) -> bool) {
    let mut news = watches.subscribe();
    let wait = async {
        while !is_so(watches) {
            news.changed().await.unwrap();
        }
    };
    tokio::select! {
        driven = watches.drive() => panic!("{driven:?}"),
        () = wait => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("never"),
    }
}

fn names(watches: &Watches) -> Vec<String> {
    watches.look(|world| world.services.iter().map(|service| service.meta.name.to_string()).collect())
}

#[tokio::test]
async fn a_watch_that_breaks_off_goes_on_where_it_was() {
    let server = Server::new(|path, count| match (is_watch(path), count) {
        (false, _) => list(10, &[service("one", 9)]),
        (true, 0) => Answer::Broken(vec![event("ADDED", service("two", 11))]),
        (true, _) => Answer::Staying(vec![event("DELETED", service("one", 12))]),
    })
    .await;
    let watches = server.watches(&[&Kind::SERVICE]);
    drive(&watches, |watches| names(watches) == ["two"]).await;
    assert_eq!(server.asked(is_list), ["/api/v1/services?limit=500&labelSelector=team%3Dweb"]);
    let versions: Vec<bool> = ["=10", "=11"]
        .iter()
        .zip(server.asked(is_watch))
        .map(|(version, path)| path.ends_with(&format!("resourceVersion{version}")))
        .collect();
    assert_eq!(versions, [true, true], "{:?}", server.asked(is_watch));
}

#[tokio::test]
async fn objects_are_listed_again_when_the_server_forgot_the_version() {
    let server = Server::new(|path, count| match (is_watch(path), count) {
        (false, 0) => list(10, &[service("one", 9), service("gone", 9)]),
        (false, _) => list(20, &[service("one", 9), service("new", 19)]),
        (true, 0) => Answer::Staying(vec![event("ERROR", json!({"code": 410, "message": "too old"}))]),
        (true, _) => Answer::Staying(Vec::new()),
    })
    .await;
    let watches = server.watches(&[&Kind::SERVICE]);
    drive(&watches, |watches| names(watches) == ["new", "one"]).await;
    assert_eq!(server.asked(is_list).len(), 2);
}

#[tokio::test]
async fn a_long_list_is_read_in_pages_and_taken_in_as_a_whole() {
    let server = Server::new(|path, count| match (is_watch(path), count) {
        (false, 0) => Answer::Whole(
            200,
            json!({"metadata": {"continue": "a/b=", "resourceVersion": "5"}, "items": [service("one", 1)]}),
        ),
        (false, _) => list(5, &[service("two", 2)]),
        (true, _) => Answer::Staying(Vec::new()),
    })
    .await;
    let watches = server.watches(&[&Kind::SERVICE]);
    drive(&watches, |watches| watches.is_complete()).await;
    assert_eq!(names(&watches), ["one", "two"]);
    assert!(server.asked(is_list)[1].ends_with("&continue=a%2Fb%3D"), "{:?}", server.asked(is_list));
}

#[tokio::test]
async fn a_kind_that_is_hidden_or_unknown_keeps_nobody_waiting() {
    let server = Server::new(|path, _| {
        let refused = |code| {
            Answer::Whole(code, json!({"kind": "Status", "code": code, "message": "no", "status": "Failure"}))
        };
        match path {
            path if path.contains("secrets") => refused(403),
            path if path.contains("nodes") => refused(404),
            path if is_watch(path) => Answer::Staying(Vec::new()),
            _ => list(1, &[service("one", 1)]),
        }
    })
    .await;
    let watches = server.watches(&[&Kind::SECRET, &Kind::NODE, &Kind::SERVICE]);
    drive(&watches, |watches| watches.is_complete()).await;
    assert_eq!(names(&watches), ["one"]);
    let unseen: Vec<(&str, Why)> = watches.unseen().iter().map(|one| (one.name, one.why)).collect();
    assert_eq!(unseen, [("Node", Why::Absent), ("Secret", Why::Forbidden)]);
}

#[tokio::test]
async fn whoever_drives_next_goes_on_without_a_list() {
    let server = Server::new(|path, count| match (is_watch(path), count) {
        (false, _) => list(1, &[service("one", 1)]),
        (true, 0) => Answer::Staying(vec![event("ADDED", service("two", 2))]),
        (true, _) => Answer::Staying(Vec::new()),
    })
    .await;
    let watches = server.watches(&[&Kind::SERVICE]);
    drive(&watches, |watches| watches.is_complete()).await;
    drive(&watches, |watches| names(watches) == ["one", "two"]).await;
    assert_eq!((server.asked(is_list).len(), server.asked(is_watch).len()), (1, 1));
}
