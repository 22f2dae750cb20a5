//! Two statements about one length, and statements in odd spellings.

use super::{Case, Refused, Sent, case, check};

#[tokio::test]
async fn a_request_has_one_length() {
    check(CASES).await;
}

macro_rules! post {
    ($fields:literal, $body:literal) => {
        concat!("POST / HTTP/1.1\r\nHost: a.test\r\n", $fields, "\r\n", $body).as_bytes()
    };
}

const HELLO: &[&str] = &["POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello"];
const EMPTY: &[&str] = &["POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n"];
const CHUNKED: &[&str] = &["POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nhello"];

const CASES: &[Case] = &[
    case(
        "length before chunks",
        post!("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        Refused(400),
    ),
    case(
        "chunks before length",
        post!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
        Refused(400),
    ),
    case("length twice, equal", post!("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"), Sent(HELLO)),
    case("length twice, different", post!("Content-Length: 5\r\nContent-Length: 0\r\n", "hello"), Refused(400)),
    case("list of lengths, equal", post!("Content-Length: 5, 5\r\n", "hello"), Refused(400)),
    case("list of lengths, different", post!("Content-Length: 5, 0\r\n", "hello"), Refused(400)),
    case("length with plus", post!("Content-Length: +5\r\n", "hello"), Refused(400)),
    case("length with minus", post!("Content-Length: -1\r\n", "hello"), Refused(400)),
    case("length in hexadecimal", post!("Content-Length: 0x5\r\n", "hello"), Refused(400)),
    case("length with a dot", post!("Content-Length: 5.0\r\n", "hello"), Refused(400)),
    case("length with an exponent", post!("Content-Length: 5e0\r\n", "hello"), Refused(400)),
    case("length empty", post!("Content-Length:\r\n", "hello"), Refused(400)),
    case("length with a parameter", post!("Content-Length: 5;a\r\n", "hello"), Refused(400)),
    case("length of two words", post!("Content-Length: 5 5\r\n", "hello"), Refused(400)),
    case("length in quotes", post!("Content-Length: \"5\"\r\n", "hello"), Refused(400)),
    case("length beyond 64 bits", post!("Content-Length: 18446744073709551621\r\n", "hello"), Refused(400)),
    case("length beyond 32 bits, wrapped", post!("Content-Length: 99999999999999999999999\r\n", ""), Refused(400)),
    case("length with leading zeros", post!("Content-Length: 0005\r\n", "hello"), Sent(HELLO)),
    case("length in blanks", post!("Content-Length:\t 5 \t\r\n", "hello"), Sent(HELLO)),
    case("length without a blank", post!("Content-Length:5\r\n", "hello"), Sent(HELLO)),
    case("length, blank before colon", post!("Content-Length : 5\r\n", "hello"), Refused(400)),
    case("length, tab before colon", post!("Content-Length\t: 5\r\n", "hello"), Refused(400)),
    case("length, blank before name", post!(" Content-Length: 5\r\n", "hello"), Refused(400)),
    case("length on a folded line", post!("Content-Length:\r\n 5\r\n", "hello"), Refused(400)),
    case("length with underscore is none", post!("Content_Length: 5\r\n", ""), Sent(EMPTY)),
    case(
        "length with underscore says nothing",
        post!("Content_Length: 50\r\nContent-Length: 5\r\n", "hello"),
        Sent(HELLO),
    ),
    case("length with a dot for the dash", post!("Content.Length: 5\r\n", ""), Sent(EMPTY)),
    case("body of get", b"GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello",
        Sent(&["GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello"])),
    case("empty body of get", b"GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n",
        Sent(&["GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"])),
    case("coding, blank before colon", post!("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding, tab before colon", post!("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding of an unknown name", post!("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), Refused(400)),
    case(
        "coding of an unknown name and length",
        post!("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello"),
        Refused(400),
    ),
    case("chunked, identity", post!("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), Refused(400)),
    case("identity, chunked", post!("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("chunked, chunked", post!("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("gzip, chunked", post!("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case(
        "chunked and identity on two lines",
        post!("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
        Refused(400),
    ),
    case(
        "chunked on two lines",
        post!("Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"),
        Refused(400),
    ),
    case("chunked in upper case", post!("TRANSFER-ENCODING: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n"), Sent(CHUNKED)),
    case("chunked in blanks", post!("Transfer-Encoding:\t chunked \r\n", "5\r\nhello\r\n0\r\n\r\n"), Sent(CHUNKED)),
    case("chunked in quotes", post!("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), Refused(400)),
    case("chunked with a comma", post!("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("chunked with a parameter", post!("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), Refused(400)),
    case("chunked with a vertical tab", post!("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("chunked with a NUL", post!("Transfer-Encoding: chunked\0\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding with a NUL in its name", post!("Transfer-Encoding\0: chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding on a folded line", post!("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding on a folded first line", post!("X: y\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding after a bare CR", post!("X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding after a bare LF", post!("X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding that is a comma", post!("Transfer-Encoding: ,\r\n", "0\r\n\r\n"), Refused(400)),
    case("coding empty", post!("Transfer-Encoding:\r\n", ""), Refused(400)),
    case("coding empty and length", post!("Transfer-Encoding:\r\nContent-Length: 5\r\n", "hello"), Refused(400)),
    case("coding identity", post!("Transfer-Encoding: identity\r\n", ""), Refused(400)),
    case(
        "coding identity and length",
        post!("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"),
        Refused(400),
    ),
    case("coding gzip", post!("Transfer-Encoding: gzip\r\n", "hello"), Refused(400)),
    case(
        "chunks in version 1.0",
        b"POST / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Refused(400),
    ),
    case(
        "coding with underscore says nothing",
        post!("Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", "hello"),
        Sent(HELLO),
    ),
    case(
        "request where a body could be",
        b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET /behind HTTP/1.1\r\nHost: b.test\r\n\r\n",
        Sent(&[
            "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
            "GET /behind HTTP/1.1\r\nHost: b.test\r\n\r\n",
        ]),
    ),
    case(
        "request within a body",
        post!("Content-Length: 40\r\n", "GET /within HTTP/1.1\r\nHost: b.test\r\n\r\nxx"),
        Sent(&["POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 40\r\n\r\n\
                GET /within HTTP/1.1\r\nHost: b.test\r\n\r\nxx"]),
    ),
    case(
        "body of an unknown expectation",
        post!("Expect: 200-maybe\r\nContent-Length: 38\r\n", "GET /within HTTP/1.1\r\nHost: b.test\r\n\r\n"),
        Refused(417),
    ),
    case(
        "chunked body of an unknown expectation",
        post!("Expect: x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        Refused(417),
    ),
];
