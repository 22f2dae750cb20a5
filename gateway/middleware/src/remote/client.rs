//! How others are asked: the option `clientConfig`.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::callee::Dial;
use crate::http::forward_auth::ClientTls;
use crate::http::forward_auth::options::transport;
use crate::kind::{BuildContext, BuildError};

/// How others are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientConfig {
    /// How they are reached by TLS.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTls>,
    /// How long an answer may take, in seconds.
    pub timeout_seconds: u32,
    /// How often asking is repeated that failed.
    pub max_retries: u32,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self { tls: None, timeout_seconds: 5, max_retries: 3 }
    }
}

/// A compiled [`ClientConfig`].
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) dial: Arc<dyn Dial>,
    pub(crate) timeout: Duration,
    pub(crate) retries: u32,
}

impl Client {
    /// # Errors
    /// The options of TLS cannot be used, or no time is left for an answer.
    pub(crate) fn new(config: &ClientConfig, cx: &BuildContext<'_>) -> Result<Self, BuildError> {
        let transport = config.tls.as_ref().map(transport).transpose()?.unwrap_or_default();
        if config.tls.as_ref().is_some_and(|tls| tls.ca_optional) {
            cx.warn(BuildError::new("caOptional is deprecated and has no effect, remove it"));
        }
        if !(1..=LONGEST).contains(&config.timeout_seconds) {
            let message = format!("clientConfig.timeoutSeconds is a number from 1 to {LONGEST}");
            return Err(BuildError::new(message));
        }
        Ok(Self {
            dial: cx.resolve.dial(&transport)?,
            timeout: Duration::from_secs(config.timeout_seconds.into()),
            retries: config.max_retries.min(MOST),
        })
    }
}

/// Longer no request waits.
const LONGEST: u32 = 60;
/// More retries are more of the same.
const MOST: u32 = 10;
