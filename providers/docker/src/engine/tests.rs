use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;

use super::*;
use crate::fake::Fake;
use crate::options::{Endpoint, Options};

#[test]
fn the_newest_version_that_both_speak_is_used() {
    let cases = [
        (("1.41", "1.12"), "1.41"),
        (("1.99", "1.44"), "1.52"),
        (("2.1", "1.60"), "1.60"),
        (("1.24", ""), "1.24"),
        (("", ""), "1.40"),
        (("odd", "1.1"), "1.40"),
    ];
    for ((newest, oldest), expected) in cases {
        assert_eq!(agreed(newest, oldest), expected, "{newest} {oldest}");
    }
}

#[test]
fn a_question_is_escaped() {
    let question = Question::new("/events").with("filters", r#"{"type":["a b"]}"#).with("all", "1");
    assert_eq!(question.path, "/events?filters=%7B%22type%22%3A%5B%22a%20b%22%5D%7D&all=1");
}

/// An engine on TCP that answers every question with these bytes and then ends the connection.
fn answering(answer: &'static [u8]) -> (options::Engine, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let length = stream.read(&mut head).unwrap();
        stream.write_all(answer).unwrap();
        String::from_utf8(head[..length].to_vec()).unwrap()
    });
    let fake = Fake::absent();
    let mut engine = fake.options("{username: me, password: secret}").engine;
    engine.endpoint = Endpoint::Tcp { host: "127.0.0.1".into(), port, base: "/base".into(), is_tls: false };
    (engine, asked)
}

async fn version(answer: &'static [u8]) -> Result<String, String> {
    let (engine, asked) = answering(answer);
    let outcome = Engine::reach(&engine).await.map(|engine| engine.version);
    let asked = asked.join().unwrap();
    let expected = "GET /base/version HTTP/1.1\r\nHost: 127.0.0.1:";
    assert!(
        asked.starts_with(expected) && asked.contains("\r\nAuthorization: Basic bWU6c2VjcmV0\r\n"),
        "{asked}"
    );
    outcome.map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_answer_is_read_however_it_is_framed() {
    let json = r#"{"ApiVersion":"1.41"}"#;
    assert_eq!(json.len(), 21);
    let good: [&[u8]; 4] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"ApiVersion\":\"1.41\"}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"ApiVer\r\nd\r\nsion\":\"1.41\"}\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n{\"ApiVersion\":\"1.41\"}",
        b"HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"ApiVersion\":\"1.41\"}",
    ];
    for answer in good {
        assert_eq!(version(answer).await, Ok("/v1.41".to_owned()), "{}", String::from_utf8_lossy(answer));
    }
    let bad: [(&[u8], &str); 5] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{", "ended the connection before its answer"),
        (b"SSH-2.0-x\r\n\r\n", "is no HTTP/1.1"),
        (
            b"HTTP/1.1 401 No\r\nContent-Length: 21\r\n\r\n{\"message\":\"go away\"}",
            "answers /version with 401: go away",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nodd",
            "the answer of the Docker engine to /version cannot be read",
        ),
        (b"", "ended the connection before its answer"),
    ];
    for (answer, expected) in bad {
        let error = version(answer).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_connection_is_kept_and_replaced_when_it_has_ended() {
    let fake = Fake::new();
    let mut engine = Engine::reach(&fake.options("{}").engine).await.unwrap();
    for _ in 0..3 {
        let _: Value = engine.get(Question::new("/containers/json")).await.unwrap();
    }
    let error = engine.get::<Value>(Question::new("/containers/x/json")).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    fake.vanish();
    let error = engine.get::<Value>(Question::new("/containers/json")).await.unwrap_err();
    assert!(matches!(error, EngineError::Unreachable { .. }), "{error}");
    fake.start();
    let _: Value = engine.get(Question::new("/containers/json")).await.unwrap();
    engine.ping().await.unwrap();
}

#[tokio::test]
async fn what_is_missing_is_told_with_what_to_do() {
    let fake = Fake::absent();
    let error = Engine::reach(&fake.options("{}").engine).await.err().unwrap().to_string();
    let expected =
        format!("cannot reach the Docker engine at unix://{}; start it, or mount", fake.socket().display());
    assert!(error.starts_with(&expected), "{error}");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let fake = Fake::absent();
    let _silent = std::os::unix::net::UnixListener::bind(fake.socket()).unwrap();
    let Options { engine, .. } = fake.options("httpClientTimeout: 20ms");
    let error = Engine::reach(&engine).await.err().unwrap().to_string();
    assert_eq!(error, "the Docker engine did not answer /version within 20ms, which is httpClientTimeout");
}

#[test]
fn the_environment_names_another_engine() {
    let written = Fake::absent().options("{}").engine;
    let connector =
        Connector::new(&written, &|name| (name == "DOCKER_HOST").then(|| "tcp://other:2375".to_owned()));
    let head = connector.unwrap().head(&Question::new("/version"));
    assert!(String::from_utf8(head).unwrap().contains("Host: other:2375\r\n"));
    let certificates = Connector::new(&written, &|name| match name {
        "DOCKER_HOST" => Some("tcp://other:2376".to_owned()),
        "DOCKER_CERT_PATH" => Some("/nowhere".to_owned()),
        _ => None,
    });
    let error = certificates.err().unwrap();
    assert!(matches!(error, EngineError::Tls(_)), "{error}");
    let wrong = Connector::new(&written, &|name| (name == "DOCKER_HOST").then(|| "odd".to_owned()));
    assert!(wrong.is_err_and(|error| error.to_string() == "DOCKER_HOST cannot be used"));
}

#[test]
fn objects_are_cut_wherever_the_pieces_end() {
    let text = br#" {"a":"}\\\"{","b":{"c":[{}]}}{"d":1}
{"e":2}  "#;
    for size in 1..text.len() {
        let (mut objects, mut found) = (Objects::default(), Vec::new());
        for piece in text.chunks(size) {
            objects.room().extend_from_slice(piece);
            while let Some(object) = objects.next().unwrap() {
                found.push(String::from_utf8(object.to_vec()).unwrap());
            }
        }
        assert_eq!(found, [r#"{"a":"}\\\"{","b":{"c":[{}]}}"#, r#"{"d":1}"#, r#"{"e":2}"#], "{size}");
        assert!(!objects.has_more(), "{size}");
    }
    let mut objects = Objects::default();
    objects.room().extend_from_slice(b"odd");
    assert_eq!(objects.next(), Err(NoObject));
}

/// Each of its 160,000 pieces was a reason to read all before it anew: minutes.
#[test]
fn an_event_of_many_pieces_is_read_once() {
    let begun = std::time::Instant::now();
    let mut objects = Objects::default();
    objects.room().extend_from_slice(b"{\"x\":\"");
    for _ in 0..160_000 {
        objects.room().extend_from_slice(&[b'a'; 64]);
        assert_eq!(objects.next(), Ok(None));
    }
    objects.room().extend_from_slice(b"\"}");
    assert_eq!(objects.next().unwrap().map(<[u8]>::len), Some(64 * 160_000 + 8));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn an_answer_has_a_limit_also_where_none_is_written() {
    for written in [None, Some(Duration::ZERO)] {
        let limits = Limits::new(written);
        assert_eq!((limits.whole.time, limits.one.time), (Duration::from_secs(60), Duration::from_secs(10)));
        assert!(!EngineError::Slow(String::new(), limits.one).to_string().contains("httpClientTimeout"));
    }
    let limits = Limits::new(Some(Duration::from_secs(90)));
    assert_eq!((limits.whole.time, limits.one.time), (Duration::from_secs(90), Duration::from_secs(90)));
    assert_eq!(limits.one.at_most(Duration::from_secs(2)).time, Duration::from_secs(2));
}
