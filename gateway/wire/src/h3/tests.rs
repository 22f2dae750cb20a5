use std::ops::ControlFlow;

use proptest::collection::vec;
use proptest::prelude::*;

use super::frame::{FrameHead, HeadReader, Kind, write_data, write_goaway, write_headers, write_settings};
use super::qpack::{Defect, Section, decode};
use super::{settings, varint};
use crate::field::Id;

type Fields = Vec<(String, String)>;

fn fields(section: &[u8]) -> Result<Fields, Defect> {
    let (mut fields, mut scratch) = (Fields::new(), Vec::new());
    decode(section, &mut scratch, |name, value| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        fields.push((text(name), text(value)));
        ControlFlow::Continue(())
    })?;
    Ok(fields)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16));
    pairs.map(Result::unwrap).collect()
}

#[test]
fn numbers_are_those_of_the_standard() {
    // RFC 9000, appendix A.1.
    for (hex, value) in [
        ("c2197c5eff14e88c", 151_288_809_941_952_652),
        ("9d7f3e7d", 494_878_333),
        ("7bbd", 15_293),
        ("25", 37),
        ("4025", 37),
    ] {
        let bytes = bytes(hex);
        assert_eq!(varint::read(&bytes), Some((value, bytes.len())), "{hex}");
        assert_eq!(varint::read(&bytes[..bytes.len() - 1]), None, "{hex} cut");
    }
}

#[test]
fn sections_are_those_of_the_standard() {
    // RFC 9204, appendix B.1; texts in the code are those of RFC 7541, appendix C.
    let cases = [
        ("0000 510b 2f69 6e64 6578 2e68 746d 6c", ":path", "/index.html"),
        ("0000 508c f1e3 c2e5 f23a 6ba0 ab90 f4ff", ":authority", "www.example.com"),
        ("0000 5f09 82 6402", ":status", "302"),
        ("0000 56 96 d07abe941054d444a8200595040b8166e082a62d1bff", "date", "Mon, 21 Oct 2013 20:13:21 GMT"),
        ("0000 2f01 25a849e95ba97d7f 89 25a849e95bb8e8b4bf", "custom-key", "custom-value"),
        ("0000 2f03 637573746f6d2d6b6579 00", "", ""),
        ("0000 2703 637573746f6d2d6b6579 0176", "custom-key", "v"),
        ("0000 d1", ":method", "GET"),
        ("0000 ff23", "x-frame-options", "sameorigin"),
    ];
    for (hex, name, value) in cases {
        let read = fields(&bytes(hex));
        if name.is_empty() {
            assert_eq!(read, Err(Defect::Malformed), "{hex}: letters that are no code");
            continue;
        }
        assert_eq!(read, Ok(vec![(name.to_owned(), value.to_owned())]), "{hex}");
    }
}

#[test]
fn what_refers_to_a_table_of_the_connection_is_refused() {
    for hex in [
        "",
        "00",
        // Required Insert Count.
        "0100 d1",
        // Indexed and by name, dynamic; behind the base, indexed and by name.
        "0000 80",
        "0000 4000",
        "0000 10",
        "0000 0000",
        // Beyond the known fields; a text that is cut off; a number without end.
        "0000 ff24",
        "0000 510b 2f",
        "0000 ffffffffffffffffffffffff",
        // Filled up with zeros, with a whole byte, and with the sign for the end.
        "0000 5081 18",
        "0000 5082 1fff",
        "0000 5084 ffffffff",
    ] {
        assert_eq!(fields(&bytes(hex)), Err(Defect::Malformed), "{hex}");
    }
}

#[test]
fn whoever_has_seen_enough_stops() {
    let mut seen = 0;
    let decoded = decode(&bytes("0000 d1 d1 d1"), &mut Vec::new(), |_, _| {
        seen += 1;
        if seen < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert_eq!((decoded, seen), (Err(Defect::Stopped), 2));
}

#[test]
fn what_is_written_takes_little_room() {
    let mut out = Vec::new();
    let mut section = Section::new(&mut out);
    section.status(200);
    section.field(Id::CONTENT_TYPE, b"Content-Type", b"application/json");
    section.field(Id::VARY, b"Vary", b"origin");
    section.field(Id::SERVER, b"Server", b"x");
    assert_eq!(out, bytes("0000 d9 ee fc 5f4d 0178"));
    let read: Vec<_> = fields(&out).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(read, [":status", "content-type", "vary", "server"]);
}

#[test]
fn frames_are_found_however_they_are_cut() {
    let mut out = Vec::new();
    write_data(&mut out, 70_000);
    write_settings(&mut out, &[]);
    write_headers(&mut out, b"");
    write_goaway(&mut out, 4);
    out.truncate(out.len() - 1);
    for piece in 1..=out.len() {
        let (mut reader, mut heads) = (HeadReader::default(), Vec::new());
        for mut bytes in out.chunks(piece) {
            while !bytes.is_empty() {
                let (taken, head) = reader.advance(bytes);
                bytes = &bytes[taken..];
                heads.extend(head);
            }
        }
        let expected = [(Kind::Data, 70_000), (Kind::Settings, 0), (Kind::Headers, 0), (Kind::Goaway, 1)];
        assert_eq!(heads, expected.map(|(kind, length)| FrameHead { kind, length }), "by {piece}");
        assert!(!reader.is_cut());
    }
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for (hex, is_good) in [
        ("", true),
        ("0641 00 0100 0710 0801", true),
        ("3301 4021 05", true),
        ("06", false),
        ("0640", false),
        ("0205", false),
        ("0400", false),
        ("0802", false),
        ("0601 0602", false),
    ] {
        assert_eq!(settings::check(&bytes(hex)).is_ok(), is_good, "{hex}");
    }
}

proptest! {
    #![proptest_config(windrose_random::cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(section in vec(any::<u8>(), 0..300)) {
        let _ = fields(&section);
        let _ = settings::check(&section);
        let mut prefixed = vec![0, 0];
        prefixed.extend(section);
        let _ = fields(&prefixed);
    }

    #[test]
    fn fields_come_back_as_they_were_written(
        written in vec(("[a-z][a-z0-9-]{0,200}", "[ -~]{0,300}"), 0..20),
        known in vec((0..96_usize, "[ -~]{0,20}"), 0..20),
    ) {
        let mut expected = Fields::new();
        let mut out = Vec::new();
        let mut section = Section::new(&mut out);
        for (name, value) in written {
            section.field(Id::of(name.as_bytes()), name.as_bytes(), value.as_bytes());
            expected.push((name, value));
        }
        for (number, value) in known {
            let name = crate::field::NAMES[1 + number % (crate::field::NAMES.len() - 1)];
            section.field(Id::of(name.as_bytes()), name.as_bytes(), value.as_bytes());
            expected.push((name.to_ascii_lowercase(), value));
        }
        prop_assert_eq!(fields(&out), Ok(expected));
    }

    #[test]
    fn numbers_come_back_as_they_were_written(value in 0..=varint::MOST) {
        let mut out = Vec::new();
        varint::write(&mut out, value);
        prop_assert_eq!(varint::read(&out), Some((value, out.len())));
    }
}
