//! Queries and addresses without what nobody should read in a trace.

use std::borrow::Cow;

use windrose_config::redact::urls;

/// A query with the values of those parameters only that may be shown, sorted by their names as Go writes them. Of
/// several values of one that is not shown one is left.
pub(super) fn sanitized(query: &str, safe: &[Box<str>]) -> String {
    let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        url::form_urlencoded::parse(query.as_bytes()).collect();
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let is_safe = |name: &str| safe.iter().any(|known| **known == *name);
    for (name, value) in &mut pairs {
        if !is_safe(name) {
            *value = REDACTED.into();
        }
    }
    pairs.dedup_by(|next, one| one.0 == next.0 && !is_safe(&one.0));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The address of a request to a server.
pub(super) fn full(server: &str, path: &str, query: Option<&str>, safe: &[Box<str>]) -> String {
    let redacted = urls(server);
    let end = redacted.find("://").map_or(0, |scheme| scheme + 3);
    let authority = redacted.get(end..).unwrap_or_default().find(['/', '?', '#']);
    let base = redacted.get(..authority.map_or(redacted.len(), |place| end + place)).unwrap_or_default();
    let base = base.strip_prefix("h2c").map_or(Cow::Borrowed(base), |rest| format!("http{rest}").into());
    match query {
        Some(query) => format!("{base}{path}?{}", sanitized(query, safe)),
        None => format!("{base}{path}"),
    }
}

/// Scheme, host and port of a server's address; the port of its scheme where none is written.
pub(super) fn parts(server: &str) -> (&str, &str, u16) {
    let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
    let scheme = if scheme == "h2c" { "http" } else { scheme };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    let usual = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap_or(usual)),
        _ => (authority, usual),
    };
    (scheme, host.trim_start_matches('[').trim_end_matches(']'), port)
}

const REDACTED: &str = "REDACTED";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_that_may_be_shown_are() {
        let safe: [Box<str>; 1] = ["ok".into()];
        for (query, expected) in [
            ("x=1&ok=2&x=3", "ok=2&x=REDACTED"),
            ("ok=2&ok=1&a", "a=REDACTED&ok=2&ok=1"),
            ("", ""),
            ("a%20b=c", "a+b=REDACTED"),
            ("OK=1", "OK=REDACTED"),
        ] {
            assert_eq!(sanitized(query, &safe), expected, "{query}");
        }
    }

    #[test]
    fn an_address_shows_no_credentials_and_ends_where_the_path_of_the_request_begins() {
        let full = |server| full(server, "/x", Some("a=b"), &[]);
        assert_eq!(full("http://10.0.0.1:80"), "http://10.0.0.1:80/x?a=REDACTED");
        assert_eq!(full("h2c://a.test/base"), "http://a.test/x?a=REDACTED");
        assert!(!full("https://user:secret@a.test").contains("secret"));
    }

    #[test]
    fn parts_of_addresses() {
        assert_eq!(parts("http://10.0.0.1:81/x"), ("http", "10.0.0.1", 81));
        assert_eq!(parts("https://u:p@a.test"), ("https", "a.test", 443));
        assert_eq!(parts("h2c://[::1]:5"), ("http", "::1", 5));
        assert_eq!(parts("http://[::1]"), ("http", "::1", 80));
    }
}
