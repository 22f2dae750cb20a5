//! The options under `providers.meshNode`.

use std::sync::Arc;

use serde::Deserialize;
use windrose_config::redact::FileOrContent;
use windrose_config::static_config::ClientTls;
use windrose_config::{Located, Problem, Shape, Source, Tree, decode};

/// Whom to ask, and where to keep the answer.
#[derive(Debug, Clone)]
pub struct Options {
    /// The controller, as a URL without a path.
    pub endpoint: Arc<str>,
    /// Who we are to it: a token, or a file that holds one and is read for each question; empty means nobody.
    pub token: FileOrContent,
    /// A file for the last version; empty means that none is kept.
    pub cache: Arc<str>,
    /// TLS, where the defaults do not do.
    pub tls: ClientTls,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.meshNode`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        let mut problems = Vec::new();
        let endpoint = written.endpoint.trim_end_matches('/');
        if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            let mark = if written.endpoint.mark.line == 0 { options.mark } else { written.endpoint.mark };
            let message =
                "endpoint is no URL of a controller, write one such as http://traefik-mesh-controller:9000";
            problems.push(Problem::error(message).at(source, mark));
        }
        if let Some(message) = written.tls.as_ref().and_then(ClientTls::wrong) {
            problems.push(Problem::error(message).at(source, options.mark));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            endpoint: endpoint.into(),
            token: written.token,
            cache: written.cache,
            tls: written.tls.unwrap_or_default(),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    endpoint: Located<Arc<str>>,
    token: FileOrContent,
    cache: Arc<str>,
    tls: Option<ClientTls>,
}
