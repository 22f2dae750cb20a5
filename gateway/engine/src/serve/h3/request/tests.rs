use std::rc::Rc;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use windrose_config::StaticConfig;
use windrose_http::Conn;
use windrose_http::exchange::{OddNames, Trust};
use windrose_wire::h3::qpack::Section;

use super::*;

fn exchange() -> Exchange {
    Exchange::new(Rc::new(Conn {
        entry_point: Arc::from("web"),
        peer: "192.0.2.1:4000".parse().unwrap(),
        peer_ip: "192.0.2.1".into(),
        local: "127.0.0.1:443".parse().unwrap(),
        accepted: std::time::Instant::now(),
        desk: Rc::default(),
        trust: Trust::Stranger,
        odd_names: OddNames::KEPT,
        tls: None,
    }))
}

fn options() -> Arc<EntryOptions> {
    let openings = crate::compile::entries::entries(&StaticConfig::default()).unwrap();
    Arc::clone(&openings[0].options)
}

fn section(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut section = Section::new(&mut out);
    for (name, value) in fields {
        section.field(Id::OTHER, name.as_bytes(), value.as_bytes());
    }
    out
}

fn taken(fields: &[(&str, &str)]) -> (Result<Head, NoHead>, Exchange) {
    let mut ex = exchange();
    (take(&section(fields), &mut Vec::new(), &mut ex, &options()), ex)
}

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "https"), (":authority", "A.test:8443"), (":path", "/a/../b?c")];

#[test]
fn a_head_becomes_a_request() {
    let crumbs = [("cookie", "a=1"), ("x-any", " y "), ("cookie", "b=2"), ("content-length", "7")];
    let (head, ex) = taken(&[&GET[..], &crumbs].concat());
    let head = head.unwrap();
    assert_eq!((head.length, head.is_tunnel, head.fields), (Some(7), false, 8));
    assert_eq!((ex.method, ex.protocol), (Method::Get, Protocol::Http3));
    assert_eq!((ex.host.name(), ex.host.port(), ex.target.as_str()), ("a.test", Some(8443), "/b?c"));
    assert_eq!(ex.headers.get("x-any"), Some(&b"y"[..]));
    assert_eq!(ex.headers.get_all(Id::COOKIE).collect::<Vec<_>>(), [b"a=1; b=2"]);
}

#[test]
fn a_host_in_place_of_the_authority_will_do() {
    let (head, ex) = taken(&[GET[0], GET[1], GET[3], ("host", "a.test")]);
    assert!(head.is_ok());
    assert_eq!((ex.host.as_str(), ex.headers.contains(Id::HOST)), ("a.test", false));
}

#[test]
fn a_web_socket_becomes_what_it_is_in_http_1() {
    let connect = (":method", "CONNECT");
    let (head, ex) = taken(&[connect, (":protocol", "WebSocket"), GET[1], GET[2], GET[3]]);
    assert!(head.unwrap().is_tunnel);
    assert_eq!(
        (ex.method, ex.offer.protocols()),
        (Method::Get, &[windrose_http::exchange::Upgrade::WebSocket][..])
    );
    assert_eq!(ex.headers.get(Id::SEC_WEBSOCKET_KEY).map(<[u8]>::len), Some(24));
    for (fields, expected) in [
        (&[connect, GET[2]][..], NoHead::Failed(Failure::ConnectMethod)),
        (&[connect, GET[2], GET[3]], NoHead::Malformed),
        (&[connect, (":protocol", "other"), GET[1], GET[2], GET[3]], NoHead::Failed(Failure::ConnectMethod)),
        (&[connect, (":protocol", "websocket"), GET[2]], NoHead::Malformed),
        (&[GET[0], (":protocol", "websocket"), GET[1], GET[2], GET[3]], NoHead::Malformed),
    ] {
        assert_eq!(taken(fields).0.unwrap_err(), expected, "{fields:?}");
    }
}

#[test]
fn fields_that_are_too_many_or_too_large_are_told_so() {
    let large = "a".repeat(options().max_head);
    let (head, _) = taken(&[&GET[..], &[("x", &*large)]].concat());
    assert_eq!(head.unwrap_err(), NoHead::Failed(Failure::HeadTooLarge));
    let many = vec![("x", ""); MOST_FIELDS];
    let (head, _) = taken(&[&GET[..], &many].concat());
    assert_eq!(head.unwrap_err(), NoHead::Failed(Failure::HeadTooLarge));
}

#[test]
fn trailers_are_fields_and_nothing_else() {
    let of = |fields: &[(&str, &str)]| take_trailers(&section(fields), &mut Vec::new(), 1_000);
    assert_eq!(of(&[("x-sum", "1"), ("x-b", "2")]).unwrap().len(), 2);
    for fields in [(":path", "/"), ("x", "a\nb"), ("", "a"), ("x y", "a")] {
        assert_eq!(of(&[fields]).unwrap_err(), NoHead::Malformed, "{fields:?}");
    }
    let large = "a".repeat(1_000);
    assert_eq!(of(&[("x", &*large)]).unwrap_err(), NoHead::Malformed);
}

proptest! {
    #![proptest_config(windrose_random::cases(256))]

    #[test]
    fn any_fields_are_taken_or_refused(
        fields in vec(("(:[a-z]{0,9}|:method|:path|:scheme|:authority|[ -~]{0,12})", "[ -~]{0,20}"), 0..12),
        noise in vec(any::<u8>(), 0..200),
    ) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (head, ex) = taken(&fields);
        if head.is_ok() {
            prop_assert!(!ex.host.as_str().is_empty());
        }
        let _ = take(&noise, &mut Vec::new(), &mut exchange(), &options());
        let _ = take_trailers(&noise, &mut Vec::new(), 1_000);
    }
}
