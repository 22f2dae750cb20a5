//! Which questions are let through. Pure: bytes in, a question or a refusal out.

use thiserror::Error;
use windrose_wire::head::{FieldSpan, Version, parse_request};

use super::view::Keep;

/// A question that may be asked.
#[derive(Debug)]
pub(super) struct Asked {
    /// Below the version of the API.
    pub(super) path: String,
    /// Those parts of the query that mean something there.
    pub(super) query: Vec<(&'static str, String)>,
    /// What of the answer goes through.
    pub(super) keep: &'static Keep,
    /// Whether only the head of the answer is wanted.
    pub(super) is_head: bool,
    /// Whether the answer does not end.
    pub(super) is_stream: bool,
}

/// Why a question is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    /// No HTTP/1.1.
    #[error("this is no HTTP/1.1")]
    Malformed,
    /// It would change something, or brings a body.
    #[error("only GET without a body passes here, nothing of an engine can be changed")]
    Method,
    /// Nobody needs it for routing.
    #[error("only what routing needs passes here: containers, events, services, tasks, networks, version")]
    Path,
}

impl Refusal {
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Method | Self::Path => 403,
        }
    }
}

/// Reads a question; `head` is all of it.
pub(super) fn read(head: &[u8]) -> Result<Asked, Refusal> {
    let mut fields = Vec::new();
    let parsed = parse_request(head, &mut fields).map_err(|_| Refusal::Malformed)?;
    if parsed.version != Version::Http11 {
        return Err(Refusal::Malformed);
    }
    let text = |from: usize, length: usize| {
        head.get(from..from + length).and_then(|bytes| std::str::from_utf8(bytes).ok())
    };
    let method = text(0, parsed.method_len).ok_or(Refusal::Malformed)?;
    let target = text(parsed.target, parsed.target_len).ok_or(Refusal::Malformed)?;
    if fields.iter().any(|field| frames_a_body(head, field)) {
        return Err(Refusal::Method);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = without_version(path);
    let is_head = method == "HEAD" && path == PING;
    if method != "GET" && !is_head {
        return Err(Refusal::Method);
    }
    let (keep, known): (_, &[&'static str]) = match path {
        PING | VERSION => (&Keep::VERSION, &[]),
        "/events" => (&Keep::EVENT, &["filters", "since", "until"]),
        "/containers/json" => (&Keep::CONTAINERS, &["all", "filters", "limit"]),
        "/services" => (&Keep::SERVICES, &["filters"]),
        "/tasks" => (&Keep::TASKS, &["filters"]),
        "/networks" => (&Keep::NETWORKS, &["filters"]),
        other if is_container(other) => (&Keep::CONTAINER, &[]),
        _ => return Err(Refusal::Path),
    };
    let is_stream = path == "/events";
    Ok(Asked { path: path.to_owned(), query: pairs(query, known), keep, is_head, is_stream })
}

/// The first line of a question that was refused, for the log.
pub(super) fn shown(head: &[u8]) -> String {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    line.chars().take(200).map(|c| if c.is_control() || is_unseen(c) { '?' } else { c }).collect()
}

/// Whether a character is not seen itself, and changes where or whether others are.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn frames_a_body(head: &[u8], field: &FieldSpan) -> bool {
    let at = |start: u32, length: usize| {
        let start = usize::try_from(start).ok()?;
        head.get(start..start + length)
    };
    let name = at(field.name, usize::from(field.name_len)).unwrap_or_default();
    let value = at(field.value, usize::try_from(field.value_len).unwrap_or(0)).unwrap_or_default();
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    is(b"transfer-encoding") || is(b"upgrade") || is(b"expect") || (is(b"content-length") && value != b"0")
}

/// `/v1.41/events` is `/events`.
fn without_version(path: &str) -> &str {
    let rest = path.strip_prefix("/v").and_then(|rest| rest.split_once('/'));
    match rest {
        Some((version, below))
            if !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') =>
        {
            path.get(path.len() - below.len() - 1..).unwrap_or(path)
        }
        _ => path,
    }
}

/// `/containers/NAME/json`, with a name that is one part of a path and nothing else.
pub(super) fn is_container(path: &str) -> bool {
    let name = path.strip_prefix("/containers/").and_then(|rest| rest.strip_suffix("/json"));
    let is_part = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    name.is_some_and(is_part)
}

/// The known parts of a query, decoded.
fn pairs(query: &str, known: &[&'static str]) -> Vec<(&'static str, String)> {
    let pairs = query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let name = known.iter().find(|known| **known == name)?;
        Some((*name, decoded(value)?))
    });
    pairs.collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// Whether it is there.
pub(super) const PING: &str = "/_ping";
/// What it is, which is asked without a version of the API.
pub(super) const VERSION: &str = "/version";
