//! The ECS provider: routing from the labels of containers that Amazon's Elastic Container Service runs.
//!
//! Its API is asked from time to time: clusters, tasks, their definitions, and the machines that they run on. Every question
//! is signed. Must not know the engine.

mod answer;
mod api;
mod declare;
pub mod options;
mod source;
mod task;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::{Problem, Source, Tree};
use windrose_providers_core::{Followed, Ready};

pub use options::Options;

/// The name that qualifies what it declares.
pub const ECS: &str = "ecs";

/// Reads the options under `providers.ecs`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Source>) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Options::decode(options, place)?;
    let env: Arc<source::Env> = Arc::new(|name: &str| std::env::var(name).ok());
    let reach = Arc::new(move || source::reach(options.clone(), Arc::clone(&env)));
    Ok(vec![Followed { name: ECS.into(), things: ("container of ECS", "containers of ECS"), reach }.ready()])
}
