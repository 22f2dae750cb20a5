//! The answer of a client to a challenge: the parameters of Authorization, read as Traefik's library reads them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::HEXLOWER;
use md5::{Digest, Md5};
use windrose_http::path::{Target, decode};

/// Parameters by name; the last of one name counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Answer {
    /// Reads the value of Authorization; `None` when it is something else.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let rest = value.strip_prefix(b"Digest ").filter(|rest| rest.len() <= LONGEST)?;
        let parameters = elements(rest.trim_ascii()).into_iter().map(|element| {
            match element.iter().position(|byte| *byte == b'=') {
                None => (element, Vec::new()),
                Some(at) => {
                    let value = element.get(at + 1..).unwrap_or_default();
                    let bare = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
                    (element.get(..at).unwrap_or_default().to_vec(), bare.unwrap_or(value).to_vec())
                }
            }
        });
        Some(Self { parameters: parameters.collect() })
    }

    /// A parameter, if it is there.
    pub(super) fn find(&self, name: &str) -> Option<&[u8]> {
        let mut parameters = self.parameters.iter().rev();
        parameters.find(|(known, _)| known == name.as_bytes()).map(|(_, value)| &**value)
    }

    /// A parameter; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &[u8] {
        self.find(name).unwrap_or_default()
    }

    /// Whether it was made for this target, or for a path that this one begins with.
    pub(super) fn asks_for(&self, target: &Target) -> bool {
        let uri = self.get("uri");
        if uri == target.as_str().as_bytes() {
            return true;
        }
        let Ok(uri) = std::str::from_utf8(uri) else { return false };
        let path = uri.split(['?', '#']).next().unwrap_or_default();
        // An address with a host, as proxies are asked for.
        let path = match path.split_once("://") {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
            None => path,
        };
        target.decoded().starts_with(&decode(path))
    }

    /// Whether it is what somebody with this hash would answer (RFC 7616 §3.4.1).
    pub(super) fn is_right(&self, hash: &[u8], method: &str) -> bool {
        let request = hex_md5(&[method.as_bytes(), self.get("uri")]);
        let right = hex_md5(&[
            hash,
            self.get("nonce"),
            self.get("nc"),
            self.get("cnonce"),
            self.get("qop"),
            request.as_bytes(),
        ]);
        verify_slices_are_equal(right.as_bytes(), self.get("response")).is_ok()
    }

    /// How often the nonce was used, as the client counts.
    pub(super) fn count(&self) -> Option<u64> {
        let digits = std::str::from_utf8(self.get("nc")).ok()?;
        u64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    }
}

/// MD5 of the parts with colons between, in hexadecimal digits.
pub(super) fn hex_md5(parts: &[&[u8]]) -> String {
    let mut state = Md5::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            state.update(b":");
        }
        state.update(part);
    }
    HEXLOWER.encode(&state.finalize())
}

/// The elements of a list with commas between, blanks around them removed, and backslashes in quotes undone.
fn elements(list: &[u8]) -> Vec<Vec<u8>> {
    let (mut elements, mut element) = (Vec::new(), Vec::new());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for byte in list {
        match byte {
            _ if is_escaped => {
                element.push(*byte);
                is_escaped = false;
            }
            b'\\' if is_quoted => is_escaped = true,
            b',' if !is_quoted => {
                elements.push(element.trim_ascii().to_vec());
                element.clear();
            }
            _ => {
                is_quoted ^= *byte == b'"';
                element.push(*byte);
            }
        }
    }
    if !element.is_empty() {
        elements.push(element.trim_ascii().to_vec());
    }
    elements
}

/// No answer is as long; what is would be computed on for nothing.
const LONGEST: usize = 8192;
