//! The options under `providers.consul`.

use std::sync::Arc;

use serde::Deserialize;
use windrose_config::redact::Secret;
use windrose_config::static_config::ClientTls;
use windrose_config::{Located, Mark, Problem, Shape, Source, Tree, decode};
use windrose_providers_core::kv::Endpoint;

/// Where the keys are.
#[derive(Debug, Clone)]
pub struct Options {
    /// Servers that are tried in this order.
    pub endpoints: Vec<Endpoint>,
    /// What the keys begin with.
    pub root_key: Arc<str>,
    /// Who we are.
    pub token: Secret,
    /// TLS, if it is spoken.
    pub tls: Option<ClientTls>,
    /// Namespaces (of Consul Enterprise) that are read; none means where we are.
    pub namespaces: Box<[Arc<str>]>,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.consul`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        let mut problems = Vec::new();
        let mut wrong = |message: String, mark: Mark| {
            let mark = if mark.line == 0 { options.mark } else { mark };
            problems.push(Problem::error(message).at(source, mark));
        };
        let mut endpoints = Vec::new();
        for endpoint in &written.endpoints {
            match Endpoint::parse(endpoint, ENDPOINT) {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(error) => wrong(format!("endpoints cannot be used: {error}"), endpoint.mark),
            }
        }
        if written.endpoints.is_empty() {
            wrong(format!("there is no endpoint, write one such as {ENDPOINT}"), options.mark);
        }
        if written.root_key.trim_matches('/').is_empty() {
            wrong("rootKey is empty, write what your keys begin with".to_owned(), written.root_key.mark);
        }
        if let Some(message) = written.tls.as_ref().and_then(ClientTls::wrong) {
            wrong(message.to_owned(), options.mark);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let Written { root_key, token, tls, namespaces, .. } = written;
        Ok(Self { endpoints, root_key: root_key.value, token, tls, namespaces })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    root_key: Located<Arc<str>>,
    endpoints: Box<[Located<Arc<str>>]>,
    token: Secret,
    namespaces: Box<[Arc<str>]>,
    tls: Option<ClientTls>,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            root_key: Located::from(Arc::from("traefik")),
            endpoints: Box::new([Located::from(Arc::from(ENDPOINT))]),
            token: Secret::default(),
            namespaces: Box::default(),
            tls: None,
        }
    }
}

const ENDPOINT: &str = "127.0.0.1:8500";
