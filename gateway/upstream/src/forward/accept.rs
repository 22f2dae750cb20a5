//! How a server shows that it has understood the opening of a WebSocket.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::BASE64;

/// The value of `Sec-WebSocket-Accept` that belongs to a key (RFC 6455 §4.2.2). SHA-1 guards nothing here: it tells
/// a server that has read the key from one that repeats what it was sent.
pub(super) fn accept(key: &[u8]) -> String {
    BASE64.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key, PROTOCOL].concat()).as_ref())
}

const PROTOCOL: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

#[cfg(test)]
mod tests {
    /// The example of RFC 6455 §1.3.
    #[test]
    fn a_key_has_the_accept_of_the_standard() {
        assert_eq!(super::accept(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
