//! Packed bodies, shown as what they hold: two programs that pack the same rarely come to the same bytes.

use std::io::{self, Read};

use crate::message::Message;
use crate::text;

/// The body of a message; one that is packed is unpacked, with the name of its coding before it.
pub(super) fn shown(message: &Message) -> String {
    let codings = message.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    let codings: Vec<&str> = codings.map(|(_, coding)| coding.as_str()).collect();
    let plain = match codings.as_slice() {
        ["gzip"] => read(flate2::read::MultiGzDecoder::new(&*message.body)),
        ["br"] => read(brotli::Decompressor::new(&*message.body, 4096)),
        ["zstd"] => zstd::stream::read::Decoder::new(&*message.body).map_or_else(Err, read),
        _ => return text::show(&message.body),
    };
    match plain {
        Ok(plain) if !message.body.is_empty() => format!("packed {}", text::show(&plain)),
        _ => text::show(&message.body),
    }
}

fn read(mut packed: impl Read) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    packed.read_to_end(&mut plain)?;
    Ok(plain)
}
