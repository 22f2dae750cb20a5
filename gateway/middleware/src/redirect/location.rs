//! The address that a client is sent to: read and written again as Go's `net/url` does, so that what is no address for
//! Traefik is none here, and what needs an escape gets the same one.

use std::net::Ipv6Addr;

use super::escapes::Part;

/// The text as it may stand in a Location; `None` when it is no address.
#[must_use]
pub fn location(text: &str) -> Option<String> {
    let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
    let mut out = Vec::with_capacity(text.len() + 8);
    write_address(address, &mut out)?;
    if !fragment.is_empty() {
        out.push(b'#');
        out.extend(Part::Fragment.tidy(fragment.as_bytes())?);
    }
    String::from_utf8(out).ok()
}

fn write_address(text: &str, out: &mut Vec<u8>) -> Option<()> {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    let (scheme, rest) = scheme(text)?;
    let scheme = scheme.to_ascii_lowercase();
    if !scheme.is_empty() {
        out.extend_from_slice(scheme.as_bytes());
        out.push(b':');
    }
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    if rest.starts_with('/') {
        write_place(&scheme, rest, out)?;
    } else if scheme.is_empty() {
        // It would be read as a scheme (RFC 3986 §4.2).
        if rest.split('/').next().is_some_and(|first| first.contains(':')) {
            return None;
        }
        write_relative(rest, out)?;
    } else {
        // What stands behind a scheme without a slash is opaque.
        out.extend_from_slice(rest.as_bytes());
    }
    if let Some(query) = query {
        out.push(b'?');
        out.extend_from_slice(query.as_bytes());
    }
    Some(())
}

/// The scheme before the first colon, if there is one, and the rest; `None` for a colon without a scheme.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let end =
        text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(&byte)).unwrap_or(0);
    match text.split_at_checked(end)? {
        ("", rest) if rest.starts_with(':') => None,
        (scheme, rest) if scheme.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            Some(rest.strip_prefix(':').map_or(("", text), |rest| (scheme, rest)))
        }
        _ => Some(("", text)),
    }
}

/// What begins with a slash: perhaps an authority, then the path.
fn write_place(scheme: &str, rest: &str, out: &mut Vec<u8>) -> Option<()> {
    let has_authority = rest.starts_with("//") && !(scheme.is_empty() && rest.starts_with("///"));
    let Some(rest) = rest.strip_prefix("//").filter(|_| has_authority) else {
        out.extend(Part::Path.tidy(rest.as_bytes())?);
        return Some(());
    };
    let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let host = read_host(scheme, host)?;
    let shows = user.is_some() || !host.is_empty() || (!scheme.is_empty() && !path.is_empty());
    if shows {
        out.extend_from_slice(b"//");
    }
    if let Some(user) = user {
        write_user(user, out)?;
        out.push(b'@');
    }
    Part::Host.escape(&host, out);
    out.extend(Part::Path.tidy(path.as_bytes())?);
    Some(())
}

fn write_relative(path: &str, out: &mut Vec<u8>) -> Option<()> {
    let path = Part::Path.tidy(path.as_bytes())?;
    // A colon that was escaped would now be read as the end of a scheme (RFC 3986 §4.2).
    if path.split(|byte| *byte == b'/').next().is_some_and(|first| first.contains(&b':')) {
        out.extend_from_slice(b"./");
    }
    out.extend(path);
    Some(())
}

fn write_user(user: &str, out: &mut Vec<u8>) -> Option<()> {
    if !user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)) {
        return None;
    }
    let mut parts = user.splitn(2, ':');
    Part::User.escape(&Part::User.unescape(parts.next()?.as_bytes())?, out);
    if let Some(password) = parts.next() {
        out.push(b':');
        Part::User.escape(&Part::User.unescape(password.as_bytes())?, out);
    }
    Some(())
}

/// A host with perhaps a port, escapes decoded.
fn read_host(scheme: &str, host: &str) -> Option<Vec<u8>> {
    match host.rfind('[') {
        Some(0) => {}
        Some(_) => return None,
        None => {
            // Lists of hosts with ports are known to other schemes.
            let is_web = matches!(scheme, "http" | "https");
            let colon = if is_web { host.find(':') } else { host.rfind(':') };
            if !colon.and_then(|colon| host.get(colon..)).is_none_or(is_port) {
                return None;
            }
            return Part::Host.unescape(host.as_bytes());
        }
    }
    let (address, port) = host.get(1..)?.rsplit_once(']')?;
    if !port.is_empty() && !is_port(port) {
        return None;
    }
    let address = match address.find("%25") {
        Some(zone) => {
            let (address, zone) = address.split_at_checked(zone)?;
            [Part::Host.unescape(address.as_bytes())?, Part::Zone.unescape(zone.as_bytes())?].concat()
        }
        None => Part::Host.unescape(address.as_bytes())?,
    };
    let mut parts = address.splitn(2, |byte| *byte == b'%');
    std::str::from_utf8(parts.next()?).ok()?.parse::<Ipv6Addr>().ok()?;
    if parts.next().is_some_and(<[u8]>::is_empty) {
        return None;
    }
    Some([b"[", &address[..], b"]", port.as_bytes()].concat())
}

/// A colon and perhaps a number.
fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}
