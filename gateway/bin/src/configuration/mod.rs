//! Finds and reads the install configuration: one source of file, command line and environment.

#[cfg(test)]
mod tests;

use std::env;
use std::path::Path;
use std::sync::Arc;

use windrose_config::source::environment::Environment;
use windrose_config::source::flags::Flags;
use windrose_config::source::{self, Format, environment, flags};
use windrose_config::static_config::{Choice, Examined, Loaded, Present, Search, choose};
use windrose_config::tree::Value;
use windrose_config::{Mark, Problem, Severity, Source, StaticConfig, Tree, refuse};

/// An install configuration and where it came from.
#[derive(Debug)]
pub(crate) struct Install {
    /// What was read, with its warnings.
    pub(crate) loaded: Loaded,
    /// Its source.
    pub(crate) choice: Choice,
    /// What was written elsewhere and does not count: to be said at whatever level the log has.
    pub(crate) unused: Vec<Problem>,
}

/// What surrounds the program: its environment and the files it can see.
pub(crate) struct Surroundings {
    variables: Vec<(String, String)>,
}

impl Surroundings {
    /// Those of this process; variables that are no text cannot be ours.
    pub(crate) fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { variables: env::vars_os().filter_map(text).collect() }
    }

    /// All variables.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// A variable, unless it is empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(candidate, _)| candidate == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Finds the source that counts, reads it and checks it.
///
/// The error is everything that stops the start, and the warnings with it.
pub(crate) fn find(arguments: &[String], around: &Surroundings) -> Result<Install, Vec<Problem>> {
    let Found { document, source, choice, unused } = locate(arguments, around)?;
    Ok(Install { unused, ..load(document, &source, choice)? })
}

/// Finds the source that counts and reads as much of it as can be read, with what would stop the start.
pub(crate) fn examine(
    arguments: &[String],
    around: &Surroundings,
) -> Result<(Install, Vec<Problem>), Vec<Problem>> {
    let Found { document, source, choice, unused } = locate(arguments, around)?;
    let (install, fatal) = examine_document(document, &source, choice);
    Ok((Install { unused, ..install }, fatal))
}

/// Reads as much of a document as can be read, with what would stop the start.
pub(crate) fn examine_document(
    document: Tree,
    source: &Arc<Source>,
    choice: Choice,
) -> (Install, Vec<Problem>) {
    let Examined { loaded, fatal } = StaticConfig::examine(document, source, refuse::STATIC);
    (Install { loaded, choice, unused: Vec::new() }, fatal)
}

/// The source that counts, as a document.
struct Found {
    document: Tree,
    source: Arc<Source>,
    choice: Choice,
    unused: Vec<Problem>,
}

fn locate(arguments: &[String], around: &Surroundings) -> Result<Found, Vec<Problem>> {
    let shape = StaticConfig::shape();
    let flags = flags::parse(arguments, &shape)?;
    let environment = environment::parse(around.variables.iter().map(|(name, value)| (name, value)), &shape);
    let search = Search {
        explicit: flags.config_file.as_deref(),
        config_home: around.variable("XDG_CONFIG_HOME"),
        home: around.variable("HOME"),
    };
    let present = Present { flags: !is_empty(&flags.tree), environment: environment.is_some() };
    if let Some(folder) = search.explicit.filter(|path| Path::new(path).is_dir()) {
        return Err(vec![Problem::error(format!(
            "--configFile={folder} is a folder, name a file such as {}",
            Path::new(folder).join("traefik.yml").display()
        ))]);
    }
    // One that is asked for and is no file is told as such when it is read.
    let counts =
        |path: &str| Path::new(path).is_file() || (search.explicit == Some(path) && Path::new(path).exists());
    let (choice, warning) = choose(&search, counts, present);
    let unused = unused(&choice, &flags, environment.as_ref()).into_iter().chain(warning).collect();
    let (document, source) = match (&choice, environment, search.explicit) {
        (Choice::File(path), ..) => {
            let source = Source::file(path);
            (read(path, &source).map_err(|problem| vec![problem])?, source)
        }
        // A file was asked for, and there is nothing to use in its place.
        (Choice::Defaults, _, Some(path)) => {
            return Err(vec![Problem::error(format!("file {path} does not exist"))]);
        }
        (Choice::Environment, Some(environment), _) => (environment.tree, environment.source),
        _ => (flags.tree, flags.source),
    };
    Ok(Found { document, source, choice, unused })
}

/// What the operator wrote in places that do not count, as another one does.
pub(crate) fn unused(choice: &Choice, flags: &Flags, environment: Option<&Environment>) -> Vec<Problem> {
    let why = match choice {
        Choice::File(path) if flags.config_file.as_deref() == Some(path) => {
            format!("because --configFile={path} is given; write them there")
        }
        Choice::File(path) => format!("because {path} exists; give --configFile or move the file"),
        Choice::Flags => "because flags are given; write them as flags".to_owned(),
        Choice::Environment | Choice::Defaults => return Vec::new(),
    };
    let from_flags = match (choice, &*flags.source) {
        (Choice::File(_), Source::Flags(names)) => {
            let is_option = |name: &&str| !name.trim_start_matches('-').eq_ignore_ascii_case("configFile");
            names.iter().map(|name| &**name).filter(is_option).collect()
        }
        _ => Vec::new(),
    };
    let from_environment = match environment.map(|environment| &*environment.source) {
        Some(Source::Environment(names)) => names.iter().map(|name| &**name).collect(),
        _ => Vec::new(),
    };
    [("flag", from_flags), ("environment variable", from_environment)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(kind, names)| Problem::warning(not_used(kind, &names, &why)))
        .collect()
}

/// Names only the first ones: there may be dozens.
fn not_used(kind: &str, names: &[&str], why: &str) -> String {
    let (plural, verb) = if names.len() == 1 { ("", "is") } else { ("s", "are") };
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 3 { ", …" } else { "" };
    format!("{} {kind}{plural} ({shown}{more}) {verb} not used, {why}", names.len())
}

/// Reads options given as flags, whatever files and variables there are.
pub(crate) fn from_flags(arguments: &[String]) -> Result<Install, Vec<Problem>> {
    let flags = flags::parse(arguments, &StaticConfig::shape())?;
    load(flags.tree, &flags.source, Choice::Flags)
}

fn load(document: Tree, source: &Arc<Source>, choice: Choice) -> Result<Install, Vec<Problem>> {
    let loaded = StaticConfig::load(document, source, refuse::STATIC)?;
    Ok(Install { loaded, choice, unused: Vec::new() })
}

/// Reads a file of an install configuration.
pub(crate) fn read(path: &str, source: &Arc<Source>) -> Result<Tree, Problem> {
    let whole = |message: String| Problem::error(message).at(source, Mark::default());
    let bytes = windrose_sys::read_file(Path::new(path), LARGEST)
        .map_err(|error| whole(format!("cannot read the file: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        whole(format!("the file is not UTF-8 text, byte {} is wrong", error.utf8_error().valid_up_to()))
    })?;
    document(path, text.strip_prefix('\u{feff}').unwrap_or(&text), source)
}

/// Reads the text of an install configuration that stands in a file of this name.
pub(crate) fn document(path: &str, text: &str, source: &Arc<Source>) -> Result<Tree, Problem> {
    let whole = |message: String| Problem::error(message).at(source, Mark::default());
    let Some(format @ (Format::Yaml | Format::Toml)) = Format::of_file(path) else {
        return Err(whole(
            "the name of a configuration file ends in .yaml, .yml or .toml, rename it".to_owned(),
        ));
    };
    let document = source::parse(format, text, source)?;
    if is_empty(&document) {
        return Err(whole("the file is empty, write at least one option or remove it".to_owned()));
    }
    Ok(document)
}

/// Whether a document says nothing. What is no table is told by the decoder.
fn is_empty(document: &Tree) -> bool {
    match &document.value {
        Value::Null => true,
        Value::Table(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Whether one of the problems stops the start.
pub(crate) fn is_fatal(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}

/// How many bytes of an install configuration are read.
const LARGEST: u64 = 16 << 20;
