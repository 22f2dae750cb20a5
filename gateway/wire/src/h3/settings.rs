//! What a side says of itself before anything else (RFC 9114 §7.2.4).

use super::varint;

/// The largest section of fields that is taken (RFC 9114 §7.2.4.1).
pub const MAX_FIELD_SECTION_SIZE: u64 = 0x06;
/// CONNECT may name a protocol (RFC 9220 §3).
pub const ENABLE_CONNECT_PROTOCOL: u64 = 0x08;

/// Settings that contradict themselves or are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Looks through the settings of the other side; nothing in them concerns a server that refers to no earlier fields.
///
/// # Errors
/// One is cut off, stands there twice, belongs to HTTP/2 or has a value it cannot have.
pub fn check(mut payload: &[u8]) -> Result<(), Malformed> {
    let mut seen: Vec<u64> = Vec::new();
    while !payload.is_empty() {
        let (id, taken) = varint::read(payload).ok_or(Malformed)?;
        let rest = payload.get(taken..).unwrap_or_default();
        let (value, taken) = varint::read(rest).ok_or(Malformed)?;
        payload = rest.get(taken..).unwrap_or_default();
        let is_of_http2 = matches!(id, 0x00 | 0x02..=0x05);
        let is_flag = matches!(id, ENABLE_CONNECT_PROTOCOL | H3_DATAGRAM);
        if is_of_http2 || is_flag && value > 1 || seen.contains(&id) {
            return Err(Malformed);
        }
        seen.push(id);
    }
    Ok(())
}

const H3_DATAGRAM: u64 = 0x33;
