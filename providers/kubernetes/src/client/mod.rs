//! How the API server is reached: from inside a cluster, with a kubeconfig, or as the options say.
//!
//! Owns [`Api`]: the few questions that are asked. Must not know what the answers mean.

mod requests;

use std::path::Path;
use std::sync::Arc;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::options::Reach;

pub use requests::{Api, ApiError, Event, List, escaped};

/// Why there is no way to the API server.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing says where it is.
    #[error("nothing says where the API server is; write endpoint, set KUBECONFIG, or run in a cluster")]
    NoEndpoint,
    /// The endpoint is no URL.
    #[error("endpoint {0:?} is no URL, write for example https://kubernetes.example.com:6443")]
    Endpoint(Arc<str>),
    /// The ServiceAccount of the pod cannot be read.
    #[error("the ServiceAccount of this pod cannot be read: {0}")]
    InCluster(#[source] kube::config::InClusterError),
    /// The kubeconfig cannot be used.
    #[error("the kubeconfig cannot be used: {0}")]
    Kubeconfig(#[source] kube::config::KubeconfigError),
    /// The file of authorities cannot be read.
    #[error("certAuthFilePath {0} cannot be read: {1}")]
    Authorities(Arc<str>, #[source] std::io::Error),
    /// The parts do not fit together.
    #[error("no client can be made: {0}")]
    Client(#[source] kube::Error),
}

impl Api {
    /// A client as options and surroundings say; nothing is asked yet. traefik: the same order.
    ///
    /// # Errors
    ///
    /// They say something odd, or nothing.
    pub async fn new(reach: &Reach) -> Result<Self, ClientError> {
        let config = configure(reach).await?;
        let namespace = config.default_namespace.clone().into();
        let client = Client::try_from(config).map_err(ClientError::Client)?;
        Ok(Self::with(client, namespace))
    }
}

async fn configure(reach: &Reach) -> Result<Config, ClientError> {
    let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    if is_set("KUBERNETES_SERVICE_HOST") && is_set("KUBERNETES_SERVICE_PORT") {
        let mut config = Config::incluster().map_err(ClientError::InCluster)?;
        if !reach.endpoint.is_empty() {
            config.cluster_url = endpoint(&reach.endpoint)?;
        }
        return Ok(config);
    }
    if !reach.kubeconfig.is_empty() {
        let mut config = with_file(&reach.kubeconfig).await?;
        if !reach.endpoint.is_empty() {
            config.cluster_url = endpoint(&reach.endpoint)?;
        }
        return Ok(config);
    }
    if let Some(path) = std::env::var("KUBECONFIG").ok().filter(|path| !path.is_empty()) {
        return with_file(&path).await;
    }
    if reach.endpoint.is_empty() {
        return Err(ClientError::NoEndpoint);
    }
    let mut config = Config::new(endpoint(&reach.endpoint)?);
    let token = reach.token.as_written();
    // A file is read again while it is used, so a token may be replaced.
    if !token.is_empty() && !token.contains('\n') && Path::new(&**token).is_file() {
        config.auth_info.token_file = Some(token.to_string());
    } else if !token.is_empty() {
        config.auth_info.token = Some(token.trim().to_owned().into());
    }
    if !reach.ca_file.is_empty() {
        let readable = std::fs::metadata(&*reach.ca_file);
        readable.map_err(|error| ClientError::Authorities(Arc::clone(&reach.ca_file), error))?;
        config.root_cert_file = Some((&*reach.ca_file).into());
    }
    Ok(config)
}

async fn with_file(path: &str) -> Result<Config, ClientError> {
    let file = Kubeconfig::read_from(path).map_err(ClientError::Kubeconfig)?;
    let options = KubeConfigOptions::default();
    Config::from_custom_kubeconfig(file, &options).await.map_err(ClientError::Kubeconfig)
}

fn endpoint(written: &Arc<str>) -> Result<http::Uri, ClientError> {
    let url: Option<http::Uri> = written.parse().ok();
    let is_url = |url: &http::Uri| matches!(url.scheme_str(), Some("http" | "https"));
    url.filter(is_url).ok_or_else(|| ClientError::Endpoint(Arc::clone(written)))
}
