//! The first bytes of a connection: hellos that no library would send, and protocols where they do not belong.

mod hello;

pub(crate) use hello::Hello;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windrose_kit::peer::h1::Client;
use windrose_kit::peer::h2::Frame;
use windrose_kit::peer::tls::{ClientOptions, Connector, ServerNameUse, Versions};
use windrose_kit::soon;

use crate::client::{connect, exchange, read_on};
use crate::gateway::Gateway;
use crate::recorder::Recorder;

/// What the gateway says to a hello.
#[derive(Debug, PartialEq, Eq)]
enum Says {
    Hello,
    /// An alert, the end, or that it is no HTTP.
    No,
}

async fn say(gateway: &Gateway, bytes: &[u8]) -> Says {
    let mut stream = connect(gateway.addr()).await;
    // It may say no to the first of many records.
    let _gone = stream.write_all(bytes).await;
    let mut first = [0; 6];
    let read = tokio::time::timeout(windrose_kit::DEADLINE, stream.read_exact(&mut first)).await;
    match (read.expect("an answer to a hello"), first) {
        (Ok(_), [22, _, _, _, _, 2]) => Says::Hello,
        (Ok(_), [21, ..] | [b'H', ..]) | (Err(_), _) => Says::No,
        (Ok(_), other) => panic!("neither hello nor refusal: {other:?}"),
    }
}

#[tokio::test]
async fn a_hello_is_understood_or_refused() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let hello = Hello::default;
    let named = |name: &[u8]| hello().name(name).records(usize::MAX);
    let long = [&b"a"[..]; 300].concat();
    let cases: Vec<(&str, Vec<u8>, Says)> = vec![
        ("plain", hello().records(usize::MAX), Says::Hello),
        ("one byte in each record", hello().records(1), Says::Hello),
        ("seven bytes in each record", hello().records(7), Says::Hello),
        ("no name", hello().without_name().records(usize::MAX), Says::Hello),
        ("name in upper case", named(b"A.TEST"), Says::Hello),
        ("name with a NUL", named(b"a.test\0.evil"), Says::No),
        ("name with a line end", named(b"a.test\r\nX: y"), Says::No),
        ("name with a slash", named(b"a.test/x"), Says::No),
        ("name beyond ASCII", named(b"\xff.test"), Says::No),
        ("empty name", named(b""), Says::No),
        ("name of 300 bytes", named(&long), Says::No),
        ("name with an empty label", named(b"a..test"), Says::No),
        ("two names in one list", hello().second_name(b"evil.test").records(usize::MAX), Says::No),
        (
            "two lists of names",
            hello().extension(0, &[0, 9, 0, 0, 6, b'b', b'.', b't', b'e', b's', b't']).records(usize::MAX),
            Says::No,
        ),
        (
            "list of names cut",
            hello().without_name().extension(0, &[0, 9, 0, 0, 6, b'b']).records(usize::MAX),
            Says::No,
        ),
        ("no protocol in common", hello().extension(16, b"\x00\x05\x04evil").records(usize::MAX), Says::No),
        ("empty protocol", hello().extension(16, b"\x00\x01\x00").records(usize::MAX), Says::No),
        ("protocols cut", hello().extension(16, b"\x00\x09\x08http/1.").records(usize::MAX), Says::No),
        ("version 1.1", hello().version(0x0302).records(usize::MAX), Says::No),
        ("version 1.0", hello().version(0x0301).records(usize::MAX), Says::No),
        ("version SSL 3", hello().version(0x0300).records(usize::MAX), Says::No),
        ("no suite", hello().suites(&[]).records(usize::MAX), Says::No),
        ("only weak suites", hello().suites(&[0x000a, 0x0005, 0x0000]).records(usize::MAX), Says::No),
        ("record of 65,535 bytes", [&[22, 3, 1, 0xff, 0xff][..], &[1; 70_000]].concat(), Says::No),
        ("record of nothing", [&[22, 3, 1, 0, 0][..], &hello().records(usize::MAX)].concat(), Says::No),
        (
            "record of another version",
            [&[22, 2, 0][..], &hello().records(usize::MAX)[3..]].concat(),
            Says::No,
        ),
        (
            "message of 16 MiB",
            [&[22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff][..], &[7; 20_000]].concat(),
            Says::No,
        ),
        ("message that is no hello", vec![22, 3, 1, 0, 5, 2, 0, 0, 1, 0], Says::No),
        ("alert before the hello", vec![21, 3, 1, 0, 2, 1, 0], Says::No),
        ("data before the hello", vec![23, 3, 3, 0, 2, 1, 0], Says::No),
        (
            "alert within the hello",
            [&hello().records(20)[..25], &[21, 3, 1, 0, 2, 1, 0][..]].concat(),
            Says::No,
        ),
        ("lengths that lie", [&hello().records(usize::MAX)[..43], &[0xff; 100][..]].concat(), Says::No),
    ];
    let mut failed = Vec::new();
    for (name, bytes, says) in cases {
        // Bytes that are no TLS at all are taken for HTTP, which ends with a line.
        let said = say(&gateway, &[&bytes[..], if bytes[0] == 22 { b"" } else { b"\n" }].concat()).await;
        if said != says {
            failed.push(format!("{name}: {said:?}"));
        }
    }
    gateway.expect_well().await;
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Whoever is refused is told so; nobody is left with a connection that just ends.
#[tokio::test]
async fn a_refused_hello_is_answered_with_an_alert() {
    const UNRECOGNIZED_NAME: u8 = 112;
    const DECODE_ERROR: u8 = 50;
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let hello = Hello::default;
    let named = |name: &[u8]| hello().name(name).records(usize::MAX);
    let long_label = [&[b'a'; 64][..], b".example"].concat();
    for (bytes, alert) in [
        (named(b"localhost:18443"), UNRECOGNIZED_NAME),
        (named(b"*.example"), UNRECOGNIZED_NAME),
        (named(b"a b"), UNRECOGNIZED_NAME),
        (named(&long_label), UNRECOGNIZED_NAME),
        (named("ü.example".as_bytes()), UNRECOGNIZED_NAME),
        (named(b"a-.example"), UNRECOGNIZED_NAME),
        (named(b"a.123"), UNRECOGNIZED_NAME),
        (named(b""), DECODE_ERROR),
        (hello().second_name(b"evil.test").records(usize::MAX), DECODE_ERROR),
        (hello().extension(16, b"\x00\x01\x00").records(usize::MAX), DECODE_ERROR),
        (vec![22, 3, 1, 0, 0], 10),
        (vec![22, 3, 1, 0, 5, 2, 0, 0, 1, 0], 10),
    ] {
        let mut stream = connect(gateway.addr()).await;
        stream.write_all(&bytes).await.unwrap();
        let mut said = Vec::new();
        soon("the end", stream.read_to_end(&mut said)).await.unwrap();
        assert_eq!(said, [21, 3, 3, 0, 2, 2, alert], "{}", bytes.escape_ascii());
    }
    gateway.expect_well().await;
}

/// Cut anywhere, and with any byte changed, a hello harms nobody.
#[tokio::test]
async fn a_spoilt_hello_harms_nobody() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let hello = Hello::default().records(usize::MAX);
    for at in 1..hello.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut spoilt = hello.clone();
            spoilt[at] = byte;
            let mut stream = connect(gateway.addr()).await;
            let _gone = stream.write_all(&spoilt).await;
            let _gone = stream.shutdown().await;
            let ended = read_on(&mut stream, &mut Vec::new(), windrose_kit::DEADLINE).await;
            assert!(ended, "byte {at} as {byte:#x}");
        }
    }
    gateway.expect_well().await;
    assert_eq!(recorder.take_requests(&"spoilt hellos"), []);
}

#[tokio::test]
async fn protocols_where_they_do_not_belong_are_refused() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let mut client =
        Client::connect_tls(gateway.addr(), &Connector::new(ClientOptions::default()), "a.test").await;
    // Without having agreed on it, this is a request of a version that is not spoken.
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    client.send(Frame::get(1, "a.test", "/").encode()).await;
    assert_eq!(client.read_response().await.status(), 400);
    client.expect_gone().await;

    let agreed = Connector::new(ClientOptions { alpn: &["h2"], ..ClientOptions::default() });
    let mut client = Client::connect_tls(gateway.addr(), &agreed, "a.test").await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let (mut socket, mut said) = client.into_wire().into_parts();
    while matches!(soon("the end", socket.read_buf(&mut said)).await, Ok(1..)) {}
    assert!(!said.starts_with(b"HTTP/"), "{:?}", String::from_utf8_lossy(&said));

    for bytes in [
        &b"\x00\x00\x00\x08\x04\xd2\x16\x2f\n"[..],
        b"PROXY TCP4 6.6.6.6 6.6.6.6 1 2\r\nGET / HTTP/1.1\r\n\r\n",
        b"\x0d\x0a\x0d\x0a\x00\x0d\x0aQUIT\x0a",
        b"SSH-2.0-x\r\n\r\n",
        b"\0\n",
    ] {
        let seen = exchange(gateway.addr(), bytes).await;
        assert_eq!(seen.statuses(), [400], "{bytes:?}");
    }
    assert_eq!(recorder.take_requests(&"other protocols"), []);
    gateway.expect_well().await;
}

#[tokio::test]
async fn requests_in_the_clear_do_not_reach_routers_with_tls() {
    let recorder = Recorder::start().await;
    let dynamic = format!(
        "http:\n  routers:\n    ready: {{rule: 'Host(`ready.test`)', service: app}}\n    \
         secure: {{rule: 'PathPrefix(`/`)', service: app, tls: {{}}}}\n  \
         services:\n    app: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}\n",
        recorder.url()
    );
    let gateway = Gateway::routing("", &dynamic).await;
    let seen = exchange(
        gateway.addr(),
        b"GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(seen.statuses(), [404]);
    let seen = exchange(
        gateway.addr(),
        b"GET https://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(seen.statuses(), [404]);
    assert_eq!(recorder.take_requests(&"in the clear"), []);
}

/// A host with TLS options of its own is served only on connections that were accepted with them.
#[tokio::test]
async fn a_host_is_served_only_with_its_tls_options() {
    let recorder = Recorder::start().await;
    let dynamic = format!(
        "http:\n  routers:\n    ready: {{rule: 'Host(`ready.test`)', service: app}}\n    \
         open: {{rule: 'Host(`a.test`) || Host(`c.test`)', service: app, tls: {{}}}}\n    \
         strict: {{rule: 'Host(`b.test`)', service: app, tls: {{options: strict}}}}\n  \
         services:\n    app: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}\n\
         tls:\n  options:\n    strict: {{minVersion: VersionTLS13}}\n",
        recorder.url()
    );
    let gateway = Gateway::routing("", &dynamic).await;
    let usual = Connector::new(ClientOptions::default());
    let silent =
        Connector::new(ClientOptions { server_name: ServerNameUse::Withheld, ..ClientOptions::default() });
    let cases = [
        (&usual, "a.test", "a.test", 200),
        (&usual, "a.test", "c.test", 200),
        (&usual, "b.test", "b.test", 200),
        (&usual, "b.test", "B.Test.:443", 200),
        (&usual, "a.test", "b.test", 421),
        (&usual, "a.test", "B.TEST", 421),
        (&usual, "a.test", "b.test.", 421),
        (&usual, "a.test", "b.test:443", 421),
        (&usual, "c.test", "b.test", 421),
        (&usual, "other.test", "b.test", 421),
        (&silent, "a.test", "b.test", 421),
        (&silent, "a.test", "a.test", 200),
        (&usual, "b.test", "a.test", 421),
    ];
    for (connector, name, host, status) in cases {
        let mut client = Client::connect_tls(gateway.addr(), connector, name).await;
        assert_eq!(client.get(host, "/").await.status(), status, "{name} then {host}");
        let absolute = format!("GET http://{host}/ HTTP/1.1\r\nHost: {name}\r\n\r\n");
        client.send(absolute).await;
        assert_eq!(client.read_response().await.status(), status, "{name} then {host} as a target");
    }
    let old = Connector::new(ClientOptions { versions: Versions::Only12, ..ClientOptions::default() });
    assert!(old.try_connect(gateway.addr(), "b.test").await.is_err());
    assert!(old.try_connect(gateway.addr(), "B.TEST").await.is_err());
    recorder.take_requests(&"hosts");
}

/// Connections that end within the handshake.
#[tokio::test]
async fn many_broken_handshakes_leave_nothing_behind() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let hello = Hello::default().records(usize::MAX);
    let before = gateway.memory();
    for round in 0..400 {
        let mut stream = connect(gateway.addr()).await;
        stream.write_all(&hello).await.unwrap();
        if round % 2 == 0 {
            let mut first = [0; 1];
            stream.read_exact(&mut first).await.unwrap();
            // A farewell in the middle of the handshake.
            let _gone = stream.write_all(&[21, 3, 3, 0, 2, 1, 0]).await;
        }
    }
    gateway.expect_well().await;
    assert!(gateway.memory() < before + (24 << 20), "{} MiB", (gateway.memory() - before) >> 20);
    assert!(gateway.cpu() < Duration::from_secs(20));
}
