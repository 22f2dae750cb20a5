//! What belongs to a connection, and what only the gateway may say.

use super::{Answered, Case, Sent, case, check};

#[tokio::test]
async fn a_stranger_says_nothing_about_itself() {
    check(CASES).await;
}

macro_rules! get {
    ($fields:literal) => {
        concat!("GET / HTTP/1.1\r\nHost: a.test\r\n", $fields, "\r\n").as_bytes()
    };
}

/// Each name of a Connection field is compared with each field; there must not be a million of both.
#[tokio::test]
async fn connection_names_few_fields() {
    let head = |names: usize, fields: usize| {
        let parts = [
            "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: ",
            &"b,".repeat(names),
            "\r\n",
            &"a:\r\n".repeat(fields),
            "\r\n",
        ];
        Vec::leak(parts.concat().into_bytes())
    };
    check(&[case("many names and fields", head(400_000, 15_000), Answered(400))]).await;
    check(&[case("many empty names", Vec::leak(get_empty_names()), Sent(PLAIN))]).await;
}

fn get_empty_names() -> Vec<u8> {
    ["GET / HTTP/1.1\r\nHost: a.test\r\nConnection: ", &",".repeat(400_000), "\r\n\r\n"].concat().into_bytes()
}

const PLAIN: &[&str] = &["GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"];

const CASES: &[Case] = &[
    case(
        "forwarded fields",
        get!(
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\n\
             X-Forwarded-Server: evil\r\nX-Real-Ip: 6.6.6.6\r\nX-Forwarded-Prefix: /evil\r\nX-Forwarded-Uri: /evil\r\n\
             X-Forwarded-Method: PUT\r\nX-Forwarded-Scheme: https\r\nX-Scheme: https\r\n\
             X-Forwarded-Tls-Client-Cert: evil\r\nX-Forwarded-Tls-Client-Cert-Info: evil\r\n"
        ),
        Sent(PLAIN),
    ),
    case(
        "forwarded fields with other separators",
        get!(
            "X_Forwarded_For: 6.6.6.6\r\nX.Forwarded.Host: evil\r\nX-Forwarded_Proto: https\r\nX!Real!Ip: 6.6.6.6\r\n\
             x-forwarded~prefix: /evil\r\nX_Forwarded_Tls_Client_Cert: evil\r\n"
        ),
        Sent(PLAIN),
    ),
    case(
        "connection names the forwarded fields",
        get!("Connection: X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto, X-Real-Ip, X-Forwarded-Port\r\n"),
        Sent(PLAIN),
    ),
    case(
        "connection names the forwarded fields in lower case",
        get!("Connection: keep-alive, x-forwarded-for, x-forwarded-host\r\nX-Forwarded-For: 6.6.6.6\r\n"),
        Sent(PLAIN),
    ),
    case(
        "connection names the framing",
        b"POST / HTTP/1.1\r\nHost: a.test\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n\
          5\r\nhello\r\n0\r\n\r\n",
        Sent(&["POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nhello"]),
    ),
    case(
        "connection names the length",
        b"POST / HTTP/1.1\r\nHost: a.test\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nhello",
        Sent(&["POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello"]),
    ),
    case(
        "connection names host and credentials",
        get!("Connection: Host, Authorization, Cookie\r\nAuthorization: x\r\nCookie: a=b\r\nX: y\r\n"),
        Sent(&["GET / HTTP/1.1\r\nHost: a.test\r\nX: y\r\n\r\n"]),
    ),
    case(
        "connection on two lines, with empty names",
        get!("Connection: ,, X-One ,\r\nConnection:\tX-Two\r\nX-One: 1\r\nx-two: 2\r\nX-Three: 3\r\n"),
        Sent(&["GET / HTTP/1.1\r\nHost: a.test\r\nX-Three: 3\r\n\r\n"]),
    ),
    case(
        "fields of one connection",
        get!(
            "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: x\r\n\
             Te: gzip\r\nHttp2-Settings: x\r\nTrailer: X\r\n"
        ),
        Sent(PLAIN),
    ),
    case("upgrade to another protocol", get!("Connection: Upgrade\r\nUpgrade: h2c\r\nHttp2-Settings: x\r\n"), Sent(PLAIN)),
    case("upgrade of another method",
        b"POST / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello",
        Sent(&["POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello"])),
    case("upgrade without connection", get!("Upgrade: websocket\r\n"), Sent(PLAIN)),
    case("unknown expectation", get!("Expect: x\r\n"), Answered(417)),
    case("two expectations", get!("Expect: 100-continue\r\nExpect: x\r\n"), Answered(417)),
    case("rewritten targets are only fields", get!("X-Original-Url: /admin\r\nX-Rewrite-Url: /admin\r\n"),
        Sent(&["GET / HTTP/1.1\r\nHost: a.test\r\nX-Original-Url: /admin\r\nX-Rewrite-Url: /admin\r\n\r\n"])),
];
