//! The DNS of a cluster: reads what there is of it, and takes the steps that `mesh/dns` says.
//!
//! Once, for `prepare` and `cleanup`; or again and again by the controller, so that what somebody reverts is mended. A
//! cluster whose DNS cannot be changed goes without the mesh's names, and is told what to do; nothing ends for it.

use crate::aggregated::SECRET;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;
use thiserror::Error;
use windrose_mesh_dns::Zone;
use windrose_mesh_dns::wiring::{self, Base, Kind, Problem, Seen, Step, Wanted, smi};
use windrose_provider_kubernetes::client::{Api, ApiError, ClientError, escaped};
use windrose_provider_kubernetes::options::Reach;

/// Why the DNS of a cluster is not as it should be.
#[derive(Debug, Error)]
pub enum WiringError {
    /// There is no way to the cluster.
    #[error("could not create client: {0}")]
    Client(#[from] ClientError),
    /// The cluster says no.
    #[error("the API server does not let DNS be configured: {0}")]
    Api(#[from] ApiError),
    /// It cannot be configured.
    #[error(transparent)]
    Problem(#[from] Problem),
}

/// What is to be prepared.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// How the cluster is reached.
    pub reach: Reach,
    /// The mesh's namespace.
    pub namespace: Arc<str>,
    /// The domain of the cluster's own names.
    pub cluster_domain: Arc<str>,
    /// Whether targets are needed.
    pub acl: bool,
    /// Whether there are names below `windrose.mesh`, too.
    pub windrose_zone: bool,
}

/// Makes the DNS of a cluster know the names of the mesh.
///
/// # Errors
///
/// It cannot be reached or changed.
pub async fn prepare(order: &Order) -> Result<(), WiringError> {
    let api = Api::new(&order.reach).await?;
    let access = if order.acl { smi::Access::Granted } else { smi::Access::Open };
    if let Err(lacking) = smi::check(&api.get("/apis").await?, access) {
        told(&lacking);
    }
    wire(&api, order).await
}

/// What a cluster without these kinds goes without.
fn told(lacking: &smi::Unsupported) {
    tracing::warn!(%lacking, "splits and targets of these kinds cannot be written until they are there");
}

/// Takes the mesh out of a cluster: its shadow services, its certificate, and what its DNS knows of it.
///
/// # Errors
///
/// The cluster cannot be reached, or says no.
pub async fn cleanup(order: &Order) -> Result<(), WiringError> {
    let api = Api::new(&order.reach).await?;
    let services = format!("/api/v1/namespaces/{}/services", escaped(&order.namespace));
    let shadows = api.list(&format!("{services}?labelSelector={}", escaped("app=maesh,type=shadow"))).await?;
    for shadow in shadows.items.unwrap_or_default() {
        if let Some(name) = shadow.pointer("/metadata/name").and_then(Value::as_str) {
            gone(api.delete(&format!("{services}/{}", escaped(name))).await)?;
        }
    }
    let secret = format!("/api/v1/namespaces/{}/secrets/{SECRET}", escaped(&order.namespace));
    match api.delete(&secret).await {
        // A chart of before does not allow it, and brought none.
        Err(error) if error.code() == 403 => {}
        outcome => gone(outcome)?,
    }
    let seen = see(&api).await?;
    take(&api, wiring::undo(&seen)).await
}

/// Looks at the DNS of a cluster, and changes what is not as ordered.
pub(crate) async fn wire(api: &Api, order: &Order) -> Result<(), WiringError> {
    let seen = see(api).await?;
    let zones = if order.windrose_zone { &Zone::ALL[..] } else { &Zone::TRAEFIK[..] };
    let mut wanted = Wanted::new(&order.namespace, &order.cluster_domain)?.with_zones(zones);
    if let Some(server) = server(api, &order.namespace).await? {
        wanted = wanted.with_server(server);
    }
    take(api, wiring::plan(&seen, &wanted)?).await
}

/// What there is of DNS.
async fn see(api: &Api) -> Result<Seen, ApiError> {
    let list = async |path: &str| Ok::<_, ApiError>(api.list(path).await?.items.unwrap_or_default());
    let operator = match api.get(OPERATOR).await {
        Ok(operator) => Some(operator),
        // Most clusters have none, and it is nobody's business.
        Err(error) if matches!(error.code(), 403 | 404) => None,
        Err(error) => return Err(error),
    };
    Ok(Seen {
        deployments: list("/apis/apps/v1/namespaces/kube-system/deployments").await?,
        daemon_sets: match list("/apis/apps/v1/namespaces/kube-system/daemonsets").await {
            Err(error) if error.code() == 403 => Vec::new(),
            other => other?,
        },
        config_maps: list("/api/v1/namespaces/kube-system/configmaps").await?,
        operator,
    })
}

/// The address of the mesh's own DNS server, where there is one.
async fn server(api: &Api, namespace: &str) -> Result<Option<SocketAddr>, ApiError> {
    let path = format!("/api/v1/namespaces/{}/services/{SERVER}", escaped(namespace));
    let service = match api.get(&path).await {
        Ok(service) => service,
        Err(error) if matches!(error.code(), 403 | 404) => return Ok(None),
        Err(error) => return Err(error),
    };
    let address = service.pointer("/spec/clusterIP").and_then(Value::as_str);
    let address: Option<IpAddr> = address.and_then(|address| address.parse().ok());
    Ok(address.map(|address| SocketAddr::new(address, 53)))
}

async fn take(api: &Api, steps: Vec<Step>) -> Result<(), WiringError> {
    for step in steps {
        match step {
            Step::Write(map) => {
                let maps = format!("/api/v1/namespaces/{}/configmaps", escaped(&map.namespace));
                match map.base {
                    Base::Missing => api.create(&maps, &map.body()).await?,
                    Base::Read(_) => {
                        api.patch(&format!("{maps}/{}", escaped(&map.name)), &map.body()).await?
                    }
                };
                tracing::info!(
                    namespace = map.namespace,
                    configMap = map.name,
                    "the cluster's DNS was configured"
                );
            }
            Step::Restart(workload) => {
                let plural = match workload.kind {
                    Kind::Deployment => "deployments",
                    Kind::DaemonSet => "daemonsets",
                };
                let (namespace, name) = (escaped(&workload.namespace), escaped(&workload.name));
                let path = format!("/apis/apps/v1/namespaces/{namespace}/{plural}/{name}");
                api.patch(&path, &workload.restart(&fresh())).await?;
            }
            Step::Operator(operator) => {
                api.patch(OPERATOR, &operator.body()).await?;
                tracing::info!("the cluster's DNS operator was configured");
            }
        }
    }
    Ok(())
}

/// A value that was not there before.
fn fresh() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("{:016x}{:016x}", RandomState::new().hash_one(0), RandomState::new().hash_one(1))
}

/// What is gone already is as it should be.
fn gone(outcome: Result<Value, ApiError>) -> Result<(), ApiError> {
    match outcome {
        Err(error) if error.code() != 404 => Err(error),
        _ => Ok(()),
    }
}

/// The object of OpenShift's DNS operator.
const OPERATOR: &str = "/apis/operator.openshift.io/v1/dnses/default";
/// The Service of the mesh's DNS server.
const SERVER: &str = "traefik-mesh-dns";
