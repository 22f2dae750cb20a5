//! What a cluster has of ingress-nginx, read once: for `windrose migrate`.

use serde_json::Value;
use thiserror::Error;

use crate::client::{Api, ApiError, ClientError, escaped};
use crate::objects::Kind;
use crate::options::Reach;
use crate::translate::nginx::audit::Manifests;

/// Why a cluster cannot be looked at.
#[derive(Debug, Error)]
pub enum SurveyError {
    /// There is no way to the cluster.
    #[error("there is no way to the cluster")]
    Client(#[from] ClientError),
    /// Its Ingresses cannot be read.
    #[error("the API server does not give Ingresses")]
    Api(#[from] ApiError),
}

/// What was seen.
#[derive(Debug)]
pub struct Survey {
    /// The objects.
    pub manifests: Manifests,
    /// How many there are.
    pub count: usize,
    /// The ConfigMap of the controller, as `NAMESPACE/NAME`.
    pub config_map: Option<String>,
    /// What may not be looked at, and why: nobody knows whether it is there.
    pub hidden: Vec<(&'static str, ApiError)>,
}

/// Reads the Ingresses of a namespace, or of all, and what they name.
///
/// # Errors
///
/// There is no way to the cluster, or it does not say which Ingresses it has.
pub async fn survey(reach: &Reach, namespace: Option<&str>) -> Result<Survey, SurveyError> {
    let api = Api::new(reach).await?;
    let mut seen = Survey { manifests: Manifests::whole(), count: 0, config_map: None, hidden: Vec::new() };
    seen.take(&Kind::INGRESS, listed(&api, &Kind::INGRESS, namespace).await?);
    for kind in OTHERS {
        match listed(&api, kind, namespace).await {
            Ok(objects) => {
                if kind.is(&Kind::CONFIG_MAP) {
                    seen.config_map = objects.iter().find_map(of_controller);
                }
                seen.take(kind, objects);
            }
            Err(error) => {
                seen.manifests.miss(kind.name);
                seen.hidden.push((kind.name, error));
            }
        }
    }
    Ok(seen)
}

impl Survey {
    fn take(&mut self, kind: &Kind, objects: Vec<Value>) {
        self.count += objects.len();
        for object in objects {
            self.manifests.take(kind, object);
        }
    }
}

async fn listed(api: &Api, kind: &Kind, namespace: Option<&str>) -> Result<Vec<Value>, ApiError> {
    let path = match namespace.filter(|_| kind.namespaced) {
        Some(namespace) => format!("{}/namespaces/{}/{}", kind.api, escaped(namespace), kind.plural),
        None => format!("{}/{}", kind.api, kind.plural),
    };
    api.all(&path, kind.selector).await
}

/// The name of a ConfigMap, if it is the one that charts of ingress-nginx make for the controller.
fn of_controller(object: &Value) -> Option<String> {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str);
    let (namespace, name) = (text("/metadata/namespace")?, text("/metadata/name")?);
    let is_it = name == "ingress-nginx-controller" || name.ends_with("-ingress-nginx-controller");
    is_it.then(|| format!("{namespace}/{name}"))
}

/// What Ingresses name.
const OTHERS: &[Kind] =
    &[Kind::INGRESS_CLASS, Kind::SERVICE, Kind::SLICE, Kind::SECRET, Kind::CONFIG_MAP, Kind::NAMESPACE];
