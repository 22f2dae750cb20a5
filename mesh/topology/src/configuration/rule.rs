//! Rules as text, in the syntax of Traefik 2.
//!
//! What users write becomes text between backticks, and an expression for paths stands between braces besides. A
//! character that would end them is written in another way, or the whole is refused.

use std::sync::Arc;

use crate::topology::Rule;

/// What a router answers, by the number of its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Service = 1,
    Target = 2,
    TraefikService = 3,
    Split = 4,
}

/// Something of a match cannot be written into a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RuleError {
    #[error("braces of path {0:?} are not balanced, write \\x7b and \\x7d for them")]
    Braces(String),
    #[error("{0:?} cannot be written into a rule: a backtick or a brace stands in \\Q…\\E")]
    Quoted(String),
    #[error("{0:?} is not the name of a header")]
    Header(String),
    #[error("{0:?} is not a method")]
    Method(String),
}

/// The priority of a router: its class decides, then how much its rule says.
pub(super) fn priority(class: Class, rule: &str) -> u64 {
    let count = rule.matches("&&").count() + rule.matches("||").count();
    class as u64 * 1000 + u64::try_from(count).unwrap_or_default()
}

/// A rule that asks for one of these hosts and all of `others`.
pub(super) fn all(hosts: &str, others: &[&str]) -> String {
    if others.is_empty() {
        return hosts.to_owned();
    }
    let others: String = others.iter().map(|other| format!(" && ({other})")).collect();
    format!("({hosts}){others}")
}

/// A matcher for the addresses of clients.
pub(super) fn client(ips: &[Arc<str>]) -> String {
    let ips: Vec<String> = ips.iter().map(|ip| format!("`{ip}`")).collect();
    format!("ClientIP({})", ips.join(", "))
}

/// The requests that one of these rules means; none if they mean all.
pub(super) fn requests(rules: &[Rule]) -> Result<Option<String>, RuleError> {
    let groups = rules.iter().filter(|rule| rule.http_route_group.is_some());
    let mut said = Vec::new();
    for entry in groups.flat_map(|rule| &rule.http_matches) {
        let mut parts = Vec::new();
        if !entry.path.is_empty() {
            parts.push(path(&entry.path)?);
        }
        if !entry.methods.is_empty() && !entry.methods.iter().any(|method| **method == *"*") {
            parts.push(methods(&entry.methods)?);
        }
        let headers = entry.headers.iter().map(|(name, regex)| header(name, regex));
        let headers = headers.collect::<Result<Vec<String>, RuleError>>()?;
        if !headers.is_empty() {
            parts.push(headers.join(" && "));
        }
        match parts.len() {
            0 => {}
            1 => said.append(&mut parts),
            _ => said.push(format!("({})", parts.join(" && "))),
        }
    }
    Ok(Some(said.join(" || ")).filter(|said| !said.is_empty()))
}

fn path(regex: &str) -> Result<String, RuleError> {
    let regex = without_backticks(regex.strip_prefix('/').unwrap_or(regex))?;
    if regex.is_empty() {
        return Ok("PathPrefix(`/`)".to_owned());
    }
    Ok(format!("PathPrefix(`/{{path:{}}}`)", with_balanced_braces(&regex)?))
}

fn methods(methods: &[Arc<str>]) -> Result<String, RuleError> {
    if let Some(other) = methods.iter().find(|method| !is_token(method)) {
        return Err(RuleError::Method(other.to_string()));
    }
    let methods: Vec<String> = methods.iter().map(|method| format!("`{method}`")).collect();
    Ok(format!("Method({})", methods.join(",")))
}

fn header(name: &str, regex: &str) -> Result<String, RuleError> {
    if !is_token(name) {
        return Err(RuleError::Header(name.to_owned()));
    }
    Ok(format!("HeadersRegexp(`{name}`, `{}`)", without_backticks(regex)?))
}

/// RFC 9110 §5.6.2, without the backtick.
fn is_token(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_letter)
}

/// A backtick ends the text that it stands in.
fn without_backticks(regex: &str) -> Result<String, RuleError> {
    if regex.contains('`') && regex.contains(r"\Q") {
        return Err(RuleError::Quoted(regex.to_owned()));
    }
    let mut written = String::new();
    let mut letters = regex.chars();
    while let Some(letter) = letters.next() {
        match (letter, if letter == '\\' { letters.next() } else { None }) {
            ('`', _) | (_, Some('`')) => written.push_str(r"\x60"),
            (letter, escaped) => written.extend([Some(letter), escaped].into_iter().flatten()),
        }
    }
    Ok(written)
}

/// A brace in a template ends at its partner, whatever it means to the expression: one that stands for itself is
/// written by its number where it has no partner.
fn with_balanced_braces(regex: &str) -> Result<String, RuleError> {
    if is_balanced(regex) {
        return Ok(regex.to_owned());
    }
    if regex.contains(r"\Q") {
        return Err(RuleError::Quoted(regex.to_owned()));
    }
    let mut written = String::new();
    let mut letters = regex.chars();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        let (letter, is_itself) = match letter {
            '\\' => match letters.next() {
                Some(brace @ ('{' | '}')) => (brace, true),
                Some(other) => {
                    written.push('\\');
                    (other, false)
                }
                None => (letter, false),
            },
            '[' | ']' => {
                in_class = letter == '[';
                (letter, false)
            }
            other => (other, in_class),
        };
        match letter {
            '{' if is_itself => written.push_str(r"\x7b"),
            '}' if is_itself => written.push_str(r"\x7d"),
            other => written.push(other),
        }
    }
    if is_balanced(&written) { Ok(written) } else { Err(RuleError::Braces(regex.to_owned())) }
}

fn is_balanced(text: &str) -> bool {
    let mut depth = 0usize;
    for byte in text.bytes() {
        match (byte, depth) {
            (b'{', _) => depth += 1,
            (b'}', 0) => return false,
            (b'}', _) => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}
