//! Whatever the bytes and wherever they are cut: one meaning, and what was written is read back.

use proptest::collection::vec;
use proptest::prelude::*;
use windrose_wire::chunked::{self, Decoder, Step};
use windrose_wire::client_hello::{Outcome, Scan};
use windrose_wire::head::{self, FieldSpan, is_token, is_value};

/// Decodes what comes piece by piece: the data, and what follows the last chunk; nothing when it is broken.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut decoder, mut buffer, mut data) = (Decoder::default(), Vec::new(), Vec::new());
    let mut ended = false;
    for piece in pieces {
        buffer.extend_from_slice(piece);
        while !ended {
            match decoder.step(&buffer).ok()? {
                Step::More { skip } => {
                    buffer.drain(..skip);
                    break;
                }
                Step::Data { skip, len } => {
                    assert!(len > 0, "a piece of nothing would end the body where it is written again");
                    data.extend(buffer.drain(..skip + len).skip(skip));
                }
                Step::Trailers { skip } => {
                    buffer.drain(..skip);
                    ended = true;
                }
            }
        }
    }
    Some((data, buffer))
}

/// Bytes that look like the text, for the most part.
fn nearly(text: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let odd = prop_oneof![Just(b'\r'), Just(b'\n'), Just(b' '), Just(b':'), Just(0_u8), any::<u8>()];
    vec((any::<prop::sample::Index>(), odd, 0..3_u8), 0..4).prop_map(move |changes| {
        let mut bytes = text.to_vec();
        for (place, byte, change) in changes {
            let at = place.index(bytes.len());
            match change {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    })
}

const CHUNKS: &[u8] = b"5;a=b\r\nhello\r\n00b\r\nhello world\r\n0\r\nX: y\r\n\r\n";
const REQUEST: &[u8] = b"POST /a?b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nX-Any: a b\t\r\n\r\n";

proptest! {
    #![proptest_config(windrose_random::cases(256))]

    #[test]
    fn chunks_are_read_as_they_were_written(chunks in vec(vec(any::<u8>(), 1..300), 0..20), cut in 1..50_usize) {
        let mut written = Vec::new();
        for chunk in &chunks {
            chunked::write_size(chunk.len(), &mut written);
            written.extend_from_slice(chunk);
            written.extend_from_slice(b"\r\n");
        }
        written.extend_from_slice(chunked::END);
        let (data, rest) = decode(written.chunks(cut)).expect("well formed");
        prop_assert_eq!(data, chunks.concat());
        prop_assert_eq!(&rest, b"\r\n");
    }

    #[test]
    fn chunks_mean_the_same_wherever_they_are_cut(bytes in nearly(CHUNKS), cut in 1..40_usize) {
        prop_assert_eq!(decode(bytes.chunks(cut)), decode([&bytes[..]]));
    }

    #[test]
    fn a_head_ends_at_the_same_place_wherever_it_is_cut(bytes in nearly(REQUEST), cut in 1..40_usize) {
        let whole = head::find_end(&bytes, 0);
        let mut seen = 0;
        let mut found = Ok(None);
        for end in (cut..bytes.len() + cut).step_by(cut) {
            let part = &bytes[..end.min(bytes.len())];
            found = head::find_end(part, seen);
            if found != Ok(None) {
                break;
            }
            seen = part.len();
        }
        prop_assert_eq!(found, whole);
    }

    #[test]
    fn what_is_parsed_is_strict_and_written_the_same(bytes in nearly(REQUEST)) {
        let Ok(Some(end)) = head::find_end(&bytes, 0) else { return Ok(()) };
        let mut spans: Vec<FieldSpan> = Vec::new();
        let Ok(parsed) = head::parse_request(&bytes[..end], &mut spans) else { return Ok(()) };
        let slice = |at: u32, len: u32| &bytes[at as usize..(at + len) as usize];
        let target = &bytes[parsed.target..parsed.target + parsed.target_len];
        prop_assert!(bytes[..parsed.method_len].iter().all(|byte| is_token(*byte)));
        prop_assert!(!target.is_empty() && target.iter().all(u8::is_ascii_graphic));
        let mut written = [&bytes[..parsed.method_len], b" ", target, b" HTTP/1.1\r\n"].concat();
        for span in &spans {
            let (name, value) = (slice(span.name, span.name_len.into()), slice(span.value, span.value_len));
            prop_assert!(!name.is_empty() && name.iter().all(|byte| is_token(*byte)), "{:?}", name);
            prop_assert!(is_value(value) && value.trim_ascii() == value, "{:?}", value);
            written.extend([name, b": ", value, b"\r\n"].concat());
        }
        written.extend_from_slice(b"\r\n");
        let mut again = Vec::new();
        prop_assert_eq!(head::find_end(&written, 0), Ok(Some(written.len())));
        head::parse_request(&written, &mut again).expect("what was parsed once");
        let names = |spans: &[FieldSpan]| spans.iter().map(|span| (span.id, span.value_len)).collect::<Vec<_>>();
        prop_assert_eq!(names(&again), names(&spans));
    }

    #[test]
    fn a_hello_means_the_same_wherever_it_is_cut(bytes in vec(any::<u8>(), 0..200), cut in 1..20_usize) {
        // Most of what begins like TLS is worth more than any bytes at all.
        let bytes = [&[22, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3][..], &bytes].concat();
        let whole = Scan::default().advance(&bytes);
        let mut scan = Scan::default();
        let mut last = Outcome::NeedMore;
        for end in (cut..bytes.len() + cut).step_by(cut) {
            last = scan.advance(&bytes[..end.min(bytes.len())]);
            if last != Outcome::NeedMore {
                break;
            }
        }
        prop_assert_eq!(last, whole);
    }
}
