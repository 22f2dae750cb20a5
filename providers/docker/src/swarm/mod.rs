//! Services of a swarm: read whole, from time to time.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use windrose_config::DynamicConfig;
use windrose_providers_core::{BoxFuture, Provider, ProviderError, Said, Stop, Updates};

use crate::SWARM;
use crate::engine::api::{Network, Service, Task};
use crate::engine::{Engine, EngineError, Question};
use crate::options::SwarmOptions;

pub(crate) use read::Swarm;

/// Looks at the services of a swarm.
#[derive(Debug)]
pub struct SwarmProvider {
    options: SwarmOptions,
    said: Said,
}

impl SwarmProvider {
    /// A provider with these options; all its runs share `said`.
    #[must_use]
    pub fn new(options: SwarmOptions, said: Said) -> Self {
        Self { options, said }
    }
}

impl Provider for SwarmProvider {
    fn name(&self) -> &str {
        SWARM
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            let outcome = tokio::select! {
                outcome = self.follow(&out) => outcome,
                () = stop.requested() => return Ok(()),
            };
            self.said.say_something(&out);
            outcome.map_err(ProviderError::later)
        })
    }
}

impl SwarmProvider {
    async fn follow(&self, out: &Updates) -> Result<(), EngineError> {
        let mut engine = Engine::reach(&self.options.engine).await?;
        loop {
            let (config, services) = look(&mut engine, &self.options).await?;
            tracing::debug!(provider = SWARM, services, "services read");
            self.said.publish(out, config);
            let Some(wait) = self.options.refresh.and_then(|refresh| refresh.to_std()) else { return Ok(()) };
            tokio::time::sleep(wait).await;
        }
    }
}

/// What the services declare that run now, and how many there are.
///
/// # Errors
///
/// The engine cannot be reached, is no manager of a swarm, or says something odd.
pub async fn services_now(options: &SwarmOptions) -> Result<(DynamicConfig, usize), EngineError> {
    let mut engine = Engine::reach(&options.engine).await?;
    look(&mut engine, options).await
}

async fn look(engine: &mut Engine, options: &SwarmOptions) -> Result<(DynamicConfig, usize), EngineError> {
    let services: Vec<Service> = engine.get(Question::new("/services")).await?;
    let running = Question::new("/tasks").with("filters", r#"{"desired-state":["running"]}"#);
    let tasks: Vec<Task> = engine.get(running).await?;
    let of_swarm = Question::new("/networks").with("filters", r#"{"scope":["swarm"]}"#);
    let networks: Vec<Network> = engine.get(of_swarm).await?;
    let networks: BTreeMap<String, String> =
        networks.into_iter().map(|network| (network.id, network.name)).collect();
    let count = services.len();
    Ok((Swarm { services, tasks, networks }.declare(&options.choice), count))
}
