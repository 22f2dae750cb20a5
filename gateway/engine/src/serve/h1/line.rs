//! The first line of a request and its host: the four forms of a target.

use windrose_http::{Exchange, Failure, Id, Method};
use windrose_wire::head::{RequestHead, Version};

use crate::entry::EntryOptions;

/// Takes over method, target and host from `bytes`, where `head` says they are. The target stays empty for `*` and for
/// CONNECT.
pub(super) fn take(
    bytes: &[u8],
    head: &RequestHead,
    ex: &mut Exchange,
    options: &EntryOptions,
) -> Result<(), Failure> {
    let method = bytes.get(..head.method_len).unwrap_or_default();
    let target = bytes.get(head.target..head.target + head.target_len).unwrap_or_default();
    ex.method = Method::from_token(method);
    let mut hosts = ex.headers.get_all(Id::HOST);
    let host = hosts.next();
    if hosts.next().is_some() || (host.is_none() && head.version == Version::Http11) {
        return Err(Failure::BadRequest);
    }
    ex.host.set(host.unwrap_or_default())?;
    drop(hosts);
    ex.headers.take(Id::HOST);
    match target {
        [b'/', ..] => ex.target.parse(target, options.cleaning, options.semicolons),
        b"*" if ex.method == Method::Options => Ok(()),
        authority if ex.method == Method::Connect => ex.host.set(authority),
        absolute => {
            let (authority, path) = split_absolute(absolute).ok_or(Failure::BadRequest)?;
            ex.host.set(authority)?;
            if ex.host.as_str().is_empty() {
                return Err(Failure::BadRequest);
            }
            match path {
                [] => ex.target.parse(b"/", options.cleaning, options.semicolons),
                [b'?', ..] => ex.target.parse(&[b"/", path].concat(), options.cleaning, options.semicolons),
                path => ex.target.parse(path, options.cleaning, options.semicolons),
            }
        }
    }
}

/// Authority and the rest of `http://authority/path`.
fn split_absolute(target: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = target.windows(3).position(|part| part == b"://")?;
    let (scheme, rest) = (target.get(..at)?, target.get(at + 3..)?);
    if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
        return None;
    }
    let cut = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    rest.split_at_checked(cut)
}
