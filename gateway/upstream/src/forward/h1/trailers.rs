//! Fields that come after a chunked body.

use windrose_http::body::{BodyError, Frame};
use windrose_http::{Headers, Id};
use windrose_wire::head::{self as wire, FieldSpan};

use super::MALFORMED;

/// The end of a trailer section, which may be the empty line alone.
pub fn trailers_end(read: &[u8]) -> Result<Option<usize>, BodyError> {
    if read.starts_with(b"\r\n") {
        return Ok(Some(2));
    }
    match wire::find_end(read, 0) {
        Ok(None) if read.len() > LARGEST_TRAILERS => Err(MALFORMED),
        Ok(end) => Ok(end),
        Err(_) => Err(MALFORMED),
    }
}

/// Reads a trailer section; fields that could change what was already decided are left out.
pub fn read_trailers(section: &[u8], spans: &mut Vec<FieldSpan>) -> Result<Option<Frame>, BodyError> {
    if section == b"\r\n" {
        return Ok(None);
    }
    wire::parse_fields(section, 0, spans).map_err(|_| MALFORMED)?;
    let mut trailers = Headers::new();
    trailers.load(section, spans);
    trailers.retain(|field| is_trailer(field.id, field.name));
    Ok((!trailers.is_empty()).then(|| Frame::Trailers(Box::new(trailers))))
}

/// Whether a field may come after the body (RFC 9110 §6.5.1): nothing that frames, routes, proves or is owned.
pub fn is_trailer(id: Id, name: &[u8]) -> bool {
    let refused = id.is_framing()
        || id.is_hop_by_hop()
        || id.is_owned()
        || matches!(
            id,
            Id::HOST
                | Id::AUTHORIZATION
                | Id::COOKIE
                | Id::SET_COOKIE
                | Id::CONTENT_TYPE
                | Id::CONTENT_ENCODING
        )
        || windrose_wire::field::owned_alias(name).is_some();
    !refused
}

/// Small, since the search for the end starts anew with each read.
const LARGEST_TRAILERS: usize = 64 * 1024;
