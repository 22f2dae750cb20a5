use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream as Peer};
use std::time::Duration;

use tokio::task::JoinSet;

use super::asked::{Refusal, read, shown};
use super::view::{Keep, is_passed};
use super::*;
use crate::fake::Fake;
use serde_json::{Value, json};

fn asked(line: &str) -> Result<String, Refusal> {
    let head = format!("{line}\r\nHost: docker\r\n\r\n");
    read(head.as_bytes()).map(|asked| asked.question().path)
}

#[test]
fn what_the_providers_ask_passes_whatever_the_version() {
    let same = [
        "/version",
        "/_ping",
        "/containers/json?all=true",
        "/containers/web-1_a.b/json",
        "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D",
        "/services",
        "/tasks?filters=%7B%7D",
        "/networks",
    ];
    for path in same {
        for version in ["", "/v1.24", "/v1.52"] {
            assert_eq!(asked(&format!("GET {version}{path} HTTP/1.1")), Ok(path.to_owned()), "{version}");
        }
    }
    assert_eq!(
        asked("GET /containers/json?size=1&all=1&x HTTP/1.1"),
        Ok("/containers/json?all=1".to_owned())
    );
    assert_eq!(asked("HEAD /v1.41/_ping HTTP/1.1"), Ok("/_ping".to_owned()));
}

#[test]
fn nothing_else_passes() {
    let paths = [
        "/",
        "/info",
        "/images/json",
        "/secrets",
        "/configs",
        "/v1.41",
        "/v1.41/",
        "/vx/events",
        "/events/",
        "/containers/a/logs",
        "/containers/a/json/",
        "/containers//json",
        "/containers/../json",
        "/containers/a/../b/json",
        "/containers/a%2fb/json",
        "/containers/a/archive?path=/",
        "//events",
        "/containers/.%2e/json",
        "/services/a",
        "/v1.41/v1.41/events",
        "http://docker/events",
        "*",
    ];
    for path in paths {
        assert_eq!(asked(&format!("GET {path} HTTP/1.1")), Err(Refusal::Path), "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "get", "CONNECT"] {
        assert_eq!(asked(&format!("{method} /containers/json HTTP/1.1")), Err(Refusal::Method), "{method}");
    }
    for field in ["Content-Length: 5", "Transfer-Encoding: chunked", "Upgrade: tcp", "Expect: 100-continue"] {
        assert_eq!(asked(&format!("GET /events HTTP/1.1\r\n{field}")), Err(Refusal::Method), "{field}");
    }
    for line in ["GET /events HTTP/1.0", "GET /events", "GET  /events HTTP/1.1", "GET /ev ents HTTP/1.1"] {
        assert_eq!(asked(line), Err(Refusal::Malformed), "{line}");
    }
}

#[test]
fn only_what_routing_needs_is_told_of_a_container() {
    let said = json!({
        "Id": "a", "Name": "/web", "Path": "sh", "Args": ["--password=secret"],
        "State": {"Status": "running", "Health": {"Status": "healthy", "Log": [{"Output": "secret"}]}, "Error": "secret"},
        "Config": {"Labels": {"traefik.enable": "true"}, "Env": ["PASSWORD=secret"], "Cmd": ["secret"]},
        "HostConfig": {"NetworkMode": "front", "Binds": ["/secret:/x"]},
        "NetworkSettings": {"Ports": {"80/tcp": null}, "Networks": {"front": {"IPAddress": "192.0.2.1", "DriverOpts": "secret"}}},
        "Mounts": [{"Source": "/secret"}],
    });
    let told = Keep::CONTAINER.of(said);
    assert_eq!(
        told,
        json!({
            "Id": "a", "Name": "/web",
            "State": {"Status": "running", "Health": {"Status": "healthy"}},
            "Config": {"Labels": {"traefik.enable": "true"}},
            "HostConfig": {"NetworkMode": "front"},
            "NetworkSettings": {"Ports": {"80/tcp": null}, "Networks": {"front": {"IPAddress": "192.0.2.1"}}},
        })
    );
    let services =
        json!([{"ID": "s", "Spec": {"Name": "n", "TaskTemplate": {"ContainerSpec": {"Env": ["A=secret"]}}}}]);
    assert_eq!(Keep::SERVICES.of(services), json!([{"ID": "s", "Spec": {"Name": "n"}}]));
    let tasks = json!([{"ID": "t", "Spec": {"ContainerSpec": {"Env": ["A=secret"]}}, "Status": {"State": "running", "Err": "secret"}}]);
    assert_eq!(Keep::TASKS.of(tasks), json!([{"ID": "t", "Status": {"State": "running"}}]));
    // What is no list where one should be is not looked into.
    assert_eq!(Keep::TASKS.of(json!("secret")), Value::Null);
}

#[test]
fn commands_that_are_executed_in_containers_stay_there() {
    let event = |kind: &str, action: &str| json!({"Type": kind, "Action": action});
    for action in ["start", "die", "health_status: healthy", "rename"] {
        assert!(is_passed(&event("container", action)), "{action}");
    }
    for action in ["exec_create: mysql --password=secret", "exec", "exec: secret", "Exec_die", "exec_detach"]
    {
        assert!(!is_passed(&event("container", action)), "{action}");
    }
    assert!(!is_passed(&event("secret", "create")) && !is_passed(&json!("odd")));
}

async fn helper(fake: &Fake) -> (SocketAddr, JoinSet<io::Result<()>>) {
    let proxy = Proxy { engine: fake.options("{}").engine };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(proxy.serve(listener));
    (address, task)
}

/// All that comes back on a connection, which ends with the last answer.
async fn exchange(address: SocketAddr, sent: &'static str) -> String {
    let read = tokio::task::spawn_blocking(move || {
        let mut client = Peer::connect(address).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        client.write_all(sent.as_bytes()).unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let mut read = String::new();
        client.read_to_string(&mut read).unwrap();
        read
    });
    read.await.unwrap()
}

#[tokio::test]
async fn several_questions_are_answered_on_one_connection() {
    let fake = Fake::new();
    let (address, _task) = helper(&fake).await;
    let read = exchange(
        address,
        "HEAD /_ping HTTP/1.1\r\nHost: d\r\n\r\nGET /v1.41/containers/x/json HTTP/1.1\r\nHost: d\r\n\r\nGET /v1.41/containers/json HTTP/1.1\r\nHost: d\r\n\r\n",
    )
    .await;
    let statuses: Vec<&str> = read.match_indices("HTTP/1.1 ").map(|(at, _)| &read[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "404", "200"], "{read}");
    assert!(read.contains("Api-Version: ") && read.ends_with("\r\n\r\n[]"), "{read}");
}

#[tokio::test]
async fn a_refusal_ends_the_connection_and_asks_the_engine_nothing() {
    let fake = Fake::new();
    let (address, _task) = helper(&fake).await;
    let sent = "POST /containers/a/stop HTTP/1.1\r\nHost: d\r\nContent-Length: 40\r\n\r\nGET /v1.41/containers/json HTTP/1.1\r\n\r\n";
    let read = exchange(address, sent).await;
    assert!(read.starts_with("HTTP/1.1 403 ") && read.contains("Connection: close"), "{read}");
    assert_eq!(read.matches("HTTP/1.1").count(), 1, "{read}");
    assert_eq!(fake.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn an_engine_that_is_away_is_told_as_such_and_found_again() {
    let fake = Fake::absent();
    let (address, _task) = helper(&fake).await;
    let sent = "GET /containers/json HTTP/1.1\r\nHost: d\r\n\r\n";
    let read = exchange(address, sent).await;
    assert!(read.starts_with("HTTP/1.1 502 ") && read.contains("cannot reach the Docker engine"), "{read}");
    fake.start();
    assert!(exchange(address, sent).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_provider_sees_through_the_helper_what_it_sees_without() {
    let fake = Fake::new();
    fake.run("1", "192.0.2.7", &[("traefik.http.routers.app.rule", "Host(`app`)")]);
    let (address, _task) = helper(&fake).await;
    let mut options = fake.options("{}");
    let (direct, count) = crate::containers_now(&options).await.unwrap();
    options.engine.endpoint =
        Endpoint::Tcp { host: "127.0.0.1".into(), port: address.port(), base: "".into(), is_tls: false };
    let (through, seen) = crate::containers_now(&options).await.unwrap();
    assert_eq!((through, seen), (direct, count));
    assert_eq!(count, 1);
}

#[test]
fn what_was_refused_is_logged_without_what_changes_a_line() {
    let head = "GET /\u{202e}a\u{2066}\u{1b}[31m\u{200f}\u{61c}b HTTP/1.1\r\nX: y\r\n\r\n";
    assert_eq!(shown(head.as_bytes()), "GET /?a??[31m??b HTTP/1.1");
}

const PING: &str = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n";

/// Whether a ping is answered, and how soon.
async fn pinged(address: SocketAddr) -> Duration {
    let begun = std::time::Instant::now();
    let read = exchange(address, PING).await;
    assert!(read.starts_with("HTTP/1.1 200 "), "{read}");
    begun.elapsed()
}

#[tokio::test]
async fn connections_that_do_nothing_make_room_for_others() {
    let fake = Fake::new();
    let (address, _task) = helper(&fake).await;
    // Those that say nothing, and those that say half a question.
    for half in ["", "GET /_ping HTTP"] {
        let connect = || {
            let mut peer = Peer::connect(address).unwrap();
            peer.write_all(half.as_bytes()).unwrap();
            peer
        };
        let idle: Vec<Peer> = (0..MOST + 8).map(|_| connect()).collect();
        let took = pinged(address).await;
        assert!(took < Duration::from_secs(10), "{half:?}: {took:?}");
        drop(idle);
    }
}

#[tokio::test]
async fn listeners_leave_room_for_questions() {
    let fake = Fake::new();
    let (address, _task) = helper(&fake).await;
    let listen = || {
        let mut peer = Peer::connect(address).unwrap();
        peer.write_all(b"GET /events HTTP/1.1\r\nHost: d\r\n\r\n").unwrap();
        peer
    };
    let listening: Vec<Peer> = (0..LISTENERS).map(|_| listen()).collect();
    windrose_kit::soon("listeners", async {
        while fake.listeners() < LISTENERS {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let more = exchange(address, "GET /events HTTP/1.1\r\nHost: d\r\n\r\n").await;
    assert!(more.starts_with("HTTP/1.1 503 "), "{more}");
    assert!(pinged(address).await < Duration::from_secs(10));
    drop(listening);
}

#[tokio::test]
async fn clients_that_do_not_read_hold_little_and_lock_nobody_out() {
    let fake = Fake::new();
    let label = "A".repeat(8 << 20);
    fake.run("1", "192.0.2.7", &[("x", &label)]);
    let (address, _task) = helper(&fake).await;
    let ask = || {
        let mut peer = Peer::connect(address).unwrap();
        peer.write_all(b"GET /containers/json HTTP/1.1\r\nHost: d\r\n\r\n").unwrap();
        peer
    };
    let stalled: Vec<Peer> = (0..MOST).map(|_| ask()).collect();
    let took = pinged(address).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    let list = exchange(address, "GET /containers/json HTTP/1.1\r\nHost: d\r\n\r\n").await;
    assert!(
        list.starts_with("HTTP/1.1 200 ") && list.len() > 8 << 20,
        "{}",
        list.get(..200).unwrap_or(&list)
    );
    // There was room for it, as whoever does not read has been ended.
    let read = tokio::task::spawn_blocking(move || {
        let length = |mut peer: Peer| {
            peer.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
            let mut read = Vec::new();
            let _ = peer.read_to_end(&mut read);
            read.len()
        };
        stalled.into_iter().take(4).map(length).min()
    });
    assert!(read.await.unwrap().unwrap() < 8 << 20);
}

#[tokio::test]
async fn answers_that_wait_for_their_clients_have_a_common_bound() {
    tokio::time::pause();
    let room = Room::new(1);
    let (large, small) = (40 << 20, 10 << 10);
    let first = room.to_write(large).await.unwrap();
    let _second = room.to_write(large).await.unwrap();
    assert!(room.to_write(large).await.is_none());
    // Small ones need no room, and what is longer than all of it gets all.
    assert!(room.to_write(small).await.is_some());
    drop(first);
    assert!(room.to_write(large).await.is_some());
    let mut lists = Vec::new();
    while let Some(taken) = room.to_make(About::All).await {
        lists.push(taken);
    }
    // Lists hold up no other question.
    assert!(lists.len() == 4 && room.to_make(About::One).await.is_some());
    assert!(room.to_make(About::Engine).await.is_some());
    let listening = room.to_listen();
    assert!(listening.is_some() && room.to_listen().is_none());
}
