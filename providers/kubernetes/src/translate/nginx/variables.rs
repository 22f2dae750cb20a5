//! Variables of nginx, where something here stands for them.

/// What [`replacement`] finds its parts in: scheme, host, port, path, the query with its mark and without.
pub(super) const URL: &str = r"^(https?)://(\[[^\]]*\]|[^/:?]+)(:[0-9]+)?(/[^?]*)?(\?(.*))?$";

/// Text with variables as the replacement of a match of [`URL`].
pub(super) fn replacement(text: &str) -> Result<String, String> {
    expand(text, |name| {
        Ok(match name {
            "scheme" => "${1}",
            "host" => "${2}",
            "http_host" | "best_http_host" => "${2}${3}",
            "request_uri" => "${4}${5}",
            "uri" | "document_uri" => "${4}",
            "args" | "query_string" => "${6}",
            _ => return Err(format!("there is no variable ${name} here")),
        }
        .to_owned())
    })
}

/// A target whose only variables are groups of the path.
pub(super) fn groups(target: &str) -> Result<String, String> {
    if target.contains("://") {
        return Err(format!("{target:?} is an address and no path; use permanent-redirect"));
    }
    if target.contains('?') {
        return Err(format!("{target:?} has a query, and only paths are rewritten"));
    }
    if !target.starts_with('/') && !target.starts_with('$') {
        return Err(format!("{target:?} is no path, begin it with /"));
    }
    expand(target, |name| match name.parse::<u8>() {
        Ok(number) => Ok(format!("${{{number}}}")),
        Err(_) => Err(format!("there is no variable ${name} here, only the groups of the path")),
    })
}

/// Text whose only variable is the host, which is this one.
pub(super) fn for_host(text: &str, host: &str) -> Result<String, String> {
    expand(text, |name| match name {
        "host" | "http_host" | "best_http_host" => Ok(host.to_owned()),
        _ => Err(format!("there is no variable ${name} here, only $host")),
    })
}

/// An address without the part of its query that says where to go back to.
pub(super) fn without_return(address: &str) -> String {
    let Some((address, query)) = address.split_once('?') else { return address.to_owned() };
    let is_return = |part: &&str| part.contains("request_uri");
    let kept: Vec<&str> = query.split('&').filter(|part| !is_return(part)).collect();
    if kept.is_empty() { address.to_owned() } else { format!("{address}?{}", kept.join("&")) }
}

/// Puts something in the place of every `$name` and `${name}`.
fn expand(text: &str, value: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, left) = match after.strip_prefix('{') {
            Some(inner) => inner.split_once('}').ok_or_else(|| format!("{text:?} ends inside a variable"))?,
            // A number is one digit long.
            None if after.starts_with(|c: char| c.is_ascii_digit()) => after.split_at(1),
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                after.split_at(end)
            }
        };
        out.push_str(&value(name)?);
        rest = left;
    }
    out.push_str(rest);
    Ok(out)
}

/// Text that an expression takes as it is.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
