//! Fields that come after a chunked body.

use windrose_http::body::Frame;
use windrose_http::{Headers, Trailers};
use windrose_wire::head::{self as wire, FieldSpan};

use super::Malformed;

/// The end of a trailer section, which may be the empty line alone.
pub(super) fn end(read: &[u8]) -> Result<Option<usize>, Malformed> {
    if read.starts_with(b"\r\n") {
        return Ok(Some(2));
    }
    match wire::find_end(read, 0) {
        Ok(None) if read.len() > LARGEST => Err(Malformed),
        Ok(end) => Ok(end),
        Err(_) => Err(Malformed),
    }
}

/// Reads a trailer section.
pub(super) fn read(section: &[u8], spans: &mut Vec<FieldSpan>) -> Result<Option<Frame>, Malformed> {
    if section == b"\r\n" {
        return Ok(None);
    }
    wire::parse_fields(section, 0, spans).map_err(|_| Malformed)?;
    let mut fields = Headers::new();
    fields.load(section, spans);
    Ok(Trailers::new(fields).map(|trailers| Frame::Trailers(Box::new(trailers))))
}

/// Small, since the search for the end starts anew with each read.
const LARGEST: usize = 64 * 1024;
