//! First lines, names, values and hosts that break the grammar.

use super::{Answered, Case, Refused, Sent, case, check};

#[tokio::test]
async fn a_head_is_strict_http() {
    check(CASES).await;
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused() {
    let large = [b"GET / HTTP/1.1\r\nHost: a.test\r\nX: ", &[b'x'; BEYOND][..], b"\r\n\r\n"].concat();
    check(&[case("field beyond 1 MiB", Vec::leak(large), Refused(431))]).await;
    let large = [b"GET /", &[b'x'; BEYOND][..], b" HTTP/1.1\r\nHost: a.test\r\n\r\n"].concat();
    check(&[case("target beyond 1 MiB", Vec::leak(large), Refused(431))]).await;
    let large = [b"GET / HTTP/1.1\r\nHost: a.test\r\n", &b"a:\r\n".repeat(1 << 18)[..], b"\r\n"].concat();
    check(&[case("260,000 fields", Vec::leak(large), Refused(431))]).await;
    let many = [b"GET / HTTP/1.1\r\nHost: a.test\r\n", &b"a:\r\n".repeat(30_000)[..], b"\r\n"].concat();
    check(&[case("30,000 fields", Vec::leak(many), Refused(431))]).await;
    let host = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", "x".repeat(300));
    check(&[case("host of 300 bytes", Vec::leak(host.into_bytes()), Refused(400))]).await;
    let name = [b"GET / HTTP/1.1\r\nHost: a.test\r\n", &[b'x'; 70_000][..], b": y\r\n\r\n"].concat();
    check(&[case("name of 70 KB", Vec::leak(name), Refused(400))]).await;
}

/// The default of maxHeaderBytes, and more than what is allowed beyond it.
const BEYOND: usize = (1 << 20) + 4097;

macro_rules! get {
    ($fields:literal) => {
        concat!("GET / HTTP/1.1\r\nHost: a.test\r\n", $fields, "\r\n").as_bytes()
    };
}

const PLAIN: &[&str] = &["GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"];
const UNTOLD: &[&str] = &["GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n"];

const CASES: &[Case] = &[
    case("plain", get!(""), Sent(PLAIN)),
    case("lines with bare LF", b"GET / HTTP/1.1\nHost: a.test\n\n", Refused(400)),
    case("first line with a bare LF", b"GET / HTTP/1.1\nHost: a.test\r\n\r\n", Refused(400)),
    case("last line with a bare LF", b"GET / HTTP/1.1\r\nHost: a.test\r\n\n", Refused(400)),
    case("blank before the method", b" GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("empty line before the method", b"\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", Sent(PLAIN)),
    case("bare LF before the method", b"\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("bare CR before the method", b"\rGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("tabs between the parts", b"GET\t/\tHTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("two blanks", b"GET  / HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("two blanks before the version", b"GET /  HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("blank behind the version", b"GET / HTTP/1.1 \r\nHost: a.test\r\n\r\n", Refused(400)),
    case("version 0.9", b"GET /\r\n\r\n", Refused(400)),
    case("version 1.2", b"GET / HTTP/1.2\r\nHost: a.test\r\n\r\n", Sent(PLAIN)),
    case("version 1.10", b"GET / HTTP/1.10\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("version 01.1", b"GET / HTTP/01.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("version 2.0", b"GET / HTTP/2.0\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("version in lower case", b"GET / http/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("version of another protocol", b"GET / RTSP/1.0\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("text behind the version", b"GET / HTTP/1.1 x\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("NUL in a value", get!("X: a\0b\r\n"), Refused(400)),
    case("CR in a value", get!("X: a\rb\r\n"), Refused(400)),
    case("LF in a value", get!("X: a\nb\r\n"), Refused(400)),
    case("DEL in a value", get!("X: a\x7fb\r\n"), Refused(400)),
    case(
        "bytes beyond ASCII in a value",
        b"GET / HTTP/1.1\r\nHost: a.test\r\nX: \xff\r\n\r\n",
        Sent(&["GET / HTTP/1.1\r\nHost: a.test\r\nX: \u{ff}\r\n\r\n"]),
    ),
    case("field without a colon", get!("X\r\n"), Refused(400)),
    case("field without a name", get!(": x\r\n"), Refused(400)),
    case("field empty", get!("X:\r\n"), Sent(&["GET / HTTP/1.1\r\nHost: a.test\r\nX: \r\n\r\n"])),
    case("blank in a name", get!("X Y: z\r\n"), Refused(400)),
    case("bracket in a name", get!("X(: y\r\n"), Refused(400)),
    case("NUL in a name", get!("X\0: y\r\n"), Refused(400)),
    case("CR in an unknown name", get!("X-\rY: z\r\n"), Refused(400)),
    case("CR for the dash of Cache-Control", get!("Cache\rControl: no-store\r\n"), Refused(400)),
    case("CR for a dash of X-Forwarded-For", get!("X\rForwarded-For: 6.6.6.6\r\n"), Refused(400)),
    case("CR for the dash of Content-Length", get!("Content\rLength: 5\r\n"), Refused(400)),
    case("CR for the dash of Accept-Language", get!("Accept\rLanguage: x\r\n"), Refused(400)),
    case("control character for a digit", get!("Http\x122-Settings: x\r\n"), Refused(400)),
    case("byte beyond ASCII in a name", b"GET / HTTP/1.1\r\nHost: a.test\r\nX\xe9: y\r\n\r\n", Refused(400)),
    case("folded line", get!("X: a\r\n b\r\n"), Refused(400)),
    case("folded line with a tab", get!("X: a\r\n\tb\r\n"), Refused(400)),
    case("fold after the first line", b"GET / HTTP/1.1\r\n X: y\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("fragment", b"GET /x#y HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("fragment in the query", b"GET /x?y#z HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case(
        "absolute target of the same host",
        b"GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Sent(UNTOLD),
    ),
    case(
        "absolute target of another host",
        b"GET http://a.test/x HTTP/1.1\r\nHost: evil\r\n\r\n",
        Sent(UNTOLD),
    ),
    case("absolute target without a path", b"GET http://a.test HTTP/1.1\r\nHost: evil\r\n\r\n", Sent(PLAIN)),
    case(
        "absolute target with only a query",
        b"GET http://a.test?x HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Sent(&["GET /?x HTTP/1.1\r\nHost: a.test\r\n\r\n"]),
    ),
    case(
        "absolute target and two hosts",
        b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nHost: evil\r\n\r\n",
        Refused(400),
    ),
    case("absolute target without a host field", b"GET http://a.test/ HTTP/1.1\r\n\r\n", Refused(400)),
    case(
        "absolute target with a user",
        b"GET http://user@a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Refused(400),
    ),
    case(
        "absolute target with a bad port",
        b"GET http://a.test:x/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Refused(400),
    ),
    case(
        "absolute target with an empty host",
        b"GET http:///x HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Refused(400),
    ),
    case(
        "absolute target with only a port",
        b"GET http://:80/x HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Refused(400),
    ),
    case(
        "absolute target with a fragment",
        b"GET http://a.test#/x HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Refused(400),
    ),
    case(
        "absolute target of another scheme",
        b"GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Refused(400),
    ),
    case("absolute target twice", b"GET http:http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case(
        "absolute target with a backslash",
        b"GET http:\\\\a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Refused(400),
    ),
    case("relative target", b"GET x HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("target that is a host", b"GET a.test:80 HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("target with bytes beyond ASCII", b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("target with a NUL", b"GET /\0 HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("target with DEL", b"GET /\x7f HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("target empty", b"GET  HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("get of a star", b"GET * HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("options of a star", b"OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n", Answered(200)),
    case("options of two stars", b"OPTIONS ** HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("connect", b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n", Refused(501)),
    case("connect with a path", b"CONNECT / HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(501)),
    case("host twice", b"GET / HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("host missing", b"GET / HTTP/1.1\r\n\r\n", Refused(400)),
    case("host with a user", b"GET / HTTP/1.1\r\nHost: user@a.test\r\n\r\n", Refused(400)),
    case("host with a bad port", b"GET / HTTP/1.1\r\nHost: a.test:x\r\n\r\n", Refused(400)),
    case("host with a large port", b"GET / HTTP/1.1\r\nHost: a.test:65536\r\n\r\n", Refused(400)),
    case("host with two ports", b"GET / HTTP/1.1\r\nHost: a.test:80:80\r\n\r\n", Refused(400)),
    case("host that is a port", b"GET / HTTP/1.1\r\nHost: :80\r\n\r\n", Refused(400)),
    case("host that is a dot", b"GET / HTTP/1.1\r\nHost: .\r\n\r\n", Refused(400)),
    case("host with a blank", b"GET / HTTP/1.1\r\nHost: a.test b\r\n\r\n", Refused(400)),
    case("host with a path", b"GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n", Refused(400)),
    case("host with a comma", b"GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n", Refused(400)),
    case("host with an escape", b"GET / HTTP/1.1\r\nHost: a%2etest\r\n\r\n", Refused(400)),
    case("host with a zone of odd bytes", b"GET / HTTP/1.1\r\nHost: [fe80::1%a /b]\r\n\r\n", Refused(400)),
    case("host in broken brackets", b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", Refused(400)),
    case("host with an underscore for the field", b"GET / HTTP/1.1\r\nHo_st: a.test\r\n\r\n", Refused(400)),
    case(
        "method in lower case",
        b"get / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Sent(&["get / HTTP/1.1\r\nHost: a.test\r\n\r\n"]),
    ),
    case(
        "method nobody knows",
        b"BREW / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        Sent(&["BREW / HTTP/1.1\r\nHost: a.test\r\n\r\n"]),
    ),
    case("method with an at sign", b"G@T / HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("method with a NUL", b"G\0T / HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("method empty", b"/ HTTP/1.1\r\nHost: a.test\r\n\r\n", Refused(400)),
    case("preface of HTTP/2, almost", b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n", Refused(400)),
];
