//! What a body looks like: the algorithm of the WHATWG's MIME sniffing, as far as Go follows it.

/// How many bytes are looked at.
pub const ENOUGH: usize = 512;

/// The type that a body beginning like this looks like; there always is one.
#[must_use]
pub fn sniff(body: &[u8]) -> &'static str {
    let body = body.get(..ENOUGH).unwrap_or(body);
    let blank = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\x0C' | b'\r' | b' ');
    let text =
        body.get(body.iter().position(|byte| !blank(byte)).unwrap_or(body.len())..).unwrap_or_default();
    if HTML.iter().any(|tag| is_tag(text, tag)) {
        return "text/html; charset=utf-8";
    }
    if text.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    let signed = |table: &[Signature]| {
        let fits = |(pieces, _): &&Signature| pieces.iter().all(|(at, piece)| holds(body, *at, piece));
        table.iter().find(fits).map(|(_, name)| *name)
    };
    let mp4 = || is_mp4(body).then_some("video/mp4");
    if let Some(name) = signed(&FIRST).or_else(mp4).or_else(|| signed(&THEN)) {
        return name;
    }
    let binary = |byte: &u8| matches!(byte, 0..=0x08 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F);
    if text.iter().any(binary) { "application/octet-stream" } else { "text/plain; charset=utf-8" }
}

/// Whether `text` begins with the tag, whatever its case, and with what ends its name.
fn is_tag(text: &[u8], tag: &[u8]) -> bool {
    let Some((start, [end, ..])) = text.split_at_checked(tag.len()) else { return false };
    start.eq_ignore_ascii_case(tag) && matches!(end, b' ' | b'>')
}

fn holds(body: &[u8], at: usize, piece: &[u8]) -> bool {
    body.get(at..).is_some_and(|rest| rest.starts_with(piece))
}

/// Whether it begins with a box that names a brand of MP4.
fn is_mp4(body: &[u8]) -> bool {
    let Some([a, b, c, d]) = body.first_chunk::<4>() else { return false };
    let size = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX);
    if body.len() < 12 || body.len() < size || size % 4 != 0 || !holds(body, 4, b"ftyp") {
        return false;
    }
    // The version, at 12, is no brand.
    (8..size).step_by(4).any(|at| at != 12 && holds(body, at, b"mp4"))
}

const HTML: [&[u8]; 17] = [
    b"<!DOCTYPE HTML",
    b"<HTML",
    b"<HEAD",
    b"<SCRIPT",
    b"<IFRAME",
    b"<H1",
    b"<DIV",
    b"<FONT",
    b"<TABLE",
    b"<A",
    b"<STYLE",
    b"<TITLE",
    b"<B",
    b"<BODY",
    b"<BR",
    b"<P",
    b"<!--",
];

type Signature = (&'static [(usize, &'static [u8])], &'static str);

/// Looked at before MP4.
const FIRST: [Signature; 19] = [
    (&[(0, b"%PDF-")], "application/pdf"),
    (&[(0, b"%!PS-Adobe-")], "application/postscript"),
    (&[(0, b"\xFE\xFF"), (4, b"")], "text/plain; charset=utf-16be"),
    (&[(0, b"\xFF\xFE"), (4, b"")], "text/plain; charset=utf-16le"),
    (&[(0, b"\xEF\xBB\xBF"), (4, b"")], "text/plain; charset=utf-8"),
    (&[(0, b"\x00\x00\x01\x00")], "image/x-icon"),
    (&[(0, b"\x00\x00\x02\x00")], "image/x-icon"),
    (&[(0, b"BM")], "image/bmp"),
    (&[(0, b"GIF87a")], "image/gif"),
    (&[(0, b"GIF89a")], "image/gif"),
    (&[(0, b"RIFF"), (8, b"WEBPVP")], "image/webp"),
    (&[(0, b"\x89PNG\x0D\x0A\x1A\x0A")], "image/png"),
    (&[(0, b"\xFF\xD8\xFF")], "image/jpeg"),
    (&[(0, b"FORM"), (8, b"AIFF")], "audio/aiff"),
    (&[(0, b"ID3")], "audio/mpeg"),
    (&[(0, b"OggS\x00")], "application/ogg"),
    (&[(0, b"MThd\x00\x00\x00\x06")], "audio/midi"),
    (&[(0, b"RIFF"), (8, b"AVI ")], "video/avi"),
    (&[(0, b"RIFF"), (8, b"WAVE")], "audio/wave"),
];

/// Looked at after MP4.
const THEN: [Signature; 12] = [
    (&[(0, b"\x1A\x45\xDF\xA3")], "video/webm"),
    (&[(34, b"LP")], "application/vnd.ms-fontobject"),
    (&[(0, b"\x00\x01\x00\x00")], "font/ttf"),
    (&[(0, b"OTTO")], "font/otf"),
    (&[(0, b"ttcf")], "font/collection"),
    (&[(0, b"wOFF")], "font/woff"),
    (&[(0, b"wOF2")], "font/woff2"),
    (&[(0, b"\x1F\x8B\x08")], "application/x-gzip"),
    (&[(0, b"PK\x03\x04")], "application/zip"),
    (&[(0, b"Rar!\x1A\x07\x00")], "application/x-rar-compressed"),
    (&[(0, b"Rar!\x1A\x07\x01\x00")], "application/x-rar-compressed"),
    (&[(0, b"\x00asm")], "application/wasm"),
];
