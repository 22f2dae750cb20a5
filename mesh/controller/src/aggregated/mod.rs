//! What makes this controller a server behind the API server: a certificate that it believes, and knowing it.
//!
//! One certificate serves all controllers; it stands in a Secret, which the leader makes and makes anew in time. The
//! leader also tells the API server which authority to believe, in the APIServices that the chart brings. Whom to believe
//! is in a ConfigMap that every API server with aggregation keeps.

mod issued;

use data_encoding::BASE64;
use serde_json::{Value, json};
use thiserror::Error;
use windrose_provider_kubernetes::client::{Api, ApiError, escaped};
use windrose_tls::{ClientAuthError, ClientAuthorities};

use crate::figures::Front;
use issued::IssueError;
pub(crate) use issued::Issued;

/// Why nobody is answered through the API server.
#[derive(Debug, Error)]
pub(crate) enum AggregatedError {
    #[error("the Secret {SECRET} of the certificate cannot be read or written")]
    Secret(#[source] ApiError),
    #[error(transparent)]
    Issue(#[from] IssueError),
    #[error("there is no usable certificate in the Secret {SECRET} yet")]
    NoCertificate,
    #[error(
        "the ConfigMap {FRONT} of kube-system cannot be read; the ServiceAccount needs the Role {FRONT}-reader"
    )]
    Front(#[source] ApiError),
    #[error("this API server hands nothing on: it has no option --requestheader-client-ca-file")]
    NoFront,
    #[error("what the API server says of itself cannot be used")]
    Authorities(#[from] ClientAuthError),
    #[error("the APIService {0} is not there, or cannot be changed")]
    ApiService(String, #[source] ApiError),
}

/// Whether we are the one who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Leader,
    Follower,
}

/// The certificate that is in force, made by the leader where there is none.
pub(crate) async fn certificate(api: &Api, namespace: &str, part: Part) -> Result<Issued, AggregatedError> {
    let secrets = format!("/api/v1/namespaces/{}/secrets", escaped(namespace));
    let path = format!("{secrets}/{SECRET}");
    let host = format!("{SERVICE}.{namespace}.svc");
    let there = match api.get(&path).await {
        Ok(secret) => Some(secret),
        Err(error) if error.code() == 404 => None,
        Err(error) => return Err(AggregatedError::Secret(error)),
    };
    let known = there.as_ref().and_then(|secret| {
        let part = |name: &str| {
            let text = secret["data"][name].as_str()?;
            String::from_utf8(BASE64.decode(text.as_bytes()).ok()?).ok()
        };
        Some(Issued { chain: part("tls.crt")?, key: part("tls.key")?, authorities: part("ca.crt")? })
    });
    if let Some(known) = known.as_ref().filter(|known| part == Part::Follower || known.is_fresh(&host)) {
        // A follower takes what is there as long as it can be used at all.
        return known.is_usable().then(|| known.clone()).ok_or(AggregatedError::NoCertificate);
    }
    if part == Part::Follower {
        return Err(AggregatedError::NoCertificate);
    }
    // The authority of before is believed for as long as its certificate may be in use.
    let before = known.filter(Issued::is_usable).map(|known| known.authorities);
    let issued = Issued::new(&host, before.as_deref())?;
    let text = |text: &str| BASE64.encode(text.as_bytes());
    let data = json!({
        "tls.crt": text(&issued.chain), "tls.key": text(&issued.key), "ca.crt": text(&issued.authorities),
    });
    let written = match there {
        Some(_) => api.patch(&path, &json!({"data": data})).await,
        None => {
            let secret = json!({
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                "metadata": {"name": SECRET, "namespace": namespace, "labels": {"app": "maesh"}},
                "data": data,
            });
            api.create(&secrets, &secret).await
        }
    };
    written.map_err(AggregatedError::Secret)?;
    tracing::info!(secret = SECRET, "the certificate of the API of figures was made");
    Ok(issued)
}

/// Who hands questions on.
pub(crate) async fn front(api: &Api) -> Result<Front, AggregatedError> {
    let path = format!("/api/v1/namespaces/kube-system/configmaps/{FRONT}");
    let map = api.get(&path).await.map_err(AggregatedError::Front)?;
    let text = |name: &str| map["data"][name].as_str().unwrap_or_default();
    let authorities = text("requestheader-client-ca-file");
    if authorities.trim().is_empty() {
        return Err(AggregatedError::NoFront);
    }
    // Names that cannot be read must not become none, for then all would do.
    let names = match text("requestheader-allowed-names") {
        "" => Vec::new(),
        list => serde_json::from_str(list).map_err(|_| AggregatedError::NoFront)?,
    };
    Ok(Front { authorities: ClientAuthorities::new(authorities)?, names })
}

/// Tells the API server whom to believe.
pub(crate) async fn announce(api: &Api, issued: &Issued) -> Result<(), AggregatedError> {
    let bundle = BASE64.encode(issued.authorities.as_bytes());
    for version in ["v1alpha1", "v1alpha2"] {
        let name = format!("{version}.metrics.smi-spec.io");
        let path = format!("/apis/apiregistration.k8s.io/v1/apiservices/{name}");
        let wrong = |error| AggregatedError::ApiService(name.clone(), error);
        let there = api.get(&path).await.map_err(wrong)?;
        if there.pointer("/spec/caBundle").and_then(Value::as_str) != Some(&*bundle) {
            api.patch(&path, &json!({"spec": {"caBundle": bundle}})).await.map_err(wrong)?;
        }
    }
    Ok(())
}

/// The Secret of the certificate.
pub(crate) const SECRET: &str = "traefik-mesh-metrics-api";
/// The Service that leads here.
const SERVICE: &str = "traefik-mesh-controller";
/// Where an API server says how it shows itself, in `kube-system`.
const FRONT: &str = "extension-apiserver-authentication";
