//! The task: drive the watches, make the mesh after every change, keep the shadow services, show the outcome.
//!
//! Of several controllers one writes: the holder of a Lease. All show; since the ports of shadow services are read from
//! the cluster, all show the same.

mod dns;
mod metrics;
mod shadows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use windrose_config::Severity;
use windrose_mesh_topology::{Facts, Mesh, Object, Ports, Problem, SUBJECTS};
use windrose_mesh_traffic::{Directory, Own};
use windrose_provider_kubernetes::Recorder;
use windrose_provider_kubernetes::lease::Lease;
use windrose_provider_kubernetes::translate::{Subject, Verdict};
use windrose_provider_kubernetes::watch::{Unseen, Watches};
use windrose_providers_core::{Backoff, BoxFuture, Provider, ProviderError, Stop, Updates};

use crate::MESH_CONTROLLER;
use crate::cluster::{self, Cluster};
use crate::options::{Options, Secrets};
use crate::shown::{Audience, Fresh, Node, Shown};
use crate::view::{self, Row, Sight};

/// Makes a mesh of a cluster.
pub(crate) struct Controller {
    options: Arc<Options>,
    watches: Arc<Watches<Cluster>>,
    shown: Shown,
    /// Whether we are the one who writes.
    leading: watch::Sender<bool>,
}

/// What is made at one time.
struct Made {
    fresh: Fresh,
    shadows: shadows::Plan,
    verdicts: Vec<Verdict>,
    /// Whom figures are about.
    directory: Directory,
}

impl Controller {
    pub(crate) fn new(options: Arc<Options>, watches: Arc<Watches<Cluster>>, shown: Shown) -> Self {
        Self { options, watches, shown, leading: watch::Sender::new(false) }
    }
}

impl Provider for Controller {
    fn name(&self) -> &str {
        MESH_CONTROLLER
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            out.publish(metrics::own_routing(&self.options, None));
            if self.options.metrics_entry_point.is_some() {
                self.shown.figures().keep();
            }
            self.shown.set_over(false);
            let outcome = tokio::select! {
                driven = self.watches.drive() => match driven {
                    Ok(never) => match never {},
                    Err(error) => Err(ProviderError::later(error)),
                },
                () = self.keep() => Ok(()),
                () = self.lead() => Ok(()),
                () = self.watches.tell_outages(&out) => Ok(()),
                () = self.tell_outages() => Ok(()),
                () = self.keep_dns() => Ok(()),
                () = self.keep_metrics(&out) => Ok(()),
                () = stop.requested() => Ok(()),
            };
            // Nodes that wait for something new ask the next one.
            self.shown.set_over(true);
            outcome
        })
    }
}

impl Controller {
    /// Makes the mesh after every change, for ever.
    async fn keep(&self) {
        let mut news = self.watches.subscribe();
        let mut leading = self.leading.subscribe();
        let mut recorder = Recorder::default();
        let mut retry = Backoff::new(FIRST, LONGEST);
        loop {
            news.mark_unchanged();
            let is_leader = *leading.borrow_and_update();
            let started = Instant::now();
            let mut wait = None;
            if self.watches.is_complete() {
                let unseen = self.watches.unseen();
                match self.watches.look(|cluster| self.make(cluster, &unseen)) {
                    Ok(made) => wait = self.show(made, is_leader, &mut recorder, &mut retry).await,
                    Err(error) => {
                        tracing::error!(%error, "the mesh cannot be written down, it stays as it was")
                    }
                }
            }
            // Under a storm of changes at most a fifth of the time is spent here.
            let took = started.elapsed();
            let throttle = self.options.throttle.max((took * 4).min(LONGEST));
            tokio::time::sleep(throttle.saturating_sub(took)).await;
            let again = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = news.changed() => if changed.is_err() {
                    return std::future::pending().await;
                },
                _ = leading.changed() => {}
                () = again => {}
            }
        }
    }

    /// Shows what was made, and writes it where we are the one who does; how long to wait where that failed.
    async fn show(
        &self,
        made: Made,
        is_leader: bool,
        recorder: &mut Recorder,
        retry: &mut Backoff,
    ) -> Option<Duration> {
        // Who is a node is known before there is something for nodes.
        self.shown.figures().know(made.directory);
        self.shown.show(made.fresh);
        let Some(api) = self.watches.api().filter(|_| is_leader) else {
            // Whoever writes now says how it goes.
            self.shown.trouble(SHADOWS, None);
            return None;
        };
        let written = shadows::apply(api, &self.options.settings.mesh_namespace, made.shadows).await;
        recorder.record(api, made.verdicts).await;
        match written {
            Ok(()) => {
                self.shown.trouble(SHADOWS, None);
                *retry = Backoff::new(FIRST, LONGEST);
                None
            }
            Err(error) => {
                self.shown.trouble(
                    SHADOWS,
                    Some(format!("the shadow services are not all as they should be: {error}")),
                );
                tracing::warn!(%error, "the shadow services are not all as they should be; tried again");
                Some(retry.next(Duration::ZERO))
            }
        }
    }

    /// Shows whether the API server can be reached, for ever.
    async fn tell_outages(&self) {
        let mut outages = self.watches.outages();
        loop {
            let why = outages.borrow_and_update().as_ref().map(|why| {
                format!("the API server cannot be reached, what it said last stays in force: {why}")
            });
            self.shown.trouble(OUTAGE, why);
            if outages.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Takes or keeps the right to write, whatever else takes its time.
    async fn lead(&self) {
        let mut lease = Lease::new(LEASE, HELD);
        let mut news = self.watches.subscribe();
        let mut renew = tokio::time::interval(RENEW);
        loop {
            renew.tick().await;
            while !self.watches.is_complete() {
                if news.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
            let is_leader = match self.watches.api() {
                Some(api) => lease.hold(api, &self.options.settings.mesh_namespace).await,
                None => false,
            };
            self.leading.send_if_modified(|was| std::mem::replace(was, is_leader) != is_leader);
        }
    }

    /// What the cluster comes to, and what there is to say of kinds that nothing is seen of. Nothing is read or
    /// written.
    fn make(&self, cluster: &Cluster, unseen: &[Unseen]) -> Result<Made, serde_json::Error> {
        let (settings, facts) = (&self.options.settings, cluster.facts());
        let there = cluster.shadows(&settings.mesh_namespace);
        let mut ports = Ports::restore(there.map(|(_, written)| written), settings);
        ports.settle(&facts, settings);
        let Mesh { topology, configuration, subjects, shadows, problems } =
            Mesh::build(&facts, &ports, settings);
        let mut routing = serde_json::to_value(&configuration)?;
        if let Some(parts) = routing.as_object_mut() {
            parts.insert(SUBJECTS.to_owned(), serde_json::to_value(&subjects)?);
        }
        let mut rows = view::unseen(&cluster::of_smi(), unseen, settings);
        rows.extend(problems.iter().map(Row::from));
        let own = Own { namespace: &settings.mesh_namespace, nodes: COMPONENT, controllers: CONTROLLER };
        Ok(Made {
            directory: Directory::new(&facts, &topology, own),
            shadows: shadows::plan(cluster, &shadows, settings),
            verdicts: problems.into_iter().map(|problem| verdict(problem, cluster)).collect(),
            fresh: Fresh {
                hidden: configuration.hidden(),
                nodes: nodes(&facts, &settings.mesh_namespace),
                topology: serde_json::to_value(&topology)?,
                routing,
                audience: match self.options.secrets {
                    Secrets::Read => Audience::Nodes,
                    Secrets::Unread => Audience::Everybody,
                },
                sight: Arc::new(Sight {
                    settings: settings.clone(),
                    splits: Sight::splits(&subjects),
                    facts,
                    topology,
                    shadows,
                    problems: rows,
                }),
            },
        })
    }
}

/// The node proxies of the mesh.
fn nodes(facts: &Facts, namespace: &str) -> Vec<Node> {
    let of_ours =
        facts.pods.iter().filter(|((of, _), pod)| &**of == namespace && &*pod.component == COMPONENT);
    of_ours
        .map(|((_, name), pod)| Node { name: Arc::clone(name), ip: Arc::clone(&pod.ip), ready: pod.is_ready })
        .collect()
}

fn verdict(problem: Problem, cluster: &Cluster) -> Verdict {
    let Object { kind, key } = problem.object;
    let kind = kind.text();
    let uid = cluster.uid(kind, &key.namespace, &key.name);
    Verdict {
        subject: Subject { kind, namespace: key.namespace, name: key.name, uid, is_old_group: false },
        severity: Severity::Error,
        field: "mesh".to_owned(),
        message: problem.message,
    }
}

/// What node proxies are labelled with.
const COMPONENT: &str = "maesh-mesh";
/// What controllers are labelled with.
const CONTROLLER: &str = "controller";
/// The Lease, how long a hold lasts that is not renewed, and how often it is.
const LEASE: &str = "windrose-mesh-controller";
const HELD: Duration = Duration::from_secs(6);
const RENEW: Duration = Duration::from_secs(2);
/// What can be wrong with the mesh itself.
const SHADOWS: &str = "shadow services";
const OUTAGE: &str = "api server";
/// The pauses after writing failed.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);
