//! The common log format, with what Traefik adds to it and without.

use super::escape::{bare, quoted};
use super::stamp::Where;
use super::{Facts, Field, Of, Stamps, number};
use crate::access::{Kept, Mode};

/// How much of it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// All.
    Traefik,
    /// What everybody has.
    Generic,
}

pub(super) fn write(facts: &Facts<'_>, kept: &Kept, stamps: &mut Stamps, form: Form, out: &mut Vec<u8>) {
    let text = |field: Field, text: &[u8], out: &mut Vec<u8>| {
        if kept.has(field) && !text.is_empty() {
            bare(text, out);
        } else {
            out.push(b'-');
        }
    };
    let count = |field: Field, of: u64, out: &mut Vec<u8>| {
        if kept.has(field) { number(of, out) } else { out.push(b'-') }
    };
    text(Field::ClientHost, facts.client(), out);
    out.extend_from_slice(b" - ");
    text(Field::ClientUsername, facts.user.unwrap_or(b"-"), out);
    out.extend_from_slice(b" [");
    if kept.has(Field::StartUtc) {
        stamps.common(facts.began, Where::Utc, out);
    } else if kept.has(Field::StartLocal) {
        stamps.common(facts.began, Where::Here, out);
    } else {
        out.push(b'-');
    }
    out.extend_from_slice(b"] \"");
    text(Field::RequestMethod, facts.method, out);
    out.push(b' ');
    text(Field::RequestPath, facts.path(kept), out);
    out.push(b' ');
    text(Field::RequestProtocol, facts.protocol.as_bytes(), out);
    out.extend_from_slice(b"\" ");
    count(Field::DownstreamStatus, facts.status.into(), out);
    out.push(b' ');
    count(Field::DownstreamContentSize, facts.size, out);
    for name in ["Referer", "User-Agent"] {
        out.push(b' ');
        header(facts, kept, name, out);
    }
    if form == Form::Generic {
        return;
    }
    out.push(b' ');
    count(Field::RequestCount, facts.count, out);
    let router = facts.router.filter(|_| kept.has(Field::RouterName));
    let url = facts.service.map(|(_, url)| url).filter(|_| kept.has(Field::ServiceUrl));
    for name in [router, url] {
        out.push(b' ');
        quoted(name.filter(|name| !name.is_empty()).unwrap_or("-").as_bytes(), out);
    }
    out.push(b' ');
    let took = if kept.has(Field::Duration) { facts.took.as_millis() } else { 0 };
    number(u64::try_from(took).unwrap_or(u64::MAX), out);
    out.extend_from_slice(b"ms");
}

fn header(facts: &Facts<'_>, kept: &Kept, name: &str, out: &mut Vec<u8>) {
    let all = facts.headers.iter();
    let mut values = all.filter(|field| field.of == Of::Request && field.name == name.as_bytes()).peekable();
    if kept.headers.mode(name.as_bytes()) == Mode::Drop || values.peek().is_none() {
        return quoted(b"-", out);
    }
    let values: Vec<&[u8]> = values.map(|field| field.value).collect();
    match &values[..] {
        [b""] => quoted(b"-", out),
        [one] => quoted(one, out),
        several => quoted(&several.join(&b","[..]), out),
    }
}
