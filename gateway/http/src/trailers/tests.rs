use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::*;
use crate::body::Body;
use crate::body::{BodyError, Frame, Stream};
use crate::exchange::Exchange;
use crate::exchange::{Conn, Trust};

fn trailers(names: &[&str]) -> Trailers {
    let mut fields = Headers::new();
    names.iter().for_each(|name| fields.receive(*name, "value"));
    Trailers::new(fields).expect("fields")
}

fn names(headers: &Headers) -> Vec<String> {
    headers.iter().map(|field| String::from_utf8_lossy(field.name).into_owned()).collect()
}

struct Endless;

impl Stream for Endless {
    fn poll_frame(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        Poll::Pending
    }

    fn length(&self) -> Option<u64> {
        None
    }
}

fn exchange() -> Exchange {
    exchange_under(OddNames::KEPT)
}

fn exchange_under(odd_names: OddNames) -> Exchange {
    let conn = Conn {
        entry_point: Arc::from("web"),
        peer: "192.0.2.1:4000".parse().expect("an address"),
        peer_ip: "192.0.2.1".into(),
        local: "127.0.0.1:80".parse().expect("an address"),
        accepted: std::time::Instant::now(),
        desk: Rc::default(),
        trust: Trust::Trusted,
        odd_names,
        tls: None,
    };
    let mut ex = Exchange::new(Rc::new(conn));
    ex.body = Body::Stream(Box::new(Endless));
    ex
}

#[test]
fn what_must_stand_in_a_head_is_no_trailer_in_any_spelling() {
    let forbidden = [
        "Content-Length",
        "Transfer-Encoding",
        "Host",
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Te",
        "Trailer",
        "Upgrade",
        "Http2-Settings",
        "Authorization",
        "Cookie",
        "Set-Cookie",
        "WWW-Authenticate",
        "Expect",
        "Range",
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "If-Range",
        "Accept",
        "Accept-Encoding",
        "Cache-Control",
        "Pragma",
        "Max-Forwards",
        "X-HTTP-Method-Override",
        "X-Original-Url",
        "Age",
        "Date",
        "Expires",
        "Location",
        "Retry-After",
        "Vary",
        "Warning",
        "Content-Type",
        "Content-Encoding",
        "Content-Range",
        "Content-Language",
        "Content-Location",
        "Content-Disposition",
        "Strict-Transport-Security",
        "Content-Security-Policy",
        "Content-Security-Policy-Report-Only",
        "X-Frame-Options",
        "X-Content-Type-Options",
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Credentials",
        "Cross-Origin-Opener-Policy",
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-Server",
        "X-Forwarded-Tls-Client-Cert",
        "X-Forwarded-User",
        "X-Real-Ip",
        "X-Scheme",
        "X-Accel-Redirect",
        "Sec-WebSocket-Key",
    ];
    let rules = Rules::of(&exchange());
    for name in forbidden {
        for spelling in
            [name.to_owned(), name.to_uppercase(), name.replace('-', "_"), name.replacen('-', ".", 1)]
        {
            let to_server =
                trailers(&["X-Sum", &spelling]).judged(rules.as_deref()).expect("underscores are kept");
            let to_client = trailers(&["X-Sum", &spelling]).for_client(&Headers::new());
            assert_eq!((names(&to_server), names(&to_client)), (vec!["X-Sum".into()], vec!["X-Sum".into()]));
        }
    }
}

#[test]
fn what_is_made_for_trailers_passes() {
    let fields = [
        "Grpc-Status",
        "grpc-message",
        "grpc-status-details-bin",
        "grpc-retry-pushback-ms",
        "x-custom-bin",
        "X_Custom",
        "ETag",
        "Digest",
        "Content-Digest",
        "Repr-Digest",
        "Content-MD5",
        "Server-Timing",
        "Authentication-Info",
        "Accept-Ranges",
        "Acceptable",
        "Ifs",
        "Contents",
        "X-Checksum",
    ];
    let to_server =
        trailers(&fields).judged(Rules::of(&exchange()).as_deref()).expect("underscores are kept");
    assert_eq!(names(&to_server), fields);
    assert_eq!(names(&trailers(&fields).for_client(&Headers::new())), fields);
}

#[test]
fn what_was_settled_in_the_head_stays_settled() {
    let mut ex = exchange();
    ex.headers.receive("X-Both", "metadata may come in head and trailers");
    ex.headers.set("X-User", "us");
    ex.headers.remove("X-Gone");
    ex.headers.claim("X-Named");
    ex.headers.withhold(b"X-Kept");
    let sent = ["x-user", "X_User", "X.Gone", "X-Gone", "x-named", "X-Kept", "X-Both", "X-Users"];
    let kept = trailers(&sent).judged(Rules::of(&ex).as_deref()).expect("underscores are kept");
    assert_eq!(names(&kept), ["X-Both", "X-Users"]);

    let mut head = Headers::new();
    head.receive("X-Both", "a");
    head.set("X-Frame", "us");
    head.remove("Server");
    let kept = trailers(&["X-Frame", "server", "X-Both", "grpc-status"]).for_client(&head);
    assert_eq!(names(&kept), ["X-Both", "grpc-status"]);
}

#[test]
fn odd_names_are_treated_as_in_heads() {
    use Treatment::{Delete, Keep, Reject};
    type Case = (Treatment, Treatment, &'static [&'static str], Option<&'static [&'static str]>);
    let cases: [Case; 8] = [
        (Keep, Keep, &["X_User", "X.User", "X-Sum"], Some(&["X_User", "X.User", "X-Sum"])),
        (Delete, Keep, &["X_User", "X.User", "X-Sum"], Some(&["X.User", "X-Sum"])),
        (Delete, Delete, &["X_User", "X.User"], Some(&[])),
        (Reject, Keep, &["X_User", "X-Sum"], None),
        (Reject, Keep, &["X_Forwarded_Host"], None),
        (Reject, Reject, &["X-Sum"], Some(&["X-Sum"])),
        (Delete, Reject, &["X_User"], Some(&[])),
        (Delete, Reject, &["X~User"], None),
    ];
    for (underscores, others, sent, expected) in cases {
        let odd_names = OddNames { underscores, others };
        let ex = exchange_under(odd_names);
        let kept = trailers(sent).judged(Rules::of(&ex).as_deref()).ok().map(|kept| names(&kept));
        let expected = expected.map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(kept, expected, "{odd_names:?} {sent:?}");
    }
}

#[test]
fn nothing_is_copied_for_a_body_that_cannot_have_trailers() {
    let mut ex = exchange();
    ex.headers.set("X-User", "us");
    assert!(Rules::of(&ex).is_some_and(|rules| rules.claimed.covers(b"x-user")));
    ex.body = Body::Empty;
    assert!(Rules::of(&ex).is_none());
    assert!(Rules::of(&exchange()).is_none(), "nothing was settled");
}

#[test]
fn no_fields_are_no_trailers() {
    assert!(Trailers::new(Headers::new()).is_none());
}
