//! Where blocks of the mesh are, by the lines around them, and how one is cut out.

use std::ops::Range;

use super::CorefileError;
use super::block::{header, trailer};
use crate::Zone;

/// The blocks of a zone, first to last: from the start of the first line to the end of the text of the last.
pub(super) fn find(text: &str, zone: Zone) -> Result<Vec<Range<usize>>, CorefileError> {
    let unclosed = || CorefileError::Unclosed(header(zone), trailer(zone));
    let mut found = Vec::new();
    let mut open = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        if words == header(zone) {
            if open.replace(at).is_some() {
                return Err(unclosed());
            }
        } else if words == trailer(zone)
            && let Some(start) = open.take()
        {
            found.push(start..at + line.trim_end().len());
        }
        at += line.len();
    }
    if open.is_some() { Err(unclosed()) } else { Ok(found) }
}

/// Cuts a block out, with its line end and the one before it, which came with it. That one stays where two lines would
/// become one.
pub(super) fn cut(text: &mut String, range: &Range<usize>) {
    let (Some(before), Some(block), Some(after)) =
        (text.get(..range.start), text.get(range.clone()), text.get(range.end..))
    else {
        return;
    };
    // Blanks after the last line are part of that line.
    let blanks = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
    let after = after.get(blanks..).unwrap_or_default();
    let after = after.strip_prefix('\n').unwrap_or(after);
    // What an editor made of both line ends, and not what stood before a line feed of ours.
    let shorter = if block.contains("\r\n") { before.strip_suffix("\r\n") } else { None };
    let shorter = shorter.or_else(|| before.strip_suffix('\n')).unwrap_or(before);
    let is_apart = shorter.is_empty()
        || shorter.ends_with('\n')
        || after.is_empty()
        || after.starts_with('\n')
        || after.starts_with("\r\n");
    let before = if is_apart { shorter } else { before };
    *text = format!("{before}{after}");
}
