use bytes::Bytes;
use windrose_http::Body;

use super::*;
use crate::testing::{endpoint, pieces, request};

fn written(ex: &Exchange, to: &Endpoint, pass_host: PassHost) -> (Vec<String>, Coding) {
    let mut out = Vec::new();
    let coding = write(ex, to, pass_host, &mut out).expect("a target");
    let text = String::from_utf8(out).expect("text");
    let head = text.strip_suffix("\r\n\r\n").expect("an end");
    (head.split("\r\n").map(str::to_owned).collect(), coding)
}

fn lines(ex: &Exchange) -> Vec<String> {
    written(ex, &endpoint("http://s.test:81"), PassHost::Client).0
}

#[test]
fn the_host_is_the_clients_or_the_servers() {
    let ex = request("GET /");
    let to = endpoint("http://s.test:81");
    assert_eq!(written(&ex, &to, PassHost::Client).0[1], "Host: a.test");
    assert_eq!(written(&ex, &to, PassHost::Server).0[1], "Host: s.test:81");
    let mut none = request("GET /");
    none.host.clear();
    assert_eq!(written(&none, &to, PassHost::Client).0[1], "Host: s.test:81");
}

#[test]
fn the_path_of_the_server_goes_before_that_of_the_request() {
    let (lines, _) = written(&request("GET /b?c"), &endpoint("http://s.test/a"), PassHost::Client);
    assert_eq!(lines[0], "GET /a/b?c HTTP/1.1");
}

#[test]
fn the_peer_is_added_once_to_those_before_it() {
    let last = |ex: &Exchange| lines(ex).into_iter().filter(|line| line.contains("For")).collect::<Vec<_>>();
    assert_eq!(last(&request("GET /")), ["X-Forwarded-For: 192.0.2.1"]);
    let mut ex = request("GET /\nX-Forwarded-For: 10.0.0.1");
    assert_eq!(last(&ex), ["X-Forwarded-For: 10.0.0.1, 192.0.2.1"]);
    assert_eq!(forwarded_for(&ex).as_deref(), Some("10.0.0.1, 192.0.2.1"));
    ex.appends_peer = false;
    assert_eq!(last(&ex), ["X-Forwarded-For: 10.0.0.1"]);
    assert_eq!(forwarded_for(&ex), None);
    assert_eq!(last(&request("GET /\nX-Forwarded-For: ")), ["X-Forwarded-For: 192.0.2.1"]);
}

#[test]
fn what_was_meant_for_the_clients_connection_is_withheld() {
    let mut ex = request("GET /\nX-Mine: 1\nX-Yours: 2\nTE: trailers, deflate");
    ex.headers.withhold(b"x-mine");
    let lines = lines(&ex);
    assert!(!lines.iter().any(|line| line.starts_with("X-Mine")), "{lines:?}");
    assert!(
        lines.contains(&"X-Yours: 2".to_owned()) && lines.contains(&"Te: trailers".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn the_length_says_how_the_body_is_written() {
    let length = |method: &str, body: Body| {
        let ex = Exchange { body, ..request(&format!("{method} /")) };
        let (lines, coding) = written(&ex, &endpoint("http://s.test"), PassHost::Client);
        let framing =
            lines.into_iter().filter(|line| line.starts_with("Content-") || line.starts_with("Transfer"));
        (framing.collect::<Vec<_>>().join(" "), coding)
    };
    let full = || Body::Full(Bytes::from_static(b"123"));
    assert_eq!(length("GET", Body::Empty), (String::new(), Coding::Plain));
    assert_eq!(length("POST", Body::Empty), ("Content-Length: 0".to_owned(), Coding::Plain));
    assert_eq!(length("POST", full()), ("Content-Length: 3".to_owned(), Coding::Plain));
    assert_eq!(length("GET", full()), ("Content-Length: 3".to_owned(), Coding::Plain));
    assert_eq!(length("PUT", pieces().1), ("Transfer-Encoding: chunked".to_owned(), Coding::Chunked));
}

#[test]
fn leave_is_asked_for_only_where_there_is_a_body() {
    let mut ex = request("POST /");
    ex.expects_continue = true;
    assert!(!lines(&ex).contains(&"Expect: 100-continue".to_owned()));
    ex.body = Body::from("x");
    assert!(lines(&ex).contains(&"Expect: 100-continue".to_owned()));
}
