//! `windrose man`: the page of the manual, made of the help and of what the decoders ask for.

#[cfg(test)]
mod tests;

use std::fmt::Write;

use windrose_config::Shape;

use super::schema;
use crate::version;

/// The page, in the language of `man`.
pub(super) fn page() -> String {
    let mut out = format!(".TH WINDROSE 1 \"\" \"windrose {}\" \"User Commands\"\n", version::VERSION);
    out.push_str(".SH NAME\nwindrose \\- one proxy for every direction\n");
    out.push_str(".SH DESCRIPTION\nA reverse proxy that reads the configuration of Traefik as it is.\n");
    for block in crate::HELP.split("\n\n").skip(1) {
        let (title, text) = match block.split_once(":\n") {
            Some((title, text)) if !title.contains('\n') => (title, text),
            _ => match block.split_once(": ") {
                Some((title, text)) if !title.contains('\n') && title.len() < LONGEST_TITLE => (title, text),
                _ => ("NOTES", block),
            },
        };
        let title = title.split(" (").next().unwrap_or(title).to_uppercase();
        let _ = writeln!(out, ".SH {}\n.nf\n{}\n.fi", escaped(&title), lines(text));
    }
    out.push_str(".SH OPTIONS OF THE INSTALL CONFIGURATION\n");
    out.push_str("Written in files as tables inside each other, as flags, or as variables (in capitals, with \\fB_\\fR for \\fB.\\fR). \\fI<name>\\fR stands for a name of yours, \\fI[0]\\fR for any position.\n.PP\n.nf\n");
    let mut options = Vec::new();
    leaves(&schema::install(), "--", &mut options);
    for option in options {
        let _ = writeln!(out, "{}", escaped(&option));
    }
    out.push_str(".fi\n");
    out
}

/// Every option that takes a value.
fn leaves(shape: &Shape, path: &str, out: &mut Vec<String>) {
    let below = |name: &str| if path == "--" { format!("--{name}") } else { format!("{path}.{name}") };
    match shape {
        Shape::Section(fields) => fields.iter().for_each(|(name, shape)| leaves(shape, &below(name), out)),
        Shape::Map(item) => leaves(item, &below("<name>"), out),
        Shape::List(item) if matches!(**item, Shape::Section(_)) => leaves(item, &format!("{path}[0]"), out),
        Shape::Boolean | Shape::Scalar | Shape::List(_) | Shape::Open => out.push(path.to_owned()),
    }
}

fn lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}

/// Text of which `man` takes nothing for a request.
fn escaped(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

/// What is longer before a colon is a sentence.
const LONGEST_TITLE: usize = 24;
