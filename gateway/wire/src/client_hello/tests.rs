use proptest::prelude::*;

use super::*;

fn list16(content: &[u8]) -> Vec<u8> {
    let mut bytes = u16::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes
}

fn list8(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(content.len()).unwrap()];
    bytes.extend_from_slice(content);
    bytes
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend(list16(content));
    bytes
}

fn sni(name: &[u8]) -> Vec<u8> {
    extension(0, &list16(&[&[0], list16(name).as_slice()].concat()))
}

fn alpn(names: &[&[u8]]) -> Vec<u8> {
    extension(16, &list16(&names.iter().flat_map(|name| list8(name)).collect::<Vec<_>>()))
}

fn message(extensions: &[u8]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend(list8(&[9; 32]));
    body.extend(list16(&[0x13, 0x01, 0xc0, 0x2f]));
    body.extend(list8(&[0]));
    body.extend(list16(extensions));
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[1, length[1], length[2], length[3]], body.as_slice()].concat()
}

fn record(payload: &[u8]) -> Vec<u8> {
    [&[22, 3, 1], list16(payload).as_slice()].concat()
}

fn records(message: &[u8], size: usize) -> Vec<u8> {
    message.chunks(size).flat_map(record).collect()
}

fn hello(extensions: &[u8]) -> Outcome {
    parse(&record(&message(extensions)))
}

#[test]
fn a_message_without_records_says_the_same() {
    let message = message(&[sni(b"A.test."), alpn(&[b"h3"])].concat());
    assert_eq!(parse_message(&message), hello(&[sni(b"A.test."), alpn(&[b"h3"])].concat()));
    let longer = [message.as_slice(), b"more"].concat();
    assert_eq!(parse_message(&longer), parse_message(&message));
    for length in 0..message.len() {
        assert_eq!(parse_message(&message[..length]), Outcome::NeedMore, "{length}");
    }
    assert_eq!(parse_message(&[2]), Outcome::Invalid(Defect::NotHello));
    assert_eq!(parse_message(&[1, 0xff, 0, 0]), Outcome::Invalid(Defect::TooLong));
}

fn name_of(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Hello(hello) => hello.server_name.host(),
        other => panic!("not a hello: {other:?}"),
    }
}

#[test]
fn finds_name_and_protocols() {
    let Outcome::Hello(hello) = hello(&[sni(b"www.example.com"), alpn(&[b"h2", b"http/1.1"])].concat())
    else {
        panic!("not a hello");
    };
    assert_eq!(hello.server_name, ServerName::Host("www.example.com".to_owned()));
    assert_eq!(hello.protocols().collect::<Vec<_>>(), [&b"h2"[..], b"http/1.1"]);
    assert!(hello.offers(b"h2"));
    assert!(!hello.offers(b"h"));
}

#[test]
fn a_hello_without_extensions_names_nothing() {
    let bare = message(&[]);
    // Without the extension block at all, as the oldest clients send it.
    let mut none = bare[..bare.len() - 2].to_vec();
    none[3] -= 2;
    assert_eq!(parse(&record(&none)), Outcome::Hello(ClientHello::default()));
    assert_eq!(parse(&record(&bare)), Outcome::Hello(ClientHello::default()));
}

#[test]
fn names_have_one_normal_form() {
    assert_eq!(name_of(&hello(&sni(b"WWW.Example.COM"))), Some("www.example.com"));
    assert_eq!(name_of(&hello(&sni(b"www.example.com."))), Some("www.example.com"));
    assert_eq!(name_of(&hello(&sni(b"my_host-1.internal"))), Some("my_host-1.internal"));
}

#[test]
fn an_address_is_not_a_name() {
    assert_eq!(name_of(&hello(&sni(b"192.0.2.1"))), None);
    assert_eq!(name_of(&hello(&sni(b"2001:db8::1"))), None);
}

#[test]
fn what_no_host_is_called_is_not_taken_for_a_name() {
    let long = [b"a".repeat(63), b"b".repeat(63), b"c".repeat(63), b"d".repeat(63)].join(&b'.');
    let long_label = [b"a".repeat(64), b"example".to_vec()].join(&b'.');
    for name in [
        &b"localhost:18443"[..],
        b"*.example",
        b"a b",
        &long_label,
        &long,
        "ü.example".as_bytes(),
        b"\xff.example",
        b".",
        b"a..b",
        b"a.b..",
        b"good.com\0.evil.com",
        b"-a.example",
        b"a-.example",
        b"a.123",
        b"[::1]",
    ] {
        let sent = String::from_utf8_lossy(name).into_owned();
        let Outcome::Hello(hello) = hello(&sni(name)) else { panic!("{sent}: not a hello") };
        assert_eq!(hello.server_name, ServerName::Unusable(sent));
    }
}

#[test]
fn refuses_names_two_readers_could_read_differently() {
    let two = extension(0, &list16(&[&[0], &list16(b"a.com")[..], &[0], &list16(b"b.com")[..]].concat()));
    let trailing = extension(0, &[list16(&[&[0], &list16(b"a.com")[..]].concat()), vec![0]].concat());
    let unknown_type = extension(0, &list16(&[&[1], &list16(b"a.com")[..]].concat()));
    let empty = extension(0, &list16(&[]));
    let repeated = [sni(b"a.com"), sni(b"b.com")].concat();
    for extensions in [two, trailing, unknown_type, empty, repeated, sni(b""), extension(0, &[])] {
        assert_eq!(hello(&extensions), Outcome::Invalid(Defect::ServerName), "{extensions:?}");
    }
}

#[test]
fn refuses_broken_protocol_lists() {
    let repeated = [alpn(&[b"h2"]), alpn(&[b"h3"])].concat();
    let overrun = extension(16, &list16(&[5, b'h', b'2']));
    for extensions in [alpn(&[]), alpn(&[b"h2", b""]), extension(16, &[]), repeated, overrun] {
        assert_eq!(hello(&extensions), Outcome::Invalid(Defect::Protocols), "{extensions:?}");
    }
}

#[test]
fn tells_other_protocols_from_the_first_byte() {
    assert_eq!(parse(b""), Outcome::NeedMore);
    for first in [&b"G"[..], b"PRI * HTTP/2.0", b"\0\0\0\x08\x04\xd2\x16\x2f", b"SSH-2.0-", &[23, 3, 3]] {
        assert_eq!(parse(first), Outcome::NotTls, "{first:?}");
    }
    assert_eq!(parse(&[0x80, 0x2e, 1, 3, 1]), Outcome::Invalid(Defect::Sslv2));
}

#[test]
fn refuses_records_no_client_sends() {
    assert_eq!(parse(&[22, 2]), Outcome::Invalid(Defect::Record), "major version");
    assert_eq!(parse(&[22, 3, 1, 0xff, 0xff]), Outcome::Invalid(Defect::Record), "65,535 bytes");
    assert_eq!(parse(&[22, 3, 1, 0x40, 0x01]), Outcome::Invalid(Defect::Record), "one byte too long");
    assert_eq!(parse(&[22, 3, 1, 0x40, 0x00]), Outcome::NeedMore, "the longest allowed");
    assert_eq!(parse(&[22, 3, 1, 0, 0]), Outcome::Invalid(Defect::Record), "empty");
    let whole = message(&sni(b"a.com"));
    let (first, second) = whole.split_at(20);
    let mut interleaved = record(first);
    interleaved.extend([21, 3, 3, 0, 2, 1, 0]);
    interleaved.extend(record(second));
    assert_eq!(parse(&interleaved), Outcome::Invalid(Defect::Record), "an alert in between");
}

#[test]
fn refuses_other_and_overlong_messages_at_once() {
    assert_eq!(parse(&[22, 3, 1, 0, 1, 2]), Outcome::Invalid(Defect::NotHello));
    assert_eq!(parse(&[22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]), Outcome::Invalid(Defect::TooLong));
    assert_eq!(parse(&[22, 3, 1, 0, 4, 1, 0, 0, 0]), Outcome::Invalid(Defect::Structure));
}

#[test]
fn bytes_behind_the_hello_do_not_matter() {
    let mut bytes = record(&[message(&sni(b"a.com")), vec![1, 2, 3]].concat());
    bytes.extend([20, 3, 3, 0, 1, 1]);
    assert_eq!(name_of(&parse(&bytes)), Some("a.com"));
}

#[test]
fn the_longest_hello_in_the_smallest_records_fits_the_peek_limit() {
    let room = MAX_HELLO - message(&sni(b"a.com")).len();
    let padding = extension(21, &vec![0; room]);
    let longest = message(&[sni(b"a.com"), padding].concat());
    assert_eq!(longest.len(), MAX_HELLO + HANDSHAKE_HEADER);
    let bytes = records(&longest, 1);
    assert_eq!(bytes.len(), MAX_PEEK);
    assert_eq!(parse(&bytes[..MAX_PEEK - 1]), Outcome::NeedMore);
    assert_eq!(name_of(&parse(&bytes)), Some("a.com"));
}

#[test]
fn every_prefix_asks_for_more_and_only_the_last_byte_completes() {
    let bytes = records(&message(&[sni(b"Www.Example.com"), alpn(&[b"h2"])].concat()), 1);
    let mut scan = Scan::default();
    for length in 0..bytes.len() {
        assert_eq!(scan.advance(&bytes[..length]), Outcome::NeedMore);
    }
    assert_eq!(name_of(&scan.advance(&bytes)), Some("www.example.com"));
}

proptest! {
    #![proptest_config(windrose_random::cases(256))]

    #[test]
    fn cuts_never_change_the_answer(
        name in "[a-z]{1,20}(\\.[a-z0-9]{1,20}){0,5}",
        cuts in prop::collection::vec(1_usize..200, 1..60),
        reads in prop::collection::vec(1_usize..400, 1..60),
    ) {
        let whole = message(&[extension(21, &[0; 300]), sni(name.as_bytes()), alpn(&[b"h2"])].concat());
        let expected = parse(&record(&whole));
        let mut bytes = Vec::new();
        let mut rest = whole.as_slice();
        for cut in cuts.into_iter().cycle() {
            let (payload, after) = rest.split_at(cut.min(rest.len()));
            bytes.extend(record(payload));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let mut scan = Scan::default();
        let mut seen = 0;
        for read in reads.into_iter().cycle() {
            seen = (seen + read).min(bytes.len());
            let stepwise = scan.advance(&bytes[..seen]);
            prop_assert_eq!(&stepwise, &parse(&bytes[..seen]));
            if seen == bytes.len() {
                prop_assert_eq!(stepwise, expected);
                break;
            }
            prop_assert_eq!(stepwise, Outcome::NeedMore);
        }
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = parse(&bytes);
        let _ = parse(&[&[22, 3, 1], bytes.as_slice()].concat());
        let _ = body::parse(&bytes);
    }

    #[test]
    fn a_flipped_byte_never_yields_an_unclean_name(at in 0_usize..400, value in any::<u8>()) {
        let mut bytes = record(&message(&[sni(b"www.example.com"), alpn(&[b"h2"])].concat()));
        let at = at % bytes.len();
        bytes[at] = value;
        if let Outcome::Hello(ClientHello { server_name: ServerName::Host(name), .. }) = parse(&bytes) {
            prop_assert!(!name.is_empty() && !name.ends_with('.'));
            prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b)));
        }
    }
}
