//! Rules, and what decides between them.

use std::sync::Arc;

use crate::facts::{HttpMatch, Key};
use crate::topology::{Rule, Service};

/// What a router is for; one that says more comes before one that says less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Every request of a service.
    Service = 1,
    /// What a target allows.
    Target = 2,
    /// What a split shares out.
    Split = 4,
}

/// The priority of a rule.
pub(super) fn priority(class: Class, rule: &str) -> usize {
    class as usize * 1000 + rule.matches("&&").count() + rule.matches("||").count()
}

/// The rule for the names of a service.
pub(super) fn hosts(key: &Key, service: &Service) -> String {
    let (namespace, name) = key;
    format!(
        "Host(`{name}.{namespace}.traefik.mesh`) || Host(`{name}.{namespace}.maesh`) || Host(`{}`)",
        service.cluster_ip
    )
}

/// Both of two rules.
pub(super) fn both(left: &str, right: &str) -> String {
    format!("({left}) && ({right})")
}

/// The rule for the requests that matches of HTTP mean; nothing when that is every one.
pub(super) fn requests(rules: &[Rule]) -> Result<Option<String>, String> {
    let mut parts = Vec::new();
    for rule in rules {
        for one in &rule.http_matches {
            match request(one)? {
                // As every one is meant, the others say nothing.
                None => return Ok(None),
                Some(part) => parts.push(part),
            }
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join(" || ")))
}

fn request(one: &HttpMatch) -> Result<Option<String>, String> {
    if one.is_any() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    if !one.path.is_empty() {
        let pattern = sound(one.path.strip_prefix('/').unwrap_or(&one.path))?;
        parts.push(format!("PathPrefix(`/{{path:{pattern}}}`)"));
    }
    if !one.is_any_method() {
        let methods: Result<Vec<String>, String> =
            one.methods.iter().map(|method| Ok(format!("`{}`", sound(method)?))).collect();
        parts.push(format!("Method({})", methods?.join(",")));
    }
    for (name, value) in &one.headers {
        parts.push(format!("HeadersRegexp(`{}`, `{}`)", sound(name)?, sound(value)?));
    }
    let rule = parts.join(" && ");
    Ok(Some(if parts.len() > 1 { format!("({rule})") } else { rule }))
}

/// A pattern that stays within its rule.
fn sound(pattern: &str) -> Result<&str, String> {
    if pattern.contains('`') {
        return Err(format!("{pattern:?} has a backtick, which ends a pattern"));
    }
    let mut depth = 0_usize;
    for letter in pattern.chars() {
        match letter {
            '{' => depth += 1,
            '}' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Err(format!("{pattern:?} has a brace too many")),
            },
            _ => {}
        }
    }
    if depth > 0 { Err(format!("{pattern:?} lacks a brace")) } else { Ok(pattern) }
}

/// The rule for clients with one of these addresses.
pub(super) fn clients(addresses: &[Arc<str>]) -> String {
    let quoted: Vec<String> = addresses.iter().map(|address| format!("`{address}`")).collect();
    format!("ClientIP({})", quoted.join(","))
}
