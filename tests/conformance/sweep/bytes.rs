//! Every byte at each place of interest.

use super::Range;

/// Where bytes are put: before, instead of how many bytes, behind.
struct Place {
    before: &'static str,
    instead_of: &'static str,
    behind: &'static str,
}

const fn at(before: &'static str, instead_of: &'static str, behind: &'static str) -> Place {
    Place { before, instead_of, behind }
}

async fn sweep(start: &str, places: &[Place], end: &str) {
    let mut range = Range::start().await;
    for Place { before, instead_of, behind } in places {
        for byte in 0..=u8::MAX {
            let request = [start.as_bytes(), before.as_bytes(), &[byte], behind.as_bytes(), end.as_bytes()];
            range.attack(&request.concat()).await;
        }
        // The same request without the byte is as good as any.
        let request = [start, before, instead_of, behind, end].concat();
        assert!(!range.attack(request.as_bytes()).await.is_empty(), "{request}");
    }
    range.finish(257 * places.len()).await;
}

#[tokio::test]
async fn around_the_coding() {
    let places = [
        at("", "", "Transfer-Encoding: chunked\r\n"),
        at("T", "", "ransfer-Encoding: chunked\r\n"),
        at("Transfer", "-", "Encoding: chunked\r\n"),
        at("Transfer-Encoding", "", ": chunked\r\n"),
        at("Transfer-Encoding", ":", " chunked\r\n"),
        at("Transfer-Encoding:", "", "chunked\r\n"),
        at("Transfer-Encoding: chu", "", "nked\r\n"),
        at("Transfer-Encoding: chunked", "", "\r\n"),
        at("Transfer-Encoding: chunked\r", "", "\n"),
        at("Transfer-Encoding: chunked\r\n", "", ""),
    ];
    sweep("POST /v HTTP/1.1\r\nHost: a.test\r\n", &places, "X: y\r\n\r\n5\r\nhello\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn around_the_length() {
    let places = [
        at("", "", "Content-Length: 5\r\n"),
        at("C", "", "ontent-Length: 5\r\n"),
        at("Content", "-", "Length: 5\r\n"),
        at("Content-Length", "", ": 5\r\n"),
        at("Content-Length", ":", " 5\r\n"),
        at("Content-Length:", "", "5\r\n"),
        at("Content-Length: 0", "", "5\r\n"),
        at("Content-Length: 5", "", "\r\n"),
        at("Content-Length: 5\r", "", "\n"),
        at("Content-Length: 5\r\n", "", ""),
    ];
    sweep("POST /v HTTP/1.1\r\nHost: a.test\r\n", &places, "X: y\r\n\r\nhello").await;
}

#[tokio::test]
async fn in_the_first_line() {
    let places = [
        at("", "", "GET /v HTTP/1.1\r\n"),
        at("G", "E", "T /v HTTP/1.1\r\n"),
        at("GET", " ", "/v HTTP/1.1\r\n"),
        at("GET ", "", "/v HTTP/1.1\r\n"),
        at("GET ", "/", "v HTTP/1.1\r\n"),
        at("GET /", "", "v HTTP/1.1\r\n"),
        at("GET /v?", "", " HTTP/1.1\r\n"),
        at("GET /v", " ", "HTTP/1.1\r\n"),
        at("GET /v HTTP/1.", "1", "\r\n"),
        at("GET /v HTTP/1.1", "", "\r\n"),
        at("GET /v HTTP/1.1\r", "", "\n"),
        at("GET /v HTTP/1.1\r\n", "", ""),
    ];
    sweep("", &places, "Host: a.test\r\n\r\n").await;
}

#[tokio::test]
async fn in_the_host_and_in_other_fields() {
    let places = [
        at("Host: ", "", "a.test\r\n"),
        at("Host: a", ".", "test\r\n"),
        at("Host: a.test", "", "\r\n"),
        at("Host: a.test:8", "", "0\r\n"),
        at("H", "o", "st: a.test\r\n"),
        at("Host: a.test\r\nX", "-", "Forwarded-For: 6.6.6.6\r\n"),
        at("Host: a.test\r\nX-Forwarded", "-", "For: 6.6.6.6\r\n"),
        at("Host: a.test\r\nX", "", "-Real-Ip: 6.6.6.6\r\n"),
        at("Host: a.test\r\nCache", "-", "Control: no-store\r\n"),
        at("Host: a.test\r\nX-Any", "", ": b\r\n"),
        at("Host: a.test\r\nX-Any: a", "", "b\r\n"),
        at("Host: a.test\r\nConnection: x", "", "\r\n"),
    ];
    sweep("GET /v HTTP/1.1\r\n", &places, "\r\n").await;
}

#[tokio::test]
async fn in_a_body_of_chunks() {
    let places = [
        at("", "", "5\r\nhello\r\n0\r\n\r\n"),
        at("", "5", "\r\nhello\r\n0\r\n\r\n"),
        at("5", "", "\r\nhello\r\n0\r\n\r\n"),
        at("5;", "", "\r\nhello\r\n0\r\n\r\n"),
        at("5\r", "", "\nhello\r\n0\r\n\r\n"),
        at("5\r\nhello", "", "\r\n0\r\n\r\n"),
        at("5\r\nhello\r", "\n", "0\r\n\r\n"),
        at("5\r\nhello\r\n", "0", "\r\n\r\n"),
        at("5\r\nhello\r\n0", "", "\r\n\r\n"),
        at("5\r\nhello\r\n0\r\n", "", "\r\n"),
        at("5\r\nhello\r\n0\r\nX", "-", "Real-Ip: 6.6.6.6\r\n\r\n"),
        at("5\r\nhello\r\n0\r\nX: y", "", "\r\n\r\n"),
    ];
    sweep("POST /v HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n", &places, "").await;
}
