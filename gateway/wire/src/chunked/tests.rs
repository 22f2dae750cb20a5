use super::*;

/// Decodes a body cut into pieces of `piece` bytes; gives the data and what follows the last chunk.
fn decode(text: &[u8], piece: usize) -> Result<(Vec<u8>, Vec<u8>), BadChunk> {
    let mut decoder = Decoder::default();
    let (mut data, mut buffer) = (Vec::new(), Vec::new());
    for bytes in text.chunks(piece) {
        buffer.extend_from_slice(bytes);
        loop {
            match decoder.step(&buffer)? {
                Step::More { skip } => {
                    buffer.drain(..skip);
                    break;
                }
                Step::Data { skip, len } => {
                    data.extend_from_slice(&buffer[skip..skip + len]);
                    buffer.drain(..skip + len);
                }
                Step::Trailers { skip } => {
                    buffer.drain(..skip);
                    break;
                }
            }
        }
    }
    Ok((data, buffer))
}

#[test]
fn a_body_decodes_the_same_however_it_is_cut() {
    let text = b"5\r\nhello\r\n006;name=\"v\"\r\n world\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
    for piece in 1..=text.len() {
        let (data, rest) = decode(text, piece).expect("valid");
        assert_eq!(data, b"hello world0123456789", "pieces of {piece}");
        assert_eq!(rest, b"X: y\r\n\r\n", "pieces of {piece}");
    }
}

#[test]
fn broken_codings_are_refused() {
    let long = format!("5;{}\r\nhello\r\n", "x".repeat(2000));
    let cases: [&[u8]; 15] = [
        b"0x5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b"-5\r\nhello\r\n",
        b"11111111111111111\r\n",
        b"5\nhello\r\n",
        b"5\rhello\r\n",
        b"5\r\nhelloXX",
        b"\r\nhello\r\n",
        b";x\r\nhello\r\n",
        b"5 \r\nhello\r\n",
        b"5\t\r\nhello\r\n",
        b"g\r\n",
        b"5;a\nb\r\nhello\r\n",
        b"5;a\rb\r\nhello\r\n",
        long.as_bytes(),
    ];
    for text in cases {
        for piece in [1, text.len()] {
            assert_eq!(decode(text, piece).err(), Some(BadChunk), "{:?}", String::from_utf8_lossy(text));
        }
    }
}

#[test]
fn sizes_are_written_in_plain_hexadecimal() {
    for (len, text) in
        [(1, "1\r\n"), (15, "f\r\n"), (16, "10\r\n"), (0xabc, "abc\r\n"), (0x10000, "10000\r\n")]
    {
        let mut out = Vec::new();
        write_size(len, &mut out);
        assert_eq!(out, text.as_bytes());
    }
}
