//! Servers that do not behave.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use windrose_config::source::yaml;
use windrose_providers_core::Failed;
use windrose_wire::resp::{self, Bounds, Value};

use super::*;

type Answer = dyn Fn(&[String]) -> Vec<u8> + Send + Sync;

/// Answers every command of every connection.
async fn server(answer: Arc<Answer>) -> (Options, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (io, _) = listener.accept().await.unwrap();
            connections.spawn(converse(io, Arc::clone(&answer)));
        }
    });
    let place = Source::file("windrose.yml");
    let text = format!("{{endpoints: ['{address}'], password: SECRET}}");
    (Options::decode(&yaml::parse(&text, &place).unwrap(), &place).unwrap(), serving)
}

async fn converse(mut io: TcpStream, answer: Arc<Answer>) {
    let mut bytes = Vec::new();
    loop {
        while let Some((command, length)) = resp::read(&bytes, Bounds::LARGE).unwrap() {
            bytes.drain(..length);
            let words = command.list().unwrap().iter().map(|word| word.text().unwrap()).collect::<Vec<_>>();
            if io.write_all(&answer(&words)).await.is_err() {
                return;
            }
        }
        if io.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

fn list(values: &[Value]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", values.len()).into_bytes();
    for value in values {
        match value {
            Value::Text(text) => {
                out.extend(format!("${}\r\n", text.len()).into_bytes());
                out.extend(text);
                out.extend(b"\r\n");
            }
            Value::List(inner) => out.extend(list(inner)),
            other => panic!("{other:?}"),
        }
    }
    out
}

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::Text(text.into())
}

async fn failure((options, _serving): (Options, JoinSet<()>)) -> Failed {
    let look = async { source::reach(options).await?.look().await };
    look.await.err().unwrap()
}

#[tokio::test]
async fn a_refused_password_is_not_repeated() {
    for (said, told) in [
        ("-ERR bad password SECRET\r\n", ": ERR"),
        ("-WRONGPASS invalid SECRET\r\n", ": WRONGPASS"),
        ("-SECRETSECRETSECRET\r\n", ": it does not say why"),
        ("-secret SECRET\r\n", ": it does not say why"),
    ] {
        let options = server(Arc::new(move |_| said.as_bytes().to_vec())).await;
        let error = failure(options).await.to_string();
        assert!(error.ends_with(told) && !error.contains("SECRET"), "{error}");
    }
}

#[tokio::test]
async fn a_listing_without_end_is_refused() {
    let page = |next: usize, keys: usize| {
        let name = |index: usize| text(format!("traefik/{next:09}/{index:05}/{}", "x".repeat(4000)));
        list(&[text((next + 1).to_string()), Value::List((0..keys).map(name).collect())])
    };
    for (keys, told) in [(1000, "128 MiB")] {
        let pages = AtomicUsize::new(0);
        let answer = move |words: &[String]| match words[0].as_str() {
            "SCAN" => page(pages.fetch_add(1, Ordering::Relaxed), keys),
            _ => b"+OK\r\n".to_vec(),
        };
        let error = windrose_providers_core::chain(&*failure(server(Arc::new(answer)).await).await);
        assert!(error.contains(told), "{error}");
    }
}

/// It froze the provider for ever.
#[tokio::test]
async fn a_message_that_stays_half_does_not_hold_up_what_it_tells() {
    let message = list(&[text("pmessage"), text("p"), text("c"), text("set")]);
    let half = [&message[..], &message[..10]].concat();
    let answer = move |words: &[String]| match words[0].as_str() {
        "PSUBSCRIBE" => [b"+OK\r\n".to_vec(), half.clone()].concat(),
        "SCAN" => list(&[text("0"), Value::List(Vec::new())]),
        _ => b"+OK\r\n".to_vec(),
    };
    let (options, _serving) = server(Arc::new(answer)).await;
    let mut source = source::reach(options).await.unwrap();
    source.look().await.unwrap();
    let begun = std::time::Instant::now();
    source.changed().await.unwrap();
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    // The rest of it has a limit.
    tokio::time::pause();
    let error = source.changed().await.unwrap_err().to_string();
    assert!(error.contains("does not answer in time"), "{error}");
}
