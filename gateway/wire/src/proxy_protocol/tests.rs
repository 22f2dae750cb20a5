use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;

fn ends(source: &str, destination: &str) -> Ends {
    Ends { source: source.parse().unwrap(), destination: destination.parse().unwrap() }
}

fn v2(command: u8, family: u8, length: u16, body: &[u8]) -> Vec<u8> {
    [v2::SIGNATURE, &[command, family], &length.to_be_bytes(), body].concat()
}

#[test]
fn lines_of_version_1_are_read_strictly() {
    let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(MAX_LINE - 16));
    let too_long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(MAX_LINE - 15));
    let four = Some(ends("192.0.2.1:56324", "192.0.2.2:443"));
    let six = Some(ends("[2001:db8::1]:1", "[::2]:65535"));
    let good: [(&str, Option<Ends>); 6] = [
        ("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", four),
        ("PROXY TCP6 2001:db8::1 ::2 1 65535\r\n", six),
        ("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", Some(ends("0.0.0.0:0", "0.0.0.0:0"))),
        ("PROXY UNKNOWN\r\n", None),
        ("PROXY UNKNOWN ffff::1 whatever\t\r\n", None),
        (&long, None),
    ];
    for (line, ends) in good {
        let header = Header { length: line.len(), ends };
        assert_eq!(parse(line.as_bytes()), Outcome::Header(header), "{line:?}");
        assert_eq!(parse(format!("{line}GET /").as_bytes()), Outcome::Header(header), "{line:?}");
        for cut in 0..line.len() {
            assert_eq!(parse(&line.as_bytes()[..cut]), Outcome::NeedMore, "{line:?} {cut}");
        }
    }
    let bad = [
        ("PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n", Defect::Line),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 \r\n", Defect::Line),
        ("PROXY TCP4  192.0.2.1 192.0.2.2 56324 443\r\n", Defect::Line),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 56324 70000\r\n", Defect::Line),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 +1 443\r\n", Defect::Line),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 01 443\r\n", Defect::Line),
        ("PROXY TCP4 2001:db8::1 ::2 1 2\r\n", Defect::Line),
        ("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", Defect::Line),
        ("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", Defect::Line),
        ("PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n", Defect::Line),
        ("PROXY UNKNOWNS\r\n", Defect::Line),
        ("PROXY \r\n", Defect::Line),
        (&too_long, Defect::TooLong),
    ];
    for (line, defect) in bad {
        assert_eq!(parse(line.as_bytes()), Outcome::Invalid(defect), "{line:?}");
    }
}

#[test]
fn other_bytes_are_the_connections_own() {
    for bytes in ["GET / HTTP/1.1\r\n", "PROXZ", "PROXY", "\r\n\r\nx", "\r\n\r\n\0\r\nQUIT\r", "\x16\x03"] {
        let expected = if bytes == "PROXY" { Outcome::NeedMore } else { Outcome::Absent };
        assert_eq!(parse(bytes.as_bytes()), expected, "{bytes:?}");
    }
    assert_eq!(parse(b""), Outcome::NeedMore);
}

#[test]
fn headers_of_version_2_are_read_strictly() {
    let four = [192, 0, 2, 1, 192, 0, 2, 2, 0xdc, 0x04, 0x01, 0xbb];
    let known = Some(ends("192.0.2.1:56324", "192.0.2.2:443"));
    let tlv = [&four[..], &[0x04, 0, 2, 9, 9]].concat();
    let good: [(Vec<u8>, Option<Ends>); 8] = [
        (v2(0x21, 0x11, 12, &four), known),
        (v2(0x21, 0x12, 12, &four), known),
        (v2(0x21, 0x11, 17, &tlv), known),
        (v2(0x20, 0x11, 12, &four), None),
        (v2(0x20, 0x00, 0, &[]), None),
        (v2(0x21, 0x00, 3, &[1, 2, 3]), None),
        (v2(0x21, 0x31, 216, &[7; 216]), None),
        (v2(0x21, 0x21, 36, &[0; 36]), Some(ends("[::]:0", "[::]:0"))),
    ];
    for (header, ends) in good {
        let expected = Outcome::Header(Header { length: header.len(), ends });
        assert_eq!(parse(&header), expected, "{header:x?}");
        assert_eq!(parse(&[&header[..], b"payload"].concat()), expected, "{header:x?}");
        for cut in 0..header.len() {
            assert_eq!(parse(&header[..cut]), Outcome::NeedMore, "{header:x?} {cut}");
        }
    }
    let bad = [
        (v2(0x11, 0x11, 12, &four), Defect::Command),
        (v2(0x22, 0x11, 12, &four), Defect::Command),
        (v2(0x21, 0x41, 12, &four), Defect::Family),
        (v2(0x21, 0x13, 12, &four), Defect::Family),
        (v2(0x21, 0x11, 11, &four), Defect::Length),
        (v2(0x21, 0x21, 12, &four), Defect::Length),
        (v2(0x21, 0x11, 16, &tlv), Defect::Length),
        (v2(0x21, 0x11, 14, &tlv), Defect::Length),
        (v2(0x21, 0x11, u16::MAX, &four), Defect::Length),
    ];
    for (header, defect) in bad {
        assert_eq!(parse(&header), Outcome::Invalid(defect), "{header:x?}");
    }
}

#[test]
fn families_that_differ_are_not_invented() {
    let mixed = ends("192.0.2.1:1", "[::1]:2");
    let mut text = Vec::new();
    encode(Version::V1, mixed, &mut text);
    assert_eq!(text, b"PROXY UNKNOWN\r\n");
    let mut binary = Vec::new();
    encode(Version::V2, mixed, &mut binary);
    let expected = Some(ends("[::ffff:192.0.2.1]:1", "[::1]:2"));
    assert_eq!(parse(&binary), Outcome::Header(Header { length: binary.len(), ends: expected }));
}

fn same_family() -> impl Strategy<Value = Ends> {
    let four = any::<([u8; 4], u16, [u8; 4], u16)>().prop_map(|(a, p, b, q)| Ends {
        source: SocketAddr::from((a, p)),
        destination: SocketAddr::from((b, q)),
    });
    let six = any::<([u8; 16], u16, [u8; 16], u16)>().prop_map(|(mut a, p, mut b, q)| {
        // Not an IPv4 address in the clothes of IPv6.
        (a[0], b[0]) = (0x20, 0x20);
        Ends { source: SocketAddr::from((a, p)), destination: SocketAddr::from((b, q)) }
    });
    prop_oneof![four, six]
}

proptest! {
    #![proptest_config(windrose_random::cases(256))]

    #[test]
    fn what_is_written_is_read_again(ends in same_family(), follows in any::<Vec<u8>>()) {
        for version in [Version::V1, Version::V2] {
            let mut bytes = Vec::new();
            encode(version, ends, &mut bytes);
            let header = Header { length: bytes.len(), ends: Some(ends) };
            bytes.extend_from_slice(&follows);
            prop_assert_eq!(parse(&bytes), Outcome::Header(header));
        }
    }

    #[test]
    fn more_bytes_never_change_an_answer(
        start in prop_oneof![
            Just(b"PROXY ".to_vec()),
            Just(b"PROXY TCP4 ".to_vec()),
            Just([v2::SIGNATURE, &[0x21]].concat()),
            Just(Vec::new()),
        ],
        rest in any::<Vec<u8>>(),
    ) {
        let bytes = [start, rest].concat();
        let whole = parse(&bytes);
        for cut in 0..bytes.len() {
            let early = parse(&bytes[..cut]);
            prop_assert!(early == Outcome::NeedMore || early == whole, "{:?} {:?}", early, whole);
        }
        if let Outcome::Header(header) = whole {
            prop_assert!(header.length <= bytes.len() && header.length <= MAX_V2);
        }
    }
}
