//! Requests of every sort in every order, all written at once.

use super::Range;
use crate::client::exchange;

/// What a request is answered with, and what of it reaches the server.
struct Sort {
    send: &'static str,
    status: u16,
    normal: Option<&'static str>,
    ends: bool,
}

#[tokio::test]
async fn what_was_before_does_not_matter() {
    let range = Range::start().await;
    let mut sequences = 0;
    for first in SORTS {
        for second in SORTS {
            for third in SORTS {
                check(&range, &[first, second, third]).await;
                sequences += 1;
            }
        }
    }
    assert_eq!(sequences, SORTS.len().pow(3));
    range.finish(0).await;
}

async fn check(range: &Range, sequence: &[&Sort]) {
    let sent: String = sequence.iter().map(|sort| sort.send).chain([super_next()]).collect();
    let seen = exchange(range.gateway.addr(), sent.as_bytes()).await;
    let read = sequence.iter().position(|sort| sort.ends).map_or(sequence.len(), |end| end + 1);
    let mut statuses: Vec<u16> = sequence[..read].iter().map(|sort| sort.status).collect();
    let mut normal: Vec<&str> = sequence[..read].iter().filter_map(|sort| sort.normal).collect();
    if !sequence.iter().any(|sort| sort.ends) {
        statuses.push(200);
        normal.push("GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n");
    }
    assert_eq!(seen.statuses(), statuses, "{sent}\n{seen:?}");
    let requests = range.recorder.take_requests(&sent);
    assert_eq!(requests.iter().map(|request| request.normal()).collect::<Vec<_>>(), normal, "{sent}");
}

fn super_next() -> &'static str {
    std::str::from_utf8(super::NEXT).unwrap()
}

const fn good(send: &'static str, normal: &'static str) -> Sort {
    Sort { send, status: 200, normal: Some(normal), ends: false }
}

const fn bad(send: &'static str, status: u16) -> Sort {
    Sort { send, status, normal: None, ends: true }
}

const SORTS: &[Sort] = &[
    good("GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    good(
        "POST /2 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nGET ",
        "POST /2 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nGET ",
    ),
    good(
        "POST /3 HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGET \r\n0\r\n\r\n",
        "POST /3 HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nGET ",
    ),
    Sort {
        send: "OPTIONS * HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nGET",
        status: 200,
        normal: None,
        ends: false,
    },
    Sort {
        send: "CONNECT a.test:1 HTTP/1.1\r\nHost: a.test:1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        status: 501,
        normal: None,
        ends: true,
    },
    Sort {
        send: "GET /6 HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
        status: 200,
        normal: Some("GET /6 HTTP/1.1\r\nHost: a.test\r\n\r\n"),
        ends: true,
    },
    bad("POST /7 HTTP/1.1\r\nHost: a.test\r\nExpect: x\r\nContent-Length: 4\r\n\r\nGET ", 417),
    bad(
        "POST /8 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    bad("POST /9 HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n", 400),
];
