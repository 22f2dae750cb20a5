//! Bodies in chunks that another reader could cut elsewhere.

use super::{Case, Refused, Sent, case, check};

#[tokio::test]
async fn a_body_in_chunks_has_one_end() {
    check(CASES).await;
}

/// Extensions of chunks are forgotten, but a long one is refused.
#[tokio::test]
async fn a_chunk_extension_has_a_limit() {
    let long = [POST, b"5;", &[b'x'; 64 * 1024], b"\r\nhello\r\n0\r\n\r\n"].concat();
    check(&[case("extension of 64 KiB", Vec::leak(long), Refused(400))]).await;
}

const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";

macro_rules! chunks {
    ($body:literal) => {
        concat!("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n", $body).as_bytes()
    };
}

const HELLO: &[&str] = &["POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nhello"];
const EMPTY: &[&str] = &["POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"];

const CASES: &[Case] = &[
    case("extension", chunks!("5;a=\"b\"\r\nhello\r\n0;c\r\n\r\n"), Sent(HELLO)),
    case(
        "size in upper case",
        chunks!("A\r\nhellohello\r\n0\r\n\r\n"),
        Sent(&["POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nhellohello"]),
    ),
    case("size with leading zeros", chunks!("0005\r\nhello\r\n0\r\n\r\n"), Sent(HELLO)),
    case("many pieces", chunks!("1\r\nh\r\n2\r\nel\r\n2\r\nlo\r\n0\r\n\r\n"), Sent(HELLO)),
    case("last size of two digits", chunks!("5\r\nhello\r\n00\r\n\r\n"), Sent(HELLO)),
    case("no data", chunks!("0\r\n\r\n"), Sent(EMPTY)),
    case("extension with a bare LF", chunks!("5;\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("extension with a bare CR", chunks!("5;a\rb\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("extension with a NUL", chunks!("5;a\0b\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("extension after a blank", chunks!("5 ;a\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with 0x", chunks!("0x5\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with plus", chunks!("+5\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with minus", chunks!("-5\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with underscore", chunks!("0_5\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size beyond 64 bits", chunks!("10000000000000005\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with many zeros", chunks!("00000000000000005\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size line with a bare LF", chunks!("5\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size line with a bare CR", chunks!("5\rhello\r\n0\r\n\r\n"), Refused(400)),
    case("size empty", chunks!("\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with only an extension", chunks!(";a\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with a blank before", chunks!(" 5\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with a blank behind", chunks!("5 \r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size with a tab behind", chunks!("5\t\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size that is no number", chunks!("g\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("size of two numbers", chunks!("5,5\r\nhello\r\n0\r\n\r\n"), Refused(400)),
    case("data that ends in other bytes", chunks!("5\r\nhelloXX0\r\n\r\n"), Refused(400)),
    case("data that ends in a bare LF", chunks!("5\r\nhello\n0\r\n\r\n"), Refused(400)),
    case("data longer than its size", chunks!("5\r\nhello!\r\n0\r\n\r\n"), Refused(400)),
    case("end with a bare LF", chunks!("5\r\nhello\r\n0\r\n\n"), Refused(400)),
    case("last size with a bare LF", chunks!("5\r\nhello\r\n0\n\r\n"), Refused(400)),
    case(
        "end that is another line",
        chunks!("5\r\nhello\r\n0\r\nGET /within HTTP/1.1\r\n\r\n"),
        Refused(400),
    ),
    case("trailer folded", chunks!("5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n"), Refused(400)),
    case("trailer with a bare LF", chunks!("5\r\nhello\r\n0\r\nX: y\n\r\n"), Refused(400)),
    case("trailer with a bare CR", chunks!("5\r\nhello\r\n0\r\nX: y\rZ: z\r\n\r\n"), Refused(400)),
    case("trailer with a blank before its colon", chunks!("5\r\nhello\r\n0\r\nX : y\r\n\r\n"), Refused(400)),
    case(
        "trailers that identify, route or frame",
        chunks!(
            "5\r\nhello\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\nX_Real_Ip: 6.6.6.6\r\nHost: evil\r\n\
             Authorization: evil\r\nCookie: evil\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\
             Connection: close\r\nUpgrade: h2c\r\nContent_Length: 9\r\n\r\n"
        ),
        Sent(HELLO),
    ),
];
