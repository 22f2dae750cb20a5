use super::{media_type, sniff};

#[test]
fn a_type_is_read_as_go_reads_it() {
    let cases = [
        ("text/html", Some("text/html")),
        (" Text/HTML ; charset=utf-8", Some("Text/HTML")),
        ("text", Some("text")),
        ("text/html;", Some("text/html")),
        ("text/html; ;", None),
        ("text/html; charset", None),
        ("text/html; charset=", None),
        ("text/html; charset=\"utf-8", None),
        ("text/html; charset=\"a\\\"b\"", Some("text/html")),
        ("text/html; charset=\"\"", Some("text/html")),
        ("text/html; a=1; a=1", Some("text/html")),
        ("text/html; a=1; A=2", None),
        ("text/", None),
        ("/html", None),
        ("text/html/x", None),
        ("te xt/html", None),
        ("", None),
    ];
    for (value, expected) in cases {
        let read = media_type(value.as_bytes()).map(|name| std::str::from_utf8(name).expect("text"));
        assert_eq!(read, expected, "{value}");
    }
}

#[test]
fn a_body_is_taken_for_what_go_takes_it_for() {
    let cases: [(&[u8], &str); 34] = [
        (b"", "text/plain; charset=utf-8"),
        (b"hello", "text/plain; charset=utf-8"),
        (b"  <!doctype HTML>", "text/html; charset=utf-8"),
        (b"<html>", "text/html; charset=utf-8"),
        (b"<html", "text/plain; charset=utf-8"),
        (b"<htmlx>", "text/plain; charset=utf-8"),
        (b"<!-- x", "text/html; charset=utf-8"),
        (b"\n<?xml version", "text/xml; charset=utf-8"),
        (b"%PDF-1.4", "application/pdf"),
        (b"%!PS-Adobe-3", "application/postscript"),
        (b"\xFE\xFFab", "text/plain; charset=utf-16be"),
        (b"\xFF\xFEab", "text/plain; charset=utf-16le"),
        (b"\xEF\xBB\xBFabc", "text/plain; charset=utf-8"),
        (b"\xEF\xBB\xBF", "text/plain; charset=utf-8"),
        (b"\x00\x00\x01\x00", "image/x-icon"),
        (b"BM", "image/bmp"),
        (b"GIF89a", "image/gif"),
        (b"RIFFabcdWEBPVP", "image/webp"),
        (b"\x89PNG\x0D\x0A\x1A\x0A", "image/png"),
        (b"\xFF\xD8\xFF", "image/jpeg"),
        (b"FORMabcdAIFF", "audio/aiff"),
        (b"ID3", "audio/mpeg"),
        (b"OggS\x00", "application/ogg"),
        (b"MThd\x00\x00\x00\x06", "audio/midi"),
        (b"RIFFabcdAVI ", "video/avi"),
        (b"RIFFabcdWAVE", "audio/wave"),
        (b"\x00\x00\x00\x0Cftypmp42", "video/mp4"),
        (b"\x1A\x45\xDF\xA3", "video/webm"),
        (b"OTTO", "font/otf"),
        (b"wOF2", "font/woff2"),
        (b"\x1F\x8B\x08", "application/x-gzip"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x00asm", "application/wasm"),
        (b"a\x00b", "application/octet-stream"),
    ];
    for (body, expected) in cases {
        assert_eq!(sniff(body), expected, "{body:?}");
    }
    let mut far = vec![b'a'; 512];
    far.push(0);
    assert_eq!(sniff(&far), "text/plain; charset=utf-8");
}
