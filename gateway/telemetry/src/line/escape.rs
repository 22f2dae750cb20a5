//! How text of others stands in a line.

/// Appends text between quotes as JSON.
pub(super) fn json(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    json_inner(text, out);
    out.push(b'"');
}

/// Appends text as it stands between quotes in JSON; bytes that are no UTF-8 become the mark for those, and what browsers could take
/// for markup is escaped (traefik: the same).
pub(super) fn json_inner(text: &[u8], out: &mut Vec<u8>) {
    if text.iter().all(|byte| is_plain(*byte)) {
        out.extend_from_slice(text);
        return;
    }
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.extend_from_slice(b"\\\""),
                '\\' => out.extend_from_slice(b"\\\\"),
                '\n' => out.extend_from_slice(b"\\n"),
                '\r' => out.extend_from_slice(b"\\r"),
                '\t' => out.extend_from_slice(b"\\t"),
                '\u{8}' => out.extend_from_slice(b"\\b"),
                '\u{c}' => out.extend_from_slice(b"\\f"),
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..'\u{20}' => unicode(u32::from(c), out),
                c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        for _ in chunk.invalid() {
            unicode(0xfffd, out);
        }
    }
}

fn is_plain(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&')
}

fn unicode(number: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        let digit = (number >> shift) & 0xf;
        out.push(b"0123456789abcdef".get(digit as usize).copied().unwrap_or(b'0'));
    }
}

/// Appends text between quotes as the common format does: quotes are escaped, and so are controls but for tabs, which
/// nobody can send and which would break the line.
pub(super) fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if !text.contains(&b'"') {
        bare(text, out);
        out.push(b'"');
        return;
    }
    for byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            byte => bare_byte(*byte, out),
        }
    }
    out.push(b'"');
}

/// Appends text as it is, controls escaped.
pub(super) fn bare(text: &[u8], out: &mut Vec<u8>) {
    if text.iter().all(|byte| is_bare(*byte)) {
        out.extend_from_slice(text);
    } else {
        text.iter().for_each(|byte| bare_byte(*byte, out));
    }
}

const fn is_bare(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

fn bare_byte(byte: u8, out: &mut Vec<u8>) {
    match byte {
        byte if is_bare(byte) => out.push(byte),
        _ => {
            out.extend_from_slice(b"\\x");
            for digit in [byte >> 4, byte & 0xf] {
                out.push(b"0123456789abcdef".get(usize::from(digit)).copied().unwrap_or(b'0'));
            }
        }
    }
}

/// Appends the name of a field as everybody spells it: `x-real-ip` is `X-Real-Ip`.
pub(crate) fn canonical(name: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(name);
    let mut starts = true;
    for byte in out.iter_mut().skip(start) {
        let is_dash = *byte == b'-';
        if starts {
            byte.make_ascii_uppercase();
        } else {
            byte.make_ascii_lowercase();
        }
        starts = is_dash;
    }
}
