//! The REST provider: whoever may ask `rest@internal` says what the routing is, in JSON of the form of a routing file.
//!
//! What it was told lives in memory only, and is replaced as a whole. Must not know the engine: the service that takes
//! requests hands their bodies to the [`Inlet`].

mod inlet;
pub mod options;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::{DynamicConfig, Problem, Source, Tree};
use windrose_providers_core::{BoxFuture, Provider, ProviderError, Ready, Seen, Stop, Updates};

pub use inlet::Inlet;
pub use options::Options;

/// The name that qualifies what it declares.
pub const REST: &str = "rest";

/// Reads the options under `providers.rest`; what `inlet` is given is published.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, source: &Arc<Source>, inlet: &Inlet) -> Result<Vec<Ready>, Vec<Problem>> {
    Options::decode(options, source)?;
    let inlet = inlet.clone();
    let make = move || -> Box<dyn Provider> { Box::new(RestProvider { inlet: inlet.clone() }) };
    // What nobody has said yet cannot be checked.
    let look = || async {
        Ok(Seen {
            config: DynamicConfig::default(),
            words: "what is sent to rest@internal, as of now nothing".to_owned(),
        })
    };
    Ok(vec![Ready::new(REST, make, look)])
}

/// Publishes what the inlet is given.
struct RestProvider {
    inlet: Inlet,
}

impl Provider for RestProvider {
    fn name(&self) -> &str {
        REST
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            // Nobody has to wait for what may never be sent.
            out.publish(DynamicConfig::default());
            self.inlet.open(out);
            stop.requested().await;
            self.inlet.close();
            Ok(())
        })
    }
}
