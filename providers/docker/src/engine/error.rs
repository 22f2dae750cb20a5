//! Why an engine gave no answer.

use std::io;

use thiserror::Error;
use windrose_tls::ClientTlsError;

use super::limits::Limit;
use crate::options::EndpointError;

/// Why an engine gave no answer.
#[derive(Debug, Error)]
pub enum EngineError {
    /// It cannot be reached.
    #[error("cannot reach the Docker engine at {endpoint}{hint}")]
    Unreachable {
        /// Where it should be.
        endpoint: String,
        /// What to do about it.
        hint: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// `DOCKER_HOST` is none.
    #[error("DOCKER_HOST cannot be used")]
    Endpoint(#[from] EndpointError),
    /// TLS settings.
    #[error("the TLS settings for the Docker engine cannot be used")]
    Tls(#[from] ClientTlsError),
    /// The connection broke.
    #[error("the connection to the Docker engine broke{0}")]
    Broken(String, #[source] io::Error),
    /// It ended before the answer did.
    #[error("the Docker engine ended the connection before its answer{0}")]
    Ended(String),
    /// It does not speak HTTP.
    #[error("the answer of the Docker engine is no HTTP/1.1")]
    Malformed,
    /// It says that something is wrong.
    #[error("the Docker engine answers {path} with {status}: {message}")]
    Refused {
        /// What was asked for.
        path: String,
        /// The status of the answer.
        status: u16,
        /// What the engine says.
        message: String,
    },
    /// The answer is not what was asked for.
    #[error("the answer of the Docker engine to {0} cannot be read")]
    Json(String, #[source] serde_json::Error),
    /// The answer took too long.
    #[error("the Docker engine did not answer {0} within {limit:?}{1}", limit = .1.time)]
    Slow(String, Limit),
    /// It answers about too few of its containers.
    #[error("the Docker engine did not say in time what more than {0} of its containers are")]
    Stuck(usize),
    /// The answer is too long.
    #[error("the answer of the Docker engine to {0} is too long")]
    TooLong(String),
}

impl EngineError {
    /// Whether what was asked for is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}
