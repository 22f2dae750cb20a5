//! Every pair of framing fields, and every spelling of names that must not pass.

use super::Range;
use crate::recorder::OWNED;

#[tokio::test]
async fn two_framing_fields_in_every_spelling() {
    let mut range = Range::start().await;
    for first in FRAMING {
        for second in FRAMING {
            for version in ["1.0", "1.1"] {
                let request = format!(
                    "POST /v HTTP/{version}\r\nHost: a.test\r\n{first}\r\n{second}\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                );
                range.attack(request.as_bytes()).await;
            }
        }
    }
    range.finish(2 * FRAMING.len() * FRAMING.len()).await;
}

#[tokio::test]
async fn owned_names_with_every_separator() {
    let mut range = Range::start().await;
    let framing = ["content-length", "transfer-encoding"];
    for name in OWNED.iter().chain(&framing) {
        for separator in "!#$%&'*+.^_`|~".chars() {
            for only_first in [false, true] {
                let separator = separator.to_string();
                let alias = if only_first {
                    name.replacen('-', &separator, 1)
                } else {
                    name.replace('-', &separator)
                };
                let request = format!("GET /v HTTP/1.1\r\nHost: a.test\r\n{alias}: 6\r\n\r\n");
                let requests = range.attack(request.as_bytes()).await;
                assert!(requests[0].values(&alias).is_empty(), "{alias}");
            }
        }
    }
    range.finish(300).await;
}

#[tokio::test]
async fn names_of_one_connection_in_every_case() {
    let mut range = Range::start().await;
    for name in HOP_BY_HOP {
        let turned: String = name
            .chars()
            .enumerate()
            .map(|(at, mark)| if at % 2 == 0 { mark.to_ascii_lowercase() } else { mark.to_ascii_uppercase() })
            .collect();
        for name in [(*name).to_owned(), name.to_ascii_lowercase(), name.to_ascii_uppercase(), turned] {
            let request = format!("GET /v HTTP/1.1\r\nHost: a.test\r\n{name}: x\r\n{name}: y\r\n\r\n");
            let requests = range.attack(request.as_bytes()).await;
            assert!(requests[0].values(&name).is_empty(), "{name}");
        }
    }
    range.finish(4 * HOP_BY_HOP.len()).await;
}

const HOP_BY_HOP: &[&str] = &[
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Te",
    "Trailer",
    "Upgrade",
    "Http2-Settings",
];

const FRAMING: &[&str] = &[
    "Content-Length: 15",
    "Content-Length: 0",
    "Content-Length: 5, 15",
    "Content-Length: +15",
    "Content-Length: 0xf",
    "Content-Length:",
    "Content-Length : 15",
    "Content_Length: 15",
    " Content-Length: 15",
    "Content-Length:\u{b}15",
    "X: y\rContent-Length: 15",
    "Connection: Content-Length",
    "Transfer-Encoding: chunked",
    "TRANSFER-ENCODING: CHUNKED",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding:",
    "Transfer-Encoding : chunked",
    "Transfer_Encoding: chunked",
    " Transfer-Encoding: chunked",
    "Transfer-Encoding:\u{b}chunked",
    "Transfer-Encoding: \"chunked\"",
    "X: y\rTransfer-Encoding: chunked",
    "X: y\nTransfer-Encoding: chunked",
    "Connection: Transfer-Encoding",
    "Te: chunked",
    "X: y",
];
