//! The task: drive the watches, make the mesh after every change, keep the shadow services, show the outcome.
//!
//! Of several controllers one writes: the holder of a Lease. All show; since the ports of shadow services are read from
//! the cluster, all show the same.

mod shadows;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use serde_json::json;
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Severity, Source};
use windrose_mesh_topology::{Facts, Mesh, Object, Ports, Problem, shadow};
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
use crate::wiring;

/// Makes a mesh of a cluster.
pub(crate) struct Controller {
    options: Arc<Options>,
    watches: Arc<Watches<Cluster>>,
    shown: Shown,
    /// Whether we are the one who writes.
    is_leader: AtomicBool,
}

/// What is made at one time.
struct Made {
    routing: serde_json::Value,
    topology: serde_json::Value,
    nodes: Vec<Node>,
    shadows: shadows::Plan,
    verdicts: Vec<Verdict>,
}

impl Controller {
    pub(crate) fn new(options: Arc<Options>, watches: Arc<Watches<Cluster>>, shown: Shown) -> Self {
        Self { options, watches, shown, is_leader: AtomicBool::new(false) }
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
                () = self.keep_dns() => Ok(()),
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
        let (mut is_new, mut is_stale, mut retry) = (true, true, FIRST);
        let mut recorder = Recorder::default();
        loop {
            if is_stale && self.watches.is_complete() {
                news.mark_unchanged();
                if std::mem::take(&mut is_new) {
                    self.lead(&mut lease).await;
                }
                let started = Instant::now();
                let made = self.watches.look(|cluster| self.make(cluster));
                self.shown.show(made.routing, &made.topology, made.nodes);
                is_stale = false;
                if let Some(api) = self.watches.api().filter(|_| self.is_leader.load(Relaxed)) {
                    let namespace = &self.options.settings.mesh_namespace;
                    match shadows::apply(api, namespace, made.shadows).await {
                        Ok(()) => retry = FIRST,
                        Err(error) => {
                            tracing::warn!(%error, "the shadow services are not all as they should be; tried again");
                            is_stale = true;
                            tokio::time::sleep(retry).await;
                            retry = (retry * 2).min(LONGEST);
                        }
                    }
                    recorder.record(api, made.verdicts).await;
                }
                let took = started.elapsed();
                // Under a storm of changes at most a fifth of the time is spent here.
                let throttle = self.options.throttle.max((took * 4).min(LONGEST));
                tokio::time::sleep(throttle.saturating_sub(took)).await;
            }
            tokio::select! {
                _ = renew.tick() => {
                    let was_leader = self.is_leader.load(Relaxed);
                    self.lead(&mut lease).await;
                    is_stale |= self.is_leader.load(Relaxed) && !was_leader;
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

    /// Takes or keeps the right to write.
    async fn lead(&self, lease: &mut Lease) {
        let api: Option<&Api> = self.watches.api().filter(|_| self.watches.is_complete());
        let is_leader = match api {
            Some(api) => lease.hold(api, &self.options.settings.mesh_namespace).await,
            None => false,
        };
        self.is_leader.store(is_leader, Relaxed);
    }

    /// What the cluster comes to. Nothing is read or written.
    fn make(&self, cluster: &Cluster) -> Made {
        let (settings, facts) = (&self.options.settings, cluster.facts());
        let namespace = &settings.mesh_namespace;
        let there = cluster.shadows().iter().filter(|((of, _), _)| of == namespace);
        let mut ports = Ports::restore(there.map(|(_, written)| &written.0), settings);
        ports.settle(&facts, settings);
        let Mesh { topology, configuration, problems } = Mesh::build(&facts, &ports, settings);
        let (shadows, _) = shadow::wanted(&facts, &ports, settings);
        Made {
            shadows: shadows::plan(cluster.shadows(), &shadows, settings),
            nodes: nodes(&facts, namespace),
            verdicts: problems.into_iter().map(|problem| verdict(problem, cluster)).collect(),
            topology: serde_json::to_value(&topology).unwrap_or_default(),
            routing: serde_json::to_value(&configuration).unwrap_or_default(),
        }
    }

    /// Keeps the DNS of the cluster as it should be, where that is asked for; what is reverted is mended.
    async fn keep_dns(&self) {
        if !self.options.keeps_dns {
            return std::future::pending().await;
        }
        let settings = &self.options.settings;
        let mut beat = tokio::time::interval(DNS);
        let mut told = String::new();
        loop {
            beat.tick().await;
            let Some(api) = self.watches.api().filter(|_| self.is_leader.load(Relaxed)) else { continue };
            match wiring::wire(api, &settings.mesh_namespace, &settings.cluster_domain).await {
                Ok(_) => told.clear(),
                Err(error) => {
                    let now = error.to_string();
                    if now != told {
                        tracing::error!(
                            error = %now,
                            "names of the mesh do not resolve in this cluster until its DNS sends them here: forward the zones traefik.mesh and maesh to the Service traefik-mesh-dns"
                        );
                        told = now;
                    }
                }
            }
        }
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

fn verdict(problem: Problem, cluster: &Cluster) -> Verdict {
    let Object { kind, key } = problem.object;
    let (kind, key) = (kind.text(), (key.namespace, key.name));
    let uid = cluster.uid(kind, &key);
    Verdict {
        subject: Subject { kind, namespace: key.0, name: key.1, uid },
        severity: Severity::Error,
        field: "mesh".to_owned(),
        message: problem.message,
    }
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
/// How often the DNS of the cluster is looked at.
const DNS: Duration = Duration::from_secs(10);
/// The pauses after writing failed.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);
