//! Label selectors: whether a text is one. The API server evaluates them.

/// Why a text is no label selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no requirement, write for example team=web, team!=web, team in (a, b), team, !team")]
pub struct SelectorError(String);

/// Whether a text is a label selector; the empty one takes everything.
///
/// # Errors
///
/// The first requirement that cannot be read.
pub fn check(selector: &str) -> Result<(), SelectorError> {
    if selector.trim().is_empty() {
        return Ok(());
    }
    requirements(selector).into_iter().try_for_each(|requirement| {
        if is_requirement(requirement.trim()) {
            Ok(())
        } else {
            Err(SelectorError(requirement.trim().into()))
        }
    })
}

/// The parts between commas that stand in no parentheses.
fn requirements(selector: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    selector
        .split(|character| {
            depth += match character {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            character == ',' && depth == 0
        })
        .collect()
}

fn is_requirement(text: &str) -> bool {
    if let Some(key) = text.strip_prefix('!') {
        return is_key(key.trim());
    }
    if let Some(set) = text.strip_suffix(')') {
        let Some((head, values)) = set.split_once('(') else { return false };
        let mut words = head.split_whitespace();
        let (Some(key), Some("in" | "notin"), None) = (words.next(), words.next(), words.next()) else {
            return false;
        };
        return is_key(key) && values.split(',').all(|value| is_value(value.trim()));
    }
    for operator in ["!=", "==", "=", ">", "<"] {
        if let Some((key, value)) = text.split_once(operator) {
            return is_key(key.trim()) && is_value(value.trim());
        }
    }
    is_key(text)
}

/// A name, with the domain of its owner before it or not.
fn is_key(key: &str) -> bool {
    let name = match key.split_once('/') {
        Some((domain, name)) => {
            let is_domain =
                domain.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
            if domain.is_empty() || domain.len() > 253 || !is_domain {
                return false;
            }
            name
        }
        None => key,
    };
    !name.is_empty() && is_value(name)
}

fn is_value(value: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    value.len() <= 63
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && is_edge(value.chars().next())
        && is_edge(value.chars().last())
}
