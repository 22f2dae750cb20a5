//! The task: drive the watches, make the mesh after every change, keep the shadow services, show the outcome.
//!
//! Of several controllers one writes: the holder of a Lease. All show; since the ports of shadow services are read from
//! the cluster, all show the same.

mod shadows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Severity, Source};
use windrose_mesh_topology::Problem;
use windrose_mesh_topology::facts::Facts;
use windrose_mesh_topology::mesh::{self, Mesh};
use windrose_provider_kubernetes::Recorder;
use windrose_provider_kubernetes::client::Api;
use windrose_provider_kubernetes::lease::Lease;
use windrose_provider_kubernetes::translate::{Subject, Verdict};
use windrose_provider_kubernetes::watch::Watches;
use windrose_providers_core::{BoxFuture, Provider, ProviderError, Stop, Updates};

use crate::MESH_CONTROLLER;
use crate::cluster::Cluster;
use crate::options::Options;
use crate::shown::{Node, Shown};

/// Makes a mesh of a cluster.
pub(crate) struct Controller {
    options: Arc<Options>,
    watches: Arc<Watches<Cluster>>,
    shown: Shown,
}

/// What is made at one time.
struct Made {
    routing: serde_json::Value,
    topology: serde_json::Value,
    nodes: Vec<Node>,
    shadows: shadows::Plan,
    problems: Vec<Problem>,
}

impl Controller {
    pub(crate) const fn new(options: Arc<Options>, watches: Arc<Watches<Cluster>>, shown: Shown) -> Self {
        Self { options, watches, shown }
    }
}

impl Provider for Controller {
    fn name(&self) -> &str {
        MESH_CONTROLLER
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            out.publish(own_routing(&self.options.entry_point));
            self.shown.set_over(false);
            let outcome = tokio::select! {
                driven = self.watches.drive() => match driven {
                    Ok(never) => match never {},
                    Err(error) => Err(ProviderError::later(error)),
                },
                () = self.keep() => Ok(()),
                () = self.tell_outages(&out) => Ok(()),
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
        let mut renew = tokio::time::interval(RENEW);
        let mut lease = Lease::new(LEASE, HELD);
        let (mut is_new, mut is_leader, mut is_stale, mut retry) = (true, false, true, FIRST);
        let mut recorder = Recorder::default();
        loop {
            if is_stale && self.watches.is_complete() {
                news.mark_unchanged();
                if std::mem::take(&mut is_new) {
                    is_leader = self.leads(&mut lease).await;
                }
                let started = Instant::now();
                let made = self.watches.look(|cluster| self.make(&cluster.facts()));
                self.shown.show(made.routing, &made.topology, made.nodes);
                is_stale = false;
                if let Some(api) = self.watches.api().filter(|_| is_leader) {
                    let namespace = &self.options.settings.namespace;
                    match shadows::apply(api, namespace, made.shadows).await {
                        Ok(()) => retry = FIRST,
                        Err(error) => {
                            tracing::warn!(%error, "the shadow services are not all as they should be; tried again");
                            is_stale = true;
                            tokio::time::sleep(retry).await;
                            retry = (retry * 2).min(LONGEST);
                        }
                    }
                    recorder.record(api, verdicts(made.problems)).await;
                }
                let took = started.elapsed();
                // Under a storm of changes at most a fifth of the time is spent here.
                let throttle = self.options.throttle.max((took * 4).min(LONGEST));
                tokio::time::sleep(throttle.saturating_sub(took)).await;
            }
            tokio::select! {
                _ = renew.tick() => {
                    let was_leader = is_leader;
                    is_leader = self.leads(&mut lease).await;
                    is_stale |= is_leader && !was_leader;
                }
                changed = news.changed() => {
                    if changed.is_err() {
                        return std::future::pending().await;
                    }
                    is_stale = true;
                }
            }
        }
    }

    async fn leads(&self, lease: &mut Lease) -> bool {
        let api: Option<&Api> = self.watches.api().filter(|_| self.watches.is_complete());
        match api {
            Some(api) => lease.hold(api, &self.options.settings.namespace).await,
            None => false,
        }
    }

    /// What the facts come to. Nothing is read or written.
    fn make(&self, facts: &Facts) -> Made {
        let settings = &self.options.settings;
        let Mesh { topology, routing, shadows, problems } = mesh::build(facts, settings);
        let nodes = nodes(facts, &settings.namespace);
        Made { shadows: shadows::plan(facts, shadows, settings), nodes, problems, topology, routing }
    }

    /// Passes on whether the server can be reached.
    async fn tell_outages(&self, out: &Updates) {
        let mut outages = self.watches.outages();
        while outages.changed().await.is_ok() {
            match &*outages.borrow_and_update() {
                Some(why) => out.failed(&**why),
                None => out.reached(),
            }
        }
        std::future::pending().await
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

fn verdicts(problems: Vec<Problem>) -> Vec<Verdict> {
    let verdict = |problem: Problem| Verdict {
        subject: Subject {
            kind: problem.kind,
            namespace: problem.namespace,
            name: problem.name,
            uid: problem.uid,
        },
        severity: Severity::Error,
        field: "mesh".to_owned(),
        message: problem.message,
    };
    problems.into_iter().map(verdict).collect()
}

/// The way to the controller's own service.
fn own_routing(entry_point: &str) -> DynamicConfig {
    let routing = json!({"http": {"routers": {"mesh": {
        "entryPoints": [entry_point], "rule": "PathPrefix(`/api/`)", "service": "mesh@internal",
    }}}});
    let place = Source::other("the controller of the mesh");
    let tree = parse(Format::Json, &routing.to_string(), &place);
    tree.map_or_else(|_| DynamicConfig::default(), |tree| DynamicConfig::decode(tree, &place, DYNAMIC))
}

/// What node proxies are labelled with.
const COMPONENT: &str = "maesh-mesh";
/// The Lease, how long a hold lasts that is not renewed, and how often it is.
const LEASE: &str = "windrose-mesh-controller";
const HELD: Duration = Duration::from_secs(6);
const RENEW: Duration = Duration::from_secs(2);
/// The pauses after writing failed.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);
