//! Servers that send or take as much as they are let.

use bytes::Bytes;
use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windrose_kit::peer::h1::{Backend, Conn, Server};
use windrose_kit::peer::h2;

/// A server of HTTP/1 that answers `/` with a head and these bytes again and again, and everything else
/// shortly.
pub(super) async fn endless(head: &'static [u8], again: &'static [u8]) -> Server {
    Server::start(Backend::bind().await, move |conn| async move {
        let (mut socket, target) = asked(conn).await;
        if target != "/" {
            let _gone = socket.write_all(WELL).await;
            return;
        }
        if again.is_empty() {
            let _gone = socket.write_all(head).await;
            return std::future::pending().await;
        }
        let many = again.repeat((64 * 1024 / again.len()).max(1));
        if socket.write_all(head).await.is_ok() {
            // Ends with the other side.
            while socket.write_all(&many).await.is_ok() {}
        }
    })
}

/// A server of HTTP/1 that answers everything but `/`, on which it is silent.
pub(super) async fn silent() -> Server {
    Server::start(Backend::bind().await, |conn| async move {
        let (mut socket, target) = asked(conn).await;
        if target != "/" {
            let _gone = socket.write_all(WELL).await;
            return;
        }
        while matches!(socket.read(&mut [0; 1024]).await, Ok(1..)) {}
    })
}

/// A server of HTTP/1 that reads no more than the head of a request for `/`.
pub(super) async fn unreading() -> Server {
    Server::start(Backend::bind().await, |conn| async move {
        let (mut socket, target) = asked(conn).await;
        if target != "/" {
            let _gone = socket.write_all(WELL).await;
            return;
        }
        std::future::pending::<()>().await;
    })
}

/// Reads a head and what comes with it, and gives the target.
async fn asked(conn: Conn) -> (windrose_kit::peer::wire::Socket, String) {
    let (mut socket, mut read) = conn.into_wire().into_parts();
    while !read.windows(4).any(|four| four == b"\r\n\r\n") {
        if !matches!(socket.read_buf(&mut read).await, Ok(1..)) {
            break;
        }
    }
    let text = String::from_utf8_lossy(&read);
    let target = text.split(' ').nth(1).unwrap_or_default().to_owned();
    (socket, target)
}

/// A server of HTTP/2 that answers `/well` shortly, `/large` at length, `/tiny` in frames of one byte, and begins to
/// answer `/upload` but does not read it.
pub(super) async fn over_http2() -> h2::Server {
    h2::Server::start(h2::Backend::bind_lenient().await, |mut exchange: h2::Exchange| async move {
        match exchange.request.uri().path() {
            "/large" => exchange.answer_if_awaited(Bytes::from_static(&[b'x'; 1 << 20])),
            "/tiny" => {
                let mut body = exchange.start(Response::new(()));
                for number in 0.. {
                    // The other side and other clients live on the same thread.
                    if number % 100 == 0 {
                        tokio::task::yield_now().await;
                    }
                    body.reserve_capacity(1);
                    let granted = std::future::poll_fn(|cx| body.poll_capacity(cx)).await;
                    let Some(Ok(_)) = granted else { return };
                    let _gone = body.send_data(Bytes::from_static(b"x"), false);
                }
            }
            "/upload" => {
                let _body = exchange.start(Response::new(()));
                std::future::pending::<()>().await;
            }
            _ => exchange.answer_if_awaited("well"),
        }
    })
}

const WELL: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwell";
