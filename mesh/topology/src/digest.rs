//! Short names for long ones.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

/// The first `letters` of the digest of a text, in hexadecimal.
pub(crate) fn short(text: &str, letters: usize) -> String {
    let mut hex = HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref());
    hex.truncate(letters);
    hex
}
