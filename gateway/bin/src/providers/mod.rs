//! The providers that an install configuration asks for.
//!
//! One `match` arm for each provider there is. Options are decoded here, so that a wrong one stops the start.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::Problem;
use windrose_config::static_config::Loaded;
use windrose_provider_docker::{
    self as docker, DOCKER, DockerProvider, Heard, SWARM, SwarmOptions, SwarmProvider,
};
use windrose_provider_file::{FileProvider, Options, Reload};
use windrose_providers_core::{Provider, Supervised};

/// What the install configuration asks for, decoded.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    /// The file provider.
    pub(crate) file: Option<Options>,
    /// The containers of a Docker engine.
    pub(crate) docker: Option<docker::Options>,
    /// The services of a swarm.
    pub(crate) swarm: Option<SwarmOptions>,
}

impl Providers {
    /// Decodes the options of every provider.
    pub(crate) fn read(loaded: &Loaded) -> Result<Self, Vec<Problem>> {
        let mut all = Self::default();
        let mut problems = Vec::new();
        for provider in &loaded.config.providers.enabled {
            let (options, source) = (&provider.options, &loaded.source);
            match provider.name.to_ascii_lowercase().as_str() {
                FILE => all.file = kept(Options::decode(options, source), &mut problems),
                DOCKER => all.docker = kept(docker::Options::decode(options, source), &mut problems),
                SWARM => all.swarm = kept(SwarmOptions::decode(options, source), &mut problems),
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
        let file = self.file.is_some().then_some(FILE);
        let docker = self.docker.is_some().then_some(DOCKER);
        let swarm = self.swarm.is_some().then_some(SWARM);
        [file, docker, swarm].into_iter().flatten().map(Arc::from)
    }

    /// The providers to keep running; `reload` has files read again.
    pub(crate) fn supervised(self, reload: &Reload) -> Vec<Supervised> {
        let reload = reload.clone();
        let file = self.file.map(|options| {
            let make = move || boxed(FileProvider::new(options.clone(), reload.clone()));
            Supervised::new(FILE, make)
        });
        let docker = self.docker.map(|options| {
            let heard = Heard::default();
            Supervised::new(DOCKER, move || boxed(DockerProvider::new(options.clone(), heard.clone())))
        });
        let swarm = self.swarm.map(|options| {
            let heard = Heard::default();
            Supervised::new(SWARM, move || boxed(SwarmProvider::new(options.clone(), heard.clone())))
        });
        [file, docker, swarm].into_iter().flatten().collect()
    }
}

fn boxed(provider: impl Provider + 'static) -> Box<dyn Provider> {
    Box::new(provider)
}

/// What could be decoded; what is wrong goes to `problems`.
fn kept<T>(outcome: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    outcome.map_err(|wrong| problems.extend(wrong)).ok()
}

/// The name of the file provider.
pub(crate) const FILE: &str = "file";
