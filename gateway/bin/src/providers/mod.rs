//! The providers that an install configuration asks for.
//!
//! One `match` arm for each provider there is. Options are decoded here, so that a wrong one stops the start.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::Problem;
use windrose_config::static_config::Loaded;
use windrose_provider_file::{FileProvider, Options, Reload};
use windrose_providers_core::Supervised;

/// What the install configuration asks for, decoded.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    /// The file provider.
    pub(crate) file: Option<Options>,
}

impl Providers {
    /// Decodes the options of every provider.
    pub(crate) fn read(loaded: &Loaded) -> Result<Self, Vec<Problem>> {
        let mut all = Self::default();
        let mut problems = Vec::new();
        for provider in &loaded.config.providers.enabled {
            match provider.name.to_ascii_lowercase().as_str() {
                FILE => match Options::decode(&provider.options, &loaded.source) {
                    Ok(options) => all.file = Some(options),
                    Err(wrong) => problems.extend(wrong),
                },
                _ => {
                    let problem = Problem::error(format!("there is no provider `{}`", provider.name));
                    let length = provider.name.chars().count();
                    problems.push(problem.at(&loaded.source, provider.mark).spanning(length));
                }
            }
        }
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }

    /// The names that qualify what they declare.
    pub(crate) fn names(&self) -> impl Iterator<Item = Arc<str>> {
        self.file.iter().map(|_| Arc::from(FILE))
    }

    /// The providers to keep running; `reload` has files read again.
    pub(crate) fn supervised(self, reload: &Reload) -> Vec<Supervised> {
        let reload = reload.clone();
        let file = self.file.map(|options| {
            let make = move || -> Box<dyn windrose_providers_core::Provider> {
                Box::new(FileProvider::new(options.clone(), reload.clone()))
            };
            Supervised::new(FILE, make)
        });
        file.into_iter().collect()
    }
}

/// The name of the file provider.
pub(crate) const FILE: &str = "file";
