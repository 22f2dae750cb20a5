//! Variables of the environment, under lego's names: `NAME`, or `NAME_FILE` for a file that holds the value.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

type Look = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where variables are looked up.
#[derive(Clone)]
pub struct Env(Arc<Look>);

/// What is wrong with a variable.
#[derive(Debug, Error)]
pub(crate) enum EnvError {
    #[error("the environment lacks {0}")]
    Missing(String),
    #[error("{0}_FILE names {1}, which cannot be read")]
    File(String, String, #[source] io::Error),
    #[error("{0} is {1:?}, which is {2}")]
    Odd(String, String, &'static str),
}

impl Env {
    /// The environment of this process.
    #[must_use]
    pub fn process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// Another one.
    #[must_use]
    pub fn new(look: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// One variable, without its file.
    pub(crate) fn plain(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set; the names are one variable's and its aliases'.
    pub(crate) fn find(&self, names: &[&str]) -> Result<Option<String>, EnvError> {
        for name in names {
            if let Some(value) = self.plain(name) {
                return Ok(Some(value));
            }
            if let Some(path) = self.plain(&format!("{name}_FILE")) {
                let read = windrose_sys::read_file(Path::new(&path), LARGEST);
                let bytes = read.map_err(|error| EnvError::File((*name).into(), path.clone(), error))?;
                let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// One that must be there.
    pub(crate) fn need(&self, names: &[&str]) -> Result<String, EnvError> {
        self.find(names)?.ok_or_else(|| EnvError::Missing(names.join(" or ")))
    }

    /// Several that must be there: all that are missing are named.
    pub(crate) fn need_all<const N: usize>(&self, names: [&[&str]; N]) -> Result<[String; N], EnvError> {
        let mut missing = Vec::new();
        let mut found = [const { String::new() }; N];
        for (slot, names) in found.iter_mut().zip(names) {
            match self.find(names)? {
                Some(value) => *slot = value,
                None => missing.push(names.join(" or ")),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(EnvError::Missing(missing.join(", "))) }
    }

    /// One with a default.
    pub(crate) fn or(&self, names: &[&str], default: &str) -> Result<String, EnvError> {
        Ok(self.find(names)?.unwrap_or_else(|| default.to_owned()))
    }

    /// A number, of seconds where it is a time.
    pub(crate) fn number(&self, names: &[&str], default: u64) -> Result<u64, EnvError> {
        let Some(value) = self.find(names)? else { return Ok(default) };
        let name = || names.first().copied().unwrap_or_default().to_owned();
        value.trim().parse().map_err(|_| EnvError::Odd(name(), value.clone(), "no whole number"))
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.plain(name).is_some_and(|value| matches!(&*value, "1" | "t" | "T" | "TRUE" | "true" | "True"))
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Env")
    }
}

const LARGEST: u64 = 1 << 20;
