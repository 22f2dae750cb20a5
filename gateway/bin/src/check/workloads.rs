//! What containers and services declare at this moment. An engine that is away is a warning: it may be another machine's.

use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use windrose_config::{DynamicConfig, Problem};
use windrose_provider_docker::{DOCKER, EngineError, SWARM, containers_now, services_now};

use crate::providers::Providers;

/// What a provider found, and how much, in words.
type Found = Result<(DynamicConfig, String), Problem>;
/// What an engine said.
type Asked = Result<Result<(DynamicConfig, usize), EngineError>, Elapsed>;

/// Asks every engine that is configured.
pub(super) fn found(providers: &Providers) -> Vec<(&'static str, Found)> {
    let mut found = Vec::new();
    if providers.docker.is_none() && providers.swarm.is_none() {
        return found;
    }
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return found };
    runtime.block_on(async {
        if let Some(options) = &providers.docker {
            let asked = timeout(PATIENCE, containers_now(options)).await;
            found.push((DOCKER, told(asked, "container", "containers")));
        }
        if let Some(options) = &providers.swarm {
            let asked = timeout(PATIENCE, services_now(options)).await;
            found.push((SWARM, told(asked, "service of a swarm", "services of a swarm")));
        }
    });
    found
}

fn told(asked: Asked, one: &str, many: &str) -> Found {
    let why = match asked {
        Ok(Ok((config, count))) => {
            let words = if count == 1 { one } else { many };
            return Ok((config, format!("{count} {words}")));
        }
        Ok(Err(error)) => crate::chain(&error),
        Err(_) => format!("the Docker engine does not answer within {PATIENCE:?}"),
    };
    Err(Problem::warning(format!("labels of {many} are not checked: {why}")))
}

/// How long an engine may take.
const PATIENCE: Duration = Duration::from_secs(10);
