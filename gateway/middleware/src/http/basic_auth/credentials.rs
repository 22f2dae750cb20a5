//! Name and password as a client sends them (RFC 7617), read as Go reads them.

use std::sync::{Arc, LazyLock};

use data_encoding::{Encoding, Specification};

/// A name and a password.
#[derive(Clone)]
pub(in crate::http) struct Credentials {
    pair: Arc<[u8]>,
    colon: usize,
}

impl Credentials {
    /// Reads the value of Authorization; `None` when it is something else.
    pub(in crate::http) fn read(value: &[u8]) -> Option<Self> {
        let (scheme, rest) = value.split_at_checked(SCHEME.len())?;
        if !scheme.eq_ignore_ascii_case(SCHEME) || rest.len() > LONGEST {
            return None;
        }
        let pair = BASE64.decode(rest).ok()?;
        let colon = pair.iter().position(|byte| *byte == b':')?;
        Some(Self { pair: pair.into(), colon })
    }

    /// A key, which belongs to no name.
    pub(in crate::http) fn key(key: &[u8]) -> Self {
        Self { pair: [b":", key].concat().into(), colon: 0 }
    }

    pub(in crate::http) fn name(&self) -> &[u8] {
        self.pair.get(..self.colon).unwrap_or_default()
    }

    pub(in crate::http) fn password(&self) -> &[u8] {
        self.pair.get(self.colon + 1..).unwrap_or_default()
    }
}

/// The usual alphabet; bits at the end that say nothing may say anything.
static BASE64: LazyLock<Encoding> = LazyLock::new(|| {
    let mut form = Specification::new();
    form.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    form.padding = Some('=');
    form.check_trailing_bits = false;
    form.encoding().expect("an alphabet of 64 characters")
});

const SCHEME: &[u8] = b"Basic ";
/// No name and password are as long; what is would be computed on for nothing.
const LONGEST: usize = 4096;
