//! The same request in two writes, cut at every byte.

use crate::client::exchange_parts;
use crate::gateway::Gateway;
use crate::recorder::Recorder;

#[tokio::test]
async fn a_request_means_the_same_wherever_it_is_cut() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let outcome = async |parts: &[&[u8]]| {
        let seen = exchange_parts(gateway.addr(), parts).await;
        let requests = recorder.take_requests(&seen_name(parts));
        (seen.statuses(), requests.iter().map(|request| request.normal()).collect::<Vec<_>>())
    };
    for request in REQUESTS {
        let whole = outcome(&[request]).await;
        for cut in 1..request.len() {
            let (first, second) = request.split_at(cut);
            assert_eq!(outcome(&[first, second]).await, whole, "{} cut at {cut}", seen_name(&[request]));
        }
        let bytes: Vec<&[u8]> = request.chunks(1).collect();
        assert_eq!(outcome(&bytes).await, whole, "{} byte by byte", seen_name(&[request]));
    }
    gateway.expect_well().await;
}

fn seen_name(parts: &[&[u8]]) -> String {
    String::from_utf8_lossy(&parts.concat()).into_owned()
}

const REQUESTS: &[&[u8]] = &[
    b"GET /v HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
    b"POST /v HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    b"POST /v HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
      3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n",
    b"POST /v HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n",
    b"POST /v HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    b"GET /v HTTP/1.1\r\nHost: a.test\r\nX: y\n\r\n",
    b"GET /v HTTP/1.1\r\nHost: a.test\r\n\r\nGET /w HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
];
