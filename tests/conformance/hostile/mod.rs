//! Servers that answer what they should not.
//!
//! A client sees either a whole answer, or an error of the gateway's, or an end that it cannot take for the end of
//! the answer; and a connection on which anything was odd is not used again.

mod answers;
mod fairness;
mod http2;
mod limits;
mod mutants;
mod tls;
mod upgrades;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use windrose_kit::peer::h1::{Backend, Conn, Server};
use windrose_kit::peer::h2::{Frame, flags};

use crate::client::{connect, read_on};
use crate::frames::{End, Frames, Outcome};
use crate::gateway::Gateway;

/// What a server does once it has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Stay,
    Close,
    Reset,
}

/// A server that gives the answer of a number to `/number`, and to every other request its target.
async fn server(answers: Arc<Vec<(Vec<u8>, Then)>>) -> Server {
    Server::start(Backend::bind().await, move |conn| answer(conn, Arc::clone(&answers)))
}

async fn answer(mut conn: Conn, answers: Arc<Vec<(Vec<u8>, Then)>>) {
    while let Some(request) = conn.next_request().await {
        let target = request.target().to_owned();
        let Some((answer, then)) = target[1..].parse().ok().and_then(|number: usize| answers.get(number))
        else {
            conn.answer(target).await;
            continue;
        };
        // A gateway that has heard enough may leave before the end.
        let _gone = conn.try_send(answer).await;
        match then {
            Then::Stay => {}
            Then::Close => return conn.close().await,
            Then::Reset => return conn.reset(),
        }
    }
}

/// How an answer of HTTP/1 looks to a strict reader, who asks nothing else on the connection.
async fn ask_h1(gateway: &Gateway, method: &str, target: &str) -> Outcome {
    let mut stream = connect(gateway.addr()).await;
    let request = format!("{method} {target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    assert!(
        read_on(&mut stream, &mut bytes, Duration::from_secs(5)).await,
        "{target} is not answered: {bytes:?}"
    );
    read_h1(&bytes, method)
}

/// How an answer of HTTP/2 looks.
async fn ask_h2(gateway: &Gateway, method: &str, target: &str) -> Outcome {
    let mut frames = Frames::begin(gateway.addr(), &[(4, 1 << 24)]).await;
    frames.write(&Frame::window_update(0, 1 << 24)).await;
    let fields = [(":method", method), (":scheme", "http"), (":authority", "a.test"), (":path", target)];
    frames.write(&Frame::headers(1, flags::END_STREAM, &fields)).await;
    frames.outcome(1).await
}

fn read_h1(bytes: &[u8], method: &str) -> Outcome {
    let mut outcome = Outcome::default();
    let mut rest = bytes;
    let head = loop {
        let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") else { return outcome };
        let head = String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase();
        rest = &rest[end + 4..];
        let status: u16 = head.strip_prefix("http/1.1 ").unwrap()[..3].parse().unwrap();
        if status >= 200 {
            outcome.status = Some(status);
            break head;
        }
    };
    let field = |name: &str| head.split("\r\n").find_map(|line| line.strip_prefix(name)).map(str::trim);
    assert!(!head.contains('\n') || !head.replace("\r\n", "").contains(['\r', '\n']), "{head:?}");
    let bodiless = method == "HEAD" || matches!(outcome.status, Some(204 | 304));
    let whole = match (field("content-length:"), field("transfer-encoding:")) {
        _ if bodiless => rest.is_empty(),
        (Some(length), None) => {
            outcome.body = rest.to_vec();
            length.parse() == Ok(rest.len())
        }
        (None, Some("chunked")) => read_chunks(rest, &mut outcome.body),
        framing => panic!("the gateway must say where its answer ends, not {framing:?}"),
    };
    outcome.end = if whole { End::Whole } else { End::Gone };
    outcome
}

fn read_chunks(mut rest: &[u8], body: &mut Vec<u8>) -> bool {
    loop {
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else { return false };
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        rest = &rest[line + 2..];
        if size == 0 {
            return rest.ends_with(b"\r\n") && (rest == b"\r\n" || rest.ends_with(b"\r\n\r\n"));
        }
        let Some((data, after)) = rest.split_at_checked(size) else { return false };
        body.extend(data);
        let Some(after) = after.strip_prefix(b"\r\n") else { return false };
        rest = after;
    }
}
