//! A Kubernetes object in place of a routing file: somebody followed the manual of another provider.

use std::sync::Arc;

use windrose_config::source::{Format, parse};
use windrose_config::tree::Value;
use windrose_config::{Problem, Source, Tree};

/// What is said of a document that is such an object, in place of everything that is strange about it otherwise.
///
/// Traefik passes over its keys in silence, so it is no error.
pub(super) fn problem(document: &Tree, source: &Arc<Source>) -> Option<Problem> {
    let Value::Table(entries) = &document.value else { return None };
    let text = |key: &str| entries.iter().find(|entry| &*entry.key == key)?.value.as_text();
    let (_, kind) = text("apiVersion").zip(text("kind"))?;
    let is_routing = |key: &str| ROUTING.iter().any(|name| name.eq_ignore_ascii_case(key));
    if entries.iter().any(|entry| is_routing(&entry.key)) {
        return None;
    }
    let message = format!(
        "this is a Kubernetes object ({kind}), and no file is read as one; write its routing as a file has it (see \
         docs/reference/http.md)"
    );
    let first = entries.first()?;
    let problem = Problem::warning(message).at(source, first.mark).spanning(first.key.chars().count());
    Some(problem.expecting("http, tcp, udp and tls at the first level"))
}

/// The first object of a text that `wrong` makes no document, as several of them in one text do.
pub(super) fn first_of(text: &str, wrong: &Problem, source: &Arc<Source>) -> Option<Tree> {
    let line = usize::try_from(wrong.origin.as_ref()?.mark.line).ok()?;
    let end = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let document = parse(Format::Yaml, text.get(..end)?, source).ok()?;
    problem(&document, source).map(|_| document)
}

/// What a routing file has at its first level.
const ROUTING: [&str; 4] = ["http", "tcp", "udp", "tls"];
