//! What containers and services declare at this moment. An engine that is away is a warning: it may be another machine's.

use tokio::runtime::Builder;
use windrose_config::{DynamicConfig, Problem};
use windrose_provider_docker::{DOCKER, EngineError, SWARM, containers_now, services_now};

use crate::providers::Providers;

/// What a provider found, and how much, in words.
type Found = Result<(DynamicConfig, String), Problem>;

/// Asks every engine that is configured.
pub(super) fn found(providers: &Providers) -> Vec<(&'static str, Found)> {
    let mut found = Vec::new();
    if providers.docker.is_none() && providers.swarm.is_none() {
        return found;
    }
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return found };
    runtime.block_on(async {
        if let Some(options) = &providers.docker {
            found.push((DOCKER, told(containers_now(options).await, "container", "containers")));
        }
        if let Some(options) = &providers.swarm {
            found.push((
                SWARM,
                told(services_now(options).await, "service of a swarm", "services of a swarm"),
            ));
        }
    });
    found
}

fn told(outcome: Result<(DynamicConfig, usize), EngineError>, one: &str, many: &str) -> Found {
    match outcome {
        Ok((config, count)) => {
            let words = if count == 1 { one } else { many };
            Ok((config, format!("{count} {words}")))
        }
        Err(error) => {
            let text = crate::chain(&error);
            Err(Problem::warning(format!("labels of {many} are not checked: {text}")))
        }
    }
}
