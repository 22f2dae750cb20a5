//! What the registry of providers needs to know.

use std::sync::Arc;

use windrose_config::{DynamicConfig, Problem, Source, Tree};
use windrose_providers_core::{Provider, Ready, Said, Seen, chain};

use crate::{
    DOCKER, DockerProvider, EngineError, Options, SWARM, SwarmOptions, SwarmProvider, containers_now,
    services_now,
};

/// Reads the options under `providers.docker`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, source: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let (options, said) = (Options::decode(options, source)?, Said::default());
    let look = options.clone();
    let make = move || boxed(DockerProvider::new(options.clone(), said.clone()));
    let look = || async move { seen(containers_now(&look).await, "container", "containers") };
    Ok(vec![Ready::new(DOCKER, make, look)])
}

/// Reads the options under `providers.swarm`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready_swarm(options: &Tree, source: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let (options, said) = (SwarmOptions::decode(options, source)?, Said::default());
    let look = options.clone();
    let make = move || boxed(SwarmProvider::new(options.clone(), said.clone()));
    let look = || async move { seen(services_now(&look).await, "service of a swarm", "services of a swarm") };
    Ok(vec![Ready::new(SWARM, make, look)])
}

/// An engine that is away is a warning: it may be another machine's.
fn seen(found: Result<(DynamicConfig, usize), EngineError>, one: &str, many: &str) -> Result<Seen, Problem> {
    match found {
        Ok((config, count)) => Ok(Seen::counted(config, count, one, many)),
        Err(error) => Err(Problem::warning(format!("labels of {many} are not checked: {}", chain(&error)))),
    }
}

fn boxed(provider: impl Provider + 'static) -> Box<dyn Provider> {
    Box::new(provider)
}
