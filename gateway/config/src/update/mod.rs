//! What a provider hands to the engine.

use std::sync::Arc;

use crate::dynamic_config::DynamicConfig;

/// The whole present configuration of one provider; it replaces the one before.
#[derive(Debug, Clone)]
pub struct Update {
    /// The provider's name: the part after `@`.
    pub provider: Arc<str>,
    /// All that it declares.
    pub config: Arc<DynamicConfig>,
}
