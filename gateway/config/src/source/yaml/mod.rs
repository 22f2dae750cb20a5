//! YAML, read as Go's decoder does: anchors and aliases, merge keys, words like `yes` left as text.
//!
//! Aliases may not blow a document up, and a second document in the same text is a problem, not ignored.

mod builder;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser};

use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::tree::Tree;

use builder::Builder;

/// Reads a YAML document; an empty one is nothing.
///
/// # Errors
///
/// The first thing that makes the text no single YAML document.
pub fn parse(text: &str, source: &Arc<Source>) -> Result<Tree, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = mark(*error.marker());
            let at = if error.info().contains("tab") { tab(text, at).unwrap_or(at) } else { at };
            Problem::error(error.info().to_owned()).at(source, at)
        })?;
        let at = mark(span.start);
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                let message = "a second document begins here, write one document per file";
                return Err(Problem::error(message).at(source, at));
            }
        }
        builder.take(event, at).map_err(|message| Problem::error(message).at(source, at))?;
    }
    Ok(builder.finish())
}

/// The first tab in the indentation of a line from here on: the parser names what stands before it.
fn tab(text: &str, from: Mark) -> Option<Mark> {
    let start = usize::try_from(from.line.checked_sub(1)?).ok()?;
    let found = text.lines().enumerate().skip(start).find_map(|(index, line)| {
        let blank = line.chars().position(|c| c != ' ')?;
        (line.chars().nth(blank) == Some('\t')).then_some((index, blank))
    });
    let (line, column) = found?;
    Some(Mark::new(u32::try_from(line + 1).ok()?, u32::try_from(column + 1).ok()?))
}

/// Positions of the parser count columns from 0, ours from 1.
fn mark(marker: Marker) -> Mark {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Mark::new(number(marker.line()), number(marker.col()).saturating_add(1))
}
