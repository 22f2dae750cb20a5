//! Which answers are packed.
//!
//! Traefik packs with gzip by other rules than with the other two; both are kept.

use windrose_config::Located;
use windrose_http::{Headers, Id, Reply};

use super::accept::Coding;
use crate::kind::BuildError;
use crate::media::{media_type, sniff};

/// The types that are packed, or those that are not.
#[derive(Debug)]
pub(super) struct Types {
    only: Box<[Box<str>]>,
    never: Box<[Box<str>]>,
}

impl Types {
    pub(super) fn new(only: &[Located<Box<str>>], never: &[Located<Box<str>>]) -> Result<Self, BuildError> {
        if let (Some(only), false) = (only.first(), never.is_empty()) {
            let message = "includedContentTypes and excludedContentTypes exclude each other, remove one";
            return Err(BuildError { length: 0, ..BuildError::at(only, message) });
        }
        Ok(Self { only: read(only)?, never: read(never)? })
    }

    /// Whether nothing is done for a request of this type.
    pub(super) fn excludes_request(&self, request: &Headers) -> bool {
        request.get(Id::CONTENT_TYPE).and_then(media_type).is_some_and(|name| self.is_excluded(name))
    }

    /// Whether an answer may be packed, as far as its head tells.
    pub(super) fn may_pack(&self, coding: Coding, reply: &Reply, least: u64) -> bool {
        let headers = &reply.headers;
        if has(headers, Id::CONTENT_ENCODING) || reply.upgrade.is_some() {
            return false;
        }
        if reply.body.length().is_some_and(|length| length < least) {
            return false;
        }
        if coding == Coding::Gzip && (has(headers, "Content-Range") || headers.contains(super::NO_GZIP)) {
            return false;
        }
        headers.get(Id::CONTENT_TYPE).filter(|value| !value.is_empty()).is_none_or(|value| match coding {
            Coding::Gzip => self.admits_gzip(value),
            Coding::Brotli | Coding::Zstd => media_type(value).is_some_and(|name| self.admits(name)),
        })
    }

    /// The same for its first bytes, where the head is silent about the type.
    pub(super) fn packs_bytes(&self, coding: Coding, headers: &Headers, first: &[u8]) -> bool {
        coding != Coding::Gzip || has(headers, Id::CONTENT_TYPE) || self.admits_gzip(sniff(first).as_bytes())
    }

    fn admits_gzip(&self, value: &[u8]) -> bool {
        match media_type(value) {
            Some(name) => self.admits(name),
            None => self.only.is_empty(),
        }
    }

    fn admits(&self, name: &[u8]) -> bool {
        let is_named =
            |names: &[Box<str>]| names.iter().any(|other| other.as_bytes().eq_ignore_ascii_case(name));
        if is_grpc(name) {
            return false;
        }
        if self.only.is_empty() { !is_named(&self.never) } else { is_named(&self.only) }
    }

    fn is_excluded(&self, name: &[u8]) -> bool {
        is_grpc(name) || self.never.iter().any(|other| other.as_bytes().eq_ignore_ascii_case(name))
    }
}

/// gRPC packs each message by itself.
fn is_grpc(name: &[u8]) -> bool {
    let Some((start, rest)) = name.split_at_checked(GRPC.len()) else { return false };
    start.eq_ignore_ascii_case(GRPC) && matches!(rest.first(), None | Some(b'+'))
}

fn has<'k>(headers: &Headers, key: impl Into<windrose_http::Key<'k>>) -> bool {
    headers.get(key).is_some_and(|value| !value.is_empty())
}

fn read(written: &[Located<Box<str>>]) -> Result<Box<[Box<str>]>, BuildError> {
    let name = |text: &Located<Box<str>>| match media_type(text.as_bytes()) {
        Some(name) => Ok(String::from_utf8_lossy(name).into_owned().into()),
        None => Err(BuildError::at(
            text,
            format!("`{}` is no media type, write for example text/html", text.value),
        )),
    };
    written.iter().map(name).collect()
}

const GRPC: &[u8] = b"application/grpc";
