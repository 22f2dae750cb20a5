//! The rule of a host and a path. Nothing that is written there can end the text it stands in.

use std::fmt::Write;

use super::annotations::RouterNotes;
use crate::objects::{IngressPath, IngressRule};

/// The rule of a path. traefik: the same.
pub(super) fn rule(rule: &IngressRule, path: &IngressPath, notes: &RouterNotes, is_strict: bool) -> String {
    let is_v2 = notes.rule_syntax.as_deref().is_some_and(|syntax| syntax.eq_ignore_ascii_case("v2"));
    let mut parts = Vec::new();
    if !rule.host.is_empty() {
        parts.push(host(&rule.host, is_v2));
    }
    if !path.path.is_empty() {
        parts.push(match &*path.path_type {
            "Exact" => call("Path", &path.path),
            "Prefix" if is_strict => strict(&path.path),
            "Prefix" => call("PathPrefix", &path.path),
            _ => {
                let matcher = if notes.path_matcher.is_empty() { "PathPrefix" } else { &*notes.path_matcher };
                call(matcher, &path.path)
            }
        });
    }
    if parts.is_empty() { call("PathPrefix", "/") } else { parts.join(" && ") }
}

fn host(host: &str, is_v2: bool) -> String {
    match host.strip_prefix("*.") {
        Some(domain) if is_v2 => call("HostRegexp", &format!("{{subdomain:[a-zA-Z0-9-]+}}.{domain}")),
        _ => call("Host", host),
    }
}

/// A prefix that ends at the end of a part.
fn strict(path: &str) -> String {
    let bare = path.strip_suffix('/').unwrap_or(path);
    if bare.is_empty() {
        return call("PathPrefix", "/");
    }
    format!("({} || {})", call("Path", bare), call("PathPrefix", &format!("{bare}/")))
}

/// A matcher with text as Go quotes it.
pub(in crate::translate) fn call(matcher: &str, text: &str) -> String {
    format!("{matcher}({})", quoted(text))
}

/// Text as Go quotes it.
pub(in crate::translate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
