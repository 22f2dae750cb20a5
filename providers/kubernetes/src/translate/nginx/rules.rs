//! Rules and their order. Nothing that is written in an object can end the text it stands in.
//!
//! nginx chooses a host first, the exact name before the one with a star and that before none, and then the longest path.
//! Priorities say the same. They grow with the path, and are below 0 for hosts with a star and for no host.

use crate::objects::IngressPath;
use crate::translate::ingress::call;

/// The hosts of a rule: a name and its aliases; none means any.
pub(super) fn hosts(names: &[&str]) -> String {
    let all: Vec<String> =
        names.iter().filter(|name| !name.is_empty()).map(|name| call("Host", name)).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        _ => format!("({})", all.join(" || ")),
    }
}

/// The paths of a rule. Paths of type ImplementationSpecific are prefixes.
pub(super) fn path(path: &IngressPath, is_regex: bool) -> String {
    let text = if path.path.is_empty() { "/" } else { &*path.path };
    if is_regex {
        return call("PathRegexp", &format!("(?i)^{text}"));
    }
    if &*path.path_type == "Exact" {
        return call("Path", text);
    }
    let bare = text.strip_suffix('/').unwrap_or(text);
    if bare.is_empty() {
        return call("PathPrefix", "/");
    }
    format!("({} || {})", call("Path", bare), call("PathPrefix", &format!("{bare}/")))
}

/// Parts of which all must hold.
pub(super) fn all(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(" && ")
}

/// The priority of a path of a host; [`STEPS`] above it are free.
pub(super) fn priority(host: &str, path: &str, is_exact: bool) -> i64 {
    let length = |text: &str| i64::try_from(text.len().min(4096)).unwrap_or_default();
    let rank = match host {
        "" => -200_000,
        _ if host.starts_with("*.") => -100_000,
        _ => 0,
    };
    let path = if path.is_empty() { 1 } else { length(path) };
    rank + length(host) + 2 * STEPS * path + if is_exact { STEPS } else { 0 }
}

/// How many priorities a path has for itself.
pub(super) const STEPS: i64 = 24;

/// The priority of whoever answers for what nobody answers for.
pub(super) const LAST: i64 = i32::MIN as i64;

/// The priority of a host's own default backend.
pub(super) fn last_of(host: &str) -> i64 {
    priority(host, "", false) - STEPS
}
