//! From the bytes of a file to what it declares.
//!
//! A file is UTF-8 text, rendered when it is a template, then YAML or TOML by its extension. Pure, except that
//! templates may read the environment.

mod empty;
mod kubernetes;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::Arc;

use windrose_config::source::{Format, parse};
use windrose_config::tree::Value;
use windrose_config::{DynamicConfig, Mark, Problem, Source, Tree, refuse};
use windrose_providers_core::template;

use crate::files::{self, Files, Scan};
use crate::merge::merge;
use crate::options::{Rendered, Target};

/// Reads one file. What is wrong with it is in [`DynamicConfig::problems`].
#[must_use]
pub fn load_file(path: &str, bytes: &[u8]) -> DynamicConfig {
    read(path, bytes, Rendered::Silent)
        .unwrap_or_else(|problem| DynamicConfig { problems: vec![*problem], ..DynamicConfig::default() })
}

/// The bytes of a routing file.
///
/// # Errors
///
/// What the system reports, and whatever is no regular file or longer than a routing file can sensibly be.
pub fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    windrose_sys::read_file(path, LARGEST)
}

/// What is said of a file or directory that cannot be read.
#[must_use]
pub fn unreadable(kind: &str, error: &io::Error) -> String {
    files::unreadable(kind, error, "")
}

/// What files declare, and how many there are.
#[derive(Debug, Default)]
pub struct Read {
    /// What they declare, merged.
    pub config: DynamicConfig,
    /// How many were read.
    pub files: usize,
}

/// Reads every configuration file below a directory and merges them, as the provider does.
///
/// # Errors
///
/// When the directory cannot be listed. A file that cannot be read is a problem of the result.
pub fn load_directory(path: &Path) -> io::Result<Read> {
    let mut files = Files::new(Target::Directory(path.to_owned()), Rendered::Silent);
    let config = files.scan(Scan::Changed, None)?.unwrap_or_default();
    Ok(Read { config, files: files.count() })
}

/// Puts what several files declare together, in this order, as the provider does with a directory.
#[must_use]
pub fn merge_files(files: &[DynamicConfig]) -> DynamicConfig {
    merge(files.iter())
}

/// The keys at the first level of a file; nothing where it cannot be read so far.
#[must_use]
pub fn first_level(path: &str, bytes: &[u8]) -> Vec<Arc<str>> {
    let document = document(path, bytes, Rendered::Silent).map(|(document, _)| document.value);
    match document {
        Ok(Value::Table(entries)) => entries.iter().map(|entry| Arc::clone(&entry.key)).collect(),
        _ => Vec::new(),
    }
}

/// Reads one file; the error is what makes all of it unusable.
pub(crate) fn read(path: &str, bytes: &[u8], rendered: Rendered) -> Result<DynamicConfig, Box<Problem>> {
    let (document, source) = document(path, bytes, rendered)?;
    if let Some(problem) = kubernetes::problem(&document, &source) {
        return Ok(DynamicConfig { problems: vec![problem], ..DynamicConfig::default() });
    }
    let empty = empty::objects(&document, &source);
    let mut config = DynamicConfig::decode(document, &source, refuse::DYNAMIC);
    config.problems.extend(empty);
    Ok(config)
}

/// What a file says, before anybody asks what it means.
fn document(path: &str, bytes: &[u8], rendered: Rendered) -> Result<(Tree, Arc<Source>), Box<Problem>> {
    let source = Source::file(path);
    let whole = |message: String| Box::new(Problem::error(message).at(&source, Mark::default()));
    let Some(format @ (Format::Yaml | Format::Toml)) = Format::of_file(path) else {
        return Err(whole(
            "the name of a configuration file ends in .yaml, .yml or .toml, rename it".to_owned(),
        ));
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        whole(format!("the file is not UTF-8 text, byte {} is wrong", error.valid_up_to()))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !template::is_template(text) {
        return parsed(format, text, source);
    }
    let text = template::render(text).map_err(|error| {
        let Some(place) = error.place(text) else { return whole(error.to_string()) };
        let problem = Problem::error(error.to_string()).at(&source, Mark::new(place.line, place.column));
        Box::new(problem.spanning(place.length))
    })?;
    if rendered == Rendered::Logged {
        tracing::debug!(file = path, template = text, "rendered template");
    }
    // Lines are those of the rendered text, which no file holds.
    parsed(format, &text, Source::other(&format!("{path}, rendered")))
}

fn parsed(format: Format, text: &str, source: Arc<Source>) -> Result<(Tree, Arc<Source>), Box<Problem>> {
    let document = parse(format, text, &source);
    let document = document.or_else(|wrong| kubernetes::first_of(text, &wrong, &source).ok_or(wrong))?;
    Ok((document, source))
}

/// How many bytes of a routing file are read; a million routers take a third of it.
const LARGEST: u64 = 512 << 20;
