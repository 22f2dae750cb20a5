//! `windrose init`: a configuration to begin with, commented.
//!
//! Invariant: nothing that is there is changed.

#[cfg(test)]
mod tests;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why nothing was written.
#[derive(Debug, Error)]
pub(super) enum InitError {
    /// There is a configuration already.
    #[error("{} exists, and nothing is changed; name another folder: windrose init FOLDER", .0.display())]
    Exists(PathBuf),
    /// The system refuses it.
    #[error("cannot write {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// Its name could not be written into the configuration.
    #[error("the name of the folder is no plain text, name another one")]
    Name,
}

/// Writes it into a folder; says what was written, and what to do next.
pub(super) fn write(folder: &Path) -> Result<String, InitError> {
    let install = folder.join("windrose.yml");
    let routes = folder.join("routes");
    let hello = routes.join("hello.yml");
    if let Some(there) = [&install, &hello].into_iter().find(|path| path.exists()) {
        return Err(InitError::Exists(there.clone()));
    }
    fs::create_dir_all(&routes).map_err(|error| InitError::Write(routes.clone(), error))?;
    let whole = fs::canonicalize(folder).map_err(|error| InitError::Write(folder.to_owned(), error))?;
    let name = whole.to_str().filter(|name| !name.contains(['"', '\\']) && !name.contains(char::is_control));
    let name = name.ok_or(InitError::Name)?;
    put(&install, &INSTALL.replace("@FOLDER@", name))?;
    put(&hello, HELLO)?;
    let (install, hello) = (install.display(), hello.display());
    Ok(format!(
        "wrote {install} and {hello}\n\
         \n  windrose check --configFile={install}    says what is wrong, opens no port\
         \n  windrose run {install}                   serves it, on ports 8080 and 8443\n"
    ))
}

/// Writes a file that is not there yet.
fn put(path: &Path, text: &str) -> Result<(), InitError> {
    let outcome = OpenOptions::new().write(true).create_new(true).open(path);
    let written = outcome.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => InitError::Exists(path.to_owned()),
        _ => InitError::Write(path.to_owned(), error),
    })
}

const INSTALL: &str = include_str!("windrose.yml");
const HELLO: &str = include_str!("hello.yml");
