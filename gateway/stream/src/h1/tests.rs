//! Every framing, however its bytes are cut.

use super::*;

/// What comes of `bytes`, which are read `most` at a time: the data, the names of trailers, and what lies behind.
fn read(framing: Framing, bytes: &[u8], most: usize) -> Result<(String, Vec<String>, String), Malformed> {
    let (mut rest, mut spans) = (Rest::new(framing), Vec::new());
    let (mut data, mut names) = (Vec::new(), Vec::new());
    let mut buffer = BytesMut::new();
    let mut coming = bytes.chunks(most);
    loop {
        match rest.step(&mut buffer, &mut spans)? {
            Step::Frame(Frame::Data(piece)) => {
                assert!(!piece.is_empty());
                data.extend_from_slice(&piece);
            }
            Step::Frame(Frame::Trailers(trailers)) => {
                let fields = trailers.for_client(&windrose_http::Headers::new());
                names.extend(fields.iter().map(|field| String::from_utf8_lossy(field.name).into_owned()));
            }
            Step::More => match coming.next() {
                Some(piece) => buffer.extend_from_slice(piece),
                None => break,
            },
            Step::End => break,
        }
    }
    coming.for_each(|piece| buffer.extend_from_slice(piece));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((text(&data), names, text(&buffer)))
}

#[test]
fn a_body_ends_where_its_framing_says_however_it_is_cut() {
    let cases: [(Framing, &str, &str, &[&str], &str); 7] = [
        (Framing::None, "next", "", &[], "next"),
        (Framing::Length(0), "next", "", &[], "next"),
        (Framing::Length(3), "abcnext", "abc", &[], "next"),
        (Framing::Chunked, "3\r\nabc\r\n0\r\n\r\nnext", "abc", &[], "next"),
        (Framing::Chunked, "1;x=y\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc", &[], ""),
        (
            Framing::Chunked,
            "1\r\na\r\n0\r\nX-Sum: 1\r\nX-Two: 2\r\n\r\nnext",
            "a",
            &["X-Sum", "X-Two"],
            "next",
        ),
        (Framing::UntilClose, "all of it", "all of it", &[], ""),
    ];
    for (framing, bytes, data, names, behind) in cases {
        for most in [1, 2, 3, 1_000] {
            let got = read(framing, bytes.as_bytes(), most);
            let names = names.iter().map(ToString::to_string).collect();
            assert_eq!(
                got,
                Ok((data.to_owned(), names, behind.to_owned())),
                "{framing:?} {bytes:?} by {most}"
            );
        }
    }
}

#[test]
fn a_wrong_coding_is_told() {
    for bytes in ["x\r\n", "1\r\nab\r\n", "3\r\nabc0\r\n", "0\r\nBad Name: x\r\n\r\n", "-1\r\n\r\n"] {
        assert_eq!(read(Framing::Chunked, bytes.as_bytes(), 1_000), Err(Malformed), "{bytes:?}");
    }
    let endless = format!("0\r\nX: {}", "x".repeat(70_000));
    assert_eq!(read(Framing::Chunked, endless.as_bytes(), 1_000), Err(Malformed));
}

#[test]
fn what_is_left_is_known_for_lengths_alone() {
    let mut spans = Vec::new();
    let mut rest = Rest::new(Framing::Length(5));
    assert_eq!((rest.length(), rest.is_over()), (Some(5), false));
    rest.step(&mut BytesMut::from("abc"), &mut spans).unwrap();
    assert_eq!((rest.length(), rest.is_over()), (Some(2), false));
    rest.step(&mut BytesMut::from("de"), &mut spans).unwrap();
    assert_eq!((rest.length(), rest.is_over()), (Some(0), true));
    assert_eq!(Rest::new(Framing::Chunked).length(), None);
    assert_eq!(Rest::new(Framing::UntilClose).length(), None);
}
