//! What the registry of providers and whoever checks files need to know.

use std::path::Path;
use std::sync::Arc;

use windrose_config::{DynamicConfig, Mark, Problem, Source, Tree};
use windrose_providers_core::{Provider, Ready, Seen};

use crate::load::{self, Read};
use crate::options::{Options, Target};
use crate::provider::{FILE, FileProvider, Reload};

/// Reads the options under `providers.file`; `reload` has the files read again.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, source: &Arc<Source>, reload: &Reload) -> Result<Vec<Ready>, Vec<Problem>> {
    let (options, reload) = (Options::decode(options, source)?, reload.clone());
    let target = options.target.clone();
    let make = move || -> Box<dyn Provider> { Box::new(FileProvider::new(options.clone(), reload.clone())) };
    let look = || async move {
        let Read { config, files } = read_now(&target);
        let words = files_read(files, &config.problems);
        Ok(Seen { config, words })
    };
    Ok(vec![Ready::new(FILE, make, look)])
}

/// Reads a file or a directory once; that it cannot be read is a problem of the result.
#[must_use]
pub fn read_now(target: &Target) -> Read {
    match target {
        Target::File(path) => match load::bytes(path) {
            Ok(bytes) => Read { config: load::load_file(&path.to_string_lossy(), &bytes), files: 1 },
            Err(error) => failed(path, &load::unreadable("file", &error)),
        },
        Target::Directory(path) => load::load_directory(path)
            .unwrap_or_else(|error| failed(path, &load::unreadable("directory", &error))),
    }
}

/// How many files were read, for people.
#[must_use]
pub fn files_read(count: usize, problems: &[Problem]) -> String {
    match count {
        0 if problems.is_empty() => {
            "no routing file, as no name there ends in .yaml, .yml or .toml".to_owned()
        }
        1 => "1 routing file".to_owned(),
        _ => format!("{count} routing files"),
    }
}

fn failed(path: &Path, message: &str) -> Read {
    let problem = Problem::error(message).at(&Source::file(&path.to_string_lossy()), Mark::default());
    Read { config: DynamicConfig { problems: vec![problem], ..DynamicConfig::default() }, files: 0 }
}
