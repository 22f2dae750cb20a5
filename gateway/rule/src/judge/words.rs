//! The words for a test and for what a request has in its place.

use crate::rule::Protocol;
use crate::tree::Test;
use crate::view::RequestView;

use super::Sense;

/// A test as it is written in the current syntax.
pub(crate) fn clause(test: &Test, sense: Sense, protocol: Protocol) -> String {
    let host = |of_http: &'static str, of_tcp: &'static str| match protocol {
        Protocol::Http => of_http,
        Protocol::Tcp => of_tcp,
    };
    let one = |name: &str, value: &str| format!("{name}({})", quoted(value));
    let two = |name: &str, key: &str, value: &str| format!("{name}({}, {})", quoted(key), quoted(value));
    let text = match test {
        Test::Host(name) => one(host("Host", "HostSNI"), name),
        Test::HostUnder(parent) => one(host("Host", "HostSNI"), &format!("*.{parent}")),
        Test::HostAny => one(host("Host", "HostSNI"), "*"),
        Test::HostRegexp(regex) => one(host("HostRegexp", "HostSNIRegexp"), regex.as_str()),
        Test::Path(path) => one("Path", path),
        Test::PathPrefix(prefix) => one("PathPrefix", prefix),
        Test::PathRegexp(regex) => one("PathRegexp", regex.as_str()),
        Test::Method(method) => one("Method", method),
        Test::Header(wanted) => two("Header", &wanted.name, &wanted.value),
        Test::HeaderRegexp(wanted) => two("HeaderRegexp", &wanted.name, wanted.value.as_str()),
        Test::Query(wanted) if wanted.value.is_empty() => one("Query", &wanted.name),
        Test::Query(wanted) => two("Query", &wanted.name, &wanted.value),
        Test::QueryRegexp(wanted) => two("QueryRegexp", &wanted.name, wanted.value.as_str()),
        Test::Cookie(wanted) => two("Cookie", &wanted.name, &wanted.value),
        Test::CookieRegexp(wanted) => two("CookieRegexp", &wanted.name, wanted.value.as_str()),
        Test::ClientIp(net) => one("ClientIP", &net.to_string()),
        Test::Alpn(protocol) => one("ALPN", &String::from_utf8_lossy(protocol)),
    };
    match sense {
        Sense::Plain => text,
        Sense::Negated => format!("!{text}"),
    }
}

/// What a request has where a test looks. Values of fields, parameters and cookies may be secrets, and the asker knows
/// them: of those it is said only whether they are there.
pub(super) fn found(test: &Test, request: &RequestView<'_>) -> String {
    let or_none = |what: &str, text: &str| match text {
        "" => format!("there is no {what}"),
        text => format!("the {what} is {text}"),
    };
    match test {
        Test::Host(_) | Test::HostUnder(_) | Test::HostAny | Test::HostRegexp(_) => {
            or_none("host", request.host)
        }
        Test::Path(_) | Test::PathPrefix(_) | Test::PathRegexp(_) => or_none("path", request.path),
        Test::Method(_) => or_none("method", &String::from_utf8_lossy(request.method)),
        Test::Header(wanted) => has("header", &wanted.name, field(request, &wanted.name)),
        Test::HeaderRegexp(wanted) => has("header", &wanted.name, field(request, &wanted.name)),
        Test::Query(wanted) => has("query parameter", &wanted.name, parameter(request, &wanted.name)),
        Test::QueryRegexp(wanted) => has("query parameter", &wanted.name, parameter(request, &wanted.name)),
        Test::Cookie(_) | Test::CookieRegexp(_) => match field(request, "cookie") {
            Presence::Absent => "there is no cookie".to_owned(),
            Presence::Present => "no cookie of the request is like that".to_owned(),
        },
        Test::ClientIp(_) => format!("the client is {}", request.peer),
        Test::Alpn(_) => match request.alpn {
            [] => "no protocol is offered".to_owned(),
            offered => {
                let names: Vec<_> = offered.iter().map(|name| String::from_utf8_lossy(name)).collect();
                format!("the protocols offered are {}", names.join(", "))
            }
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Absent,
    Present,
}

fn has(what: &str, name: &str, presence: Presence) -> String {
    match presence {
        Presence::Absent => format!("there is no {what} {name}"),
        Presence::Present => format!("the {what} {name} has another value"),
    }
}

fn field(request: &RequestView<'_>, name: &str) -> Presence {
    if request.headers.values(name, &mut |_| true) { Presence::Present } else { Presence::Absent }
}

fn parameter(request: &RequestView<'_>, name: &str) -> Presence {
    let mut pairs = request.query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    if pairs.any(|found| found == name) { Presence::Present } else { Presence::Absent }
}

/// A text as a rule writes it.
fn quoted(text: &str) -> String {
    if text.contains('`') { format!("{text:?}") } else { format!("`{text}`") }
}
