//! The providers as whoever starts or checks them knows them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use windrose_config::dynamic_config::ServersTransport;
use windrose_config::{Problem, Source as Written, Tree};
use windrose_providers_core::{Provider, Ready, Seen, Wishes};

use crate::objects::World;
use crate::options::{CrdOptions, IngressOptions, NginxOptions};
use crate::provider::{KubernetesProvider, Source};
use crate::watch::Watches;

/// The clusters that are looked at: providers that reach the same one in the same way share what they watch.
#[derive(Clone, Default)]
pub struct Clusters(Arc<Mutex<Vec<Arc<Watches>>>>);

/// Reads the options under `providers.kubernetesCRD`. Beside them stand the transport of services that name none, and where
/// it is said what is to be recorded.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready_crd(
    options: &Tree,
    source: &Arc<Written>,
    clusters: &Clusters,
    beside: (&ServersTransport, &Wishes),
) -> Result<Vec<Ready>, Vec<Problem>> {
    let (transport, wishes) = (beside.0.clone(), beside.1.clone());
    let options = CrdOptions { transport, wishes, ..CrdOptions::decode(options, source)? };
    Ok(vec![clusters.ready(Source::Crd(Arc::new(options)))])
}

/// Reads the options under `providers.kubernetesIngress`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready_ingress(
    options: &Tree,
    source: &Arc<Written>,
    clusters: &Clusters,
) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = IngressOptions::decode(options, source)?;
    Ok(vec![clusters.ready(Source::Ingress(Arc::new(options)))])
}

/// Reads the options under `providers.kubernetesIngressNGINX`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready_nginx(
    options: &Tree,
    source: &Arc<Written>,
    clusters: &Clusters,
) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = NginxOptions::decode(options, source)?;
    Ok(vec![clusters.ready(Source::Nginx(Arc::new(options)))])
}

impl Clusters {
    fn ready(&self, source: Source) -> Ready {
        let watches = self.watches(&source);
        let (seen, through) = (source.clone(), Arc::clone(&watches));
        let name = source.name();
        let make = move || -> Box<dyn Provider> {
            Box::new(KubernetesProvider::new(source.clone(), Arc::clone(&watches)))
        };
        Ready::new(name, make, move || async move { look(&seen, &through).await })
    }

    fn watches(&self, source: &Source) -> Arc<Watches> {
        // What is inside is valid after every statement.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = known.iter().find(|watches| watches.reach() == source.reach());
        let watches =
            same.map_or_else(|| Arc::new(Watches::new(source.reach().clone(), Vec::new())), Arc::clone);
        watches.want(source.kinds());
        if !known.iter().any(|known| Arc::ptr_eq(known, &watches)) {
            known.push(Arc::clone(&watches));
        }
        watches
    }
}

impl fmt::Debug for Clusters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clusters").finish_non_exhaustive()
    }
}

/// What the objects of a cluster come to now. A cluster that is away is a warning: it may be another machine's.
async fn look(source: &Source, watches: &Watches) -> Result<Seen, Problem> {
    let mut news = watches.subscribe();
    let heard = async {
        while !watches.is_complete() {
            if news.changed().await.is_err() {
                return;
            }
        }
    };
    let away =
        |why: String| Err(Problem::warning(format!("the objects of the cluster are not checked: {why}")));
    tokio::select! {
        driven = watches.drive() => match driven {
            Ok(never) => match never {},
            Err(error) => away(error.to_string()),
        },
        () = heard => Ok(watches.look(|world| {
            Seen::counted(source.translate(world).config, count(source, world), "routing object", "routing objects")
        })),
        () = tokio::time::sleep(PATIENCE) => away(format!("the API server does not answer within {PATIENCE:?}")),
    }
}

fn count(source: &Source, world: &World) -> usize {
    match source {
        Source::Crd(_) => {
            world.ingress_routes.iter().count()
                + world.ingress_routes_tcp.iter().count()
                + world.ingress_routes_udp.iter().count()
        }
        Source::Ingress(_) | Source::Nginx(_) => world.ingresses.iter().count(),
    }
}

/// How long a cluster may take.
const PATIENCE: Duration = Duration::from_secs(10);
