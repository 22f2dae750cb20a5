//! Which source the install configuration comes from: a file beats flags, flags beat the environment, never merged.
//!
//! Pure: the caller says which files exist.

#[cfg(test)]
mod tests;

use crate::problem::Problem;

/// Where files may be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Search<'a> {
    /// The value of `--configFile`.
    pub explicit: Option<&'a str>,
    /// The variable `XDG_CONFIG_HOME`.
    pub config_home: Option<&'a str>,
    /// The variable `HOME`.
    pub home: Option<&'a str>,
}

/// Which other sources say something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Present {
    /// At least one argument was given.
    pub flags: bool,
    /// At least one variable of ours is set.
    pub environment: bool,
}

/// The one source that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This file; flags and environment are ignored.
    File(String),
    /// The command line; the environment is ignored.
    Flags,
    /// The environment.
    Environment,
    /// Nothing was written anywhere.
    Defaults,
}

/// The files to look for, the first first.
#[must_use]
pub fn candidates(search: &Search<'_>) -> Vec<String> {
    let mut files: Vec<String> = search.explicit.map(str::to_owned).into_iter().collect();
    for name in NAMES {
        let mut bases = vec![format!("/etc/{name}/{name}")];
        bases.extend(search.config_home.map(|home| format!("{home}/{name}")));
        bases.extend(search.home.map(|home| format!("{home}/.config/{name}")));
        bases.push(format!("./{name}"));
        for base in bases {
            files.extend(EXTENSIONS.iter().map(|extension| format!("{base}.{extension}")));
        }
    }
    files
}

/// Chooses the source, with a warning when a file was asked for and is not there.
pub fn choose(
    search: &Search<'_>,
    exists: impl Fn(&str) -> bool,
    present: Present,
) -> (Choice, Option<Problem>) {
    let found = candidates(search).into_iter().find(|file| exists(file));
    let choice = match found {
        Some(file) => Choice::File(file),
        None if present.flags => Choice::Flags,
        None if present.environment => Choice::Environment,
        None => Choice::Defaults,
    };
    let missing = search.explicit.filter(|file| choice != Choice::File((*file).to_owned()));
    let warning = missing.map(|file| {
        let used = match &choice {
            Choice::File(other) => other.as_str(),
            Choice::Flags => "the command line",
            Choice::Environment => "the environment",
            Choice::Defaults => "defaults",
        };
        Problem::warning(format!("file {file} does not exist, {used} is used instead"))
    });
    (choice, warning)
}

const NAMES: [&str; 2] = ["windrose", "traefik"];
const EXTENSIONS: [&str; 3] = ["toml", "yaml", "yml"];
