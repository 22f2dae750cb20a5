//! The task: drive the watches, translate after every change, publish what is different.

mod conditions;
mod events;
mod owners;
mod status;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use windrose_providers_core::{BoxFuture, Provider, ProviderError, Stop, Updates, Wishes};

use crate::objects::{Ingress, Kind, Object, World};
use crate::options::{CrdOptions, IngressOptions, NginxOptions, Published, Reach};
use crate::translate::{self, Kept, Translated};
use crate::watch::{Wanted, Watches};
use crate::{CRD, INGRESS, NGINX};

use owners::Outcome;

pub use events::Recorder;
pub(crate) use events::now;

/// Follows a cluster.
pub struct KubernetesProvider {
    source: Source,
    watches: Arc<Watches>,
    outcomes: watch::Sender<Arc<Outcome>>,
}

/// What is translated.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Crd(Arc<CrdOptions>),
    Ingress(Arc<IngressOptions>),
    Nginx(Arc<NginxOptions>),
}

impl KubernetesProvider {
    /// A provider of the routing objects of a cluster.
    pub(crate) fn new(source: Source, watches: Arc<Watches>) -> Self {
        Self { source, watches, outcomes: watch::Sender::default() }
    }
}

impl Provider for KubernetesProvider {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            tokio::select! {
                driven = self.watches.drive() => match driven {
                    Ok(never) => match never {},
                    Err(error) => Err(ProviderError::later(error)),
                },
                () = self.publish(&out) => Ok(()),
                () = owners::tell(&self.watches, &self.source, self.outcomes.subscribe(), &out) => Ok(()),
                () = self.keep_status() => Ok(()),
                () = self.watches.tell_outages(&out) => Ok(()),
                () = stop.requested() => Ok(()),
            }
        })
    }
}

impl KubernetesProvider {
    /// Publishes what is different after every change, for ever.
    async fn publish(&self, out: &Updates) {
        let mut news = self.watches.subscribe();
        let mut published: Option<Arc<_>> = None;
        let mut kept = Kept::default();
        loop {
            while !self.watches.is_complete() {
                if news.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
            news.mark_unchanged();
            let started = Instant::now();
            let Translated { mut config, verdicts, judged, wanted, .. } =
                self.watches.look(|world| self.source.retranslate(world, &mut kept));
            let took = started.elapsed();
            if let Some(published) = &published {
                config.reuse_unchanged(published);
            }
            let config = match &published {
                Some(published) if config.is_unchanged(published) => Arc::clone(published),
                _ => {
                    tracing::debug!(provider = self.source.name(), ?took, "routing of the cluster changed");
                    let config = Arc::new(config);
                    out.publish(Arc::clone(&config));
                    published = Some(Arc::clone(&config));
                    config
                }
            };
            if let Source::Crd(options) = &self.source {
                options.wishes.want(wanted);
            }
            self.outcomes.send_replace(Arc::new(Outcome { config, verdicts, judged }));
            // Under a storm of changes at most a fifth of the time is spent here.
            let throttle = self.source.throttle().max((took * 4).min(LONGEST));
            tokio::time::sleep(throttle.saturating_sub(started.elapsed())).await;
            if news.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Writes the address of the gateway into Ingresses, where one is to be written.
    async fn keep_status(&self) {
        match self.source.published() {
            Some(published) => status::keep(&self.watches, &self.source, published).await,
            None => std::future::pending().await,
        }
    }
}

impl Source {
    /// What is to be watched.
    pub(crate) fn kinds(&self) -> Vec<Wanted> {
        match self {
            Self::Crd(options) => crd_kinds(options),
            Self::Ingress(options) => ingress_kinds(options),
            Self::Nginx(options) => nginx_kinds(options),
        }
    }

    /// How the API server is reached.
    pub(crate) fn reach(&self) -> &Reach {
        match self {
            Self::Crd(options) => &options.reach,
            Self::Ingress(options) => &options.reach,
            Self::Nginx(options) => &options.reach,
        }
    }

    /// The name that qualifies what it declares.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Crd(_) => CRD,
            Self::Ingress(_) => INGRESS,
            Self::Nginx(_) => NGINX,
        }
    }

    /// What the objects of a cluster come to.
    pub(crate) fn translate(&self, world: &World) -> Translated {
        match self {
            Self::Crd(options) => translate::crd::translate(world, options),
            Self::Ingress(options) => translate::ingress::translate(world, options),
            Self::Nginx(options) => translate::nginx::translate(world, options),
        }
    }

    /// The same, with what was made of unchanged objects before.
    fn retranslate(&self, world: &World, kept: &mut Kept) -> Translated {
        match self {
            Self::Crd(options) => translate::crd::retranslate(world, options, kept),
            Self::Ingress(options) => translate::ingress::retranslate(world, options, kept),
            Self::Nginx(options) => translate::nginx::translate(world, options),
        }
    }

    /// The Ingresses that are served.
    fn ours<'w>(&self, world: &'w World) -> Vec<&'w Arc<Object<Ingress>>> {
        match self {
            Self::Crd(_) => Vec::new(),
            Self::Ingress(options) => translate::ingress::ours(world, options),
            Self::Nginx(options) => translate::nginx::ours(world, options),
        }
    }

    /// The name of a Lease among those that serve the same class: of others each has objects of its own to write to.
    fn lease(&self, base: &str) -> String {
        let class = match self {
            Self::Crd(options) => &options.ingress_class,
            Self::Ingress(options) => &options.ingress_class,
            Self::Nginx(_) => return base.to_owned(),
        };
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match &**class {
            "" => base.to_owned(),
            name if name.bytes().all(is_name) && name.len() < 64 && !name.ends_with('-') => {
                format!("{base}-{name}")
            }
            odd => format!("{base}-{}", translate::names::hash(odd.as_bytes())),
        }
    }

    /// Where it is said what is to be recorded.
    fn wishes(&self) -> Wishes {
        match self {
            Self::Crd(options) => options.wishes.clone(),
            Self::Ingress(_) | Self::Nginx(_) => Wishes::default(),
        }
    }

    /// Whether there are conditions to write: on our own kinds.
    fn has_conditions(&self) -> bool {
        matches!(self, Self::Crd(_))
    }

    /// What is written into the status of Ingresses.
    fn published(&self) -> Option<&Published> {
        match self {
            Self::Crd(_) => None,
            Self::Ingress(options) => options.published.as_ref(),
            Self::Nginx(options) => options.published.as_ref(),
        }
    }

    fn throttle(&self) -> Duration {
        let written = match self {
            Self::Crd(options) => options.throttle,
            Self::Ingress(options) => options.throttle,
            Self::Nginx(options) => options.throttle,
        };
        written.to_std().unwrap_or_default()
    }
}

fn crd_kinds(options: &CrdOptions) -> Vec<Wanted> {
    let mut kinds = of(&[&Kind::SERVICE, &Kind::SLICE, &Kind::SECRET, &Kind::CONFIG_MAP], "");
    if options.trust.cluster_scope {
        kinds.extend(of(&[&Kind::NODE], ""));
    }
    let custom: Vec<&'static Kind> = Kind::CUSTOM.iter().collect();
    kinds.extend(of(&custom, &options.label_selector));
    kinds
}

fn ingress_kinds(options: &IngressOptions) -> Vec<Wanted> {
    let mut kinds = of(&[&Kind::SERVICE, &Kind::SLICE, &Kind::SECRET], "");
    if options.trust.cluster_scope {
        kinds.extend(of(&[&Kind::NODE, &Kind::INGRESS_CLASS], ""));
    }
    kinds.extend(of(&[&Kind::INGRESS], &options.label_selector));
    kinds
}

fn nginx_kinds(options: &NginxOptions) -> Vec<Wanted> {
    let mut kinds = of(&[&Kind::SERVICE, &Kind::SLICE, &Kind::SECRET, &Kind::CONFIG_MAP], "");
    kinds.extend(of(&[&Kind::NODE, &Kind::INGRESS_CLASS, &Kind::INGRESS], ""));
    if !options.namespace_selector.is_empty() {
        kinds.extend(of(&[&Kind::NAMESPACE], &options.namespace_selector));
    }
    kinds
}

fn of(kinds: &[&'static Kind], selector: &str) -> Vec<Wanted> {
    kinds.iter().map(|kind| Wanted { kind, selector: selector.into() }).collect()
}

/// The longest pause that a large cluster makes by itself.
const LONGEST: Duration = Duration::from_secs(1);
