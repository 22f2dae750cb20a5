//! Numbers of one, two, four or eight bytes (RFC 9000 §16).

/// The largest number.
pub const MOST: u64 = (1 << 62) - 1;

/// Reads a number; gives how many bytes it took. `None` while there are too few.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = 1 << (first >> 6);
    let rest = bytes.get(1..length)?;
    let value = rest.iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte));
    Some((value, length))
}

/// Writes a number in as few bytes as it takes; one above [`MOST`] is written as that.
pub fn write(out: &mut Vec<u8>, value: u64) {
    let value = value.min(MOST);
    let bytes = value.to_be_bytes();
    let (prefix, length) = match value {
        0..=0x3f => (0, 1),
        0x40..=0x3fff => (0x40, 2),
        0x4000..=0x3fff_ffff => (0x80, 4),
        _ => (0xc0, 8),
    };
    let at = out.len();
    out.extend_from_slice(bytes.get(8 - length..).unwrap_or_default());
    if let Some(first) = out.get_mut(at) {
        *first |= prefix;
    }
}
