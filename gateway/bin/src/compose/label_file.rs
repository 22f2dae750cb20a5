//! Files of labels: lines of `name=value`.

use std::path::Path;

use windrose_config::{Mark, Source};

use super::project::unquoted;
use super::service::{Label, Word};

/// Reads one. The error says why there is none.
pub(super) fn read(path: &Path) -> Result<Vec<Label>, String> {
    let bytes = windrose_provider_file::bytes(path).map_err(|error| {
        let reason = windrose_provider_file::unreadable("file", &error);
        format!("{} cannot be read for labels: {reason}", path.display())
    })?;
    let source = Source::file(&path.to_string_lossy());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = (1..).zip(text.lines());
    let labels = lines
        .filter_map(|(number, line)| label(number, line))
        .map(|label| Label { file: Some(source.clone()), ..label });
    Ok(labels.collect())
}

fn label(line: u32, text: &str) -> Option<Label> {
    let column = |bytes: usize| {
        let before = text.get(..bytes).unwrap_or_default().chars().count();
        Mark::new(line, u32::try_from(before + 1).unwrap_or(0))
    };
    let (name, written) = text.split_once('=')?;
    let bare = name.trim();
    if bare.is_empty() || bare.starts_with('#') {
        return None;
    }
    let value = unquoted(written.trim());
    let start = text.len() - written.len() + written.find(value).unwrap_or(0);
    let word = Word { text: value.to_owned(), mark: column(start), is_verbatim: true, ..Word::default() };
    let at = column(name.len() - name.trim_start().len());
    Some(Label { name: bare.to_owned(), at, value: word, file: None })
}
