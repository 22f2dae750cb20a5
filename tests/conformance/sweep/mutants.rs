//! Requests changed at random.

use windrose_random::Random;

use super::Range;
use crate::mutate::mutate;

#[tokio::test]
async fn requests_changed_at_random() {
    let mut range = Range::start().await;
    let mut random = Random::new();
    for round in 0..5000 {
        let request = mutate(REQUESTS[round % REQUESTS.len()], &mut random);
        range.survive(&request).await;
    }
    range.finish(5000).await;
}

const REQUESTS: &[&[u8]] = &[
    b"GET /v?x=y HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\n\r\n",
    b"POST /v HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nX-Any: y\r\n\r\nhello",
    b"POST /v HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
    b"POST /v HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: x\r\n\r\nhello",
    b"GET /v HTTP/1.1\r\nHost: a.test\r\n\r\nPOST /v HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello",
];
