//! The provider `acme`: decides which certificates to obtain and when, and publishes those there are.
//!
//! One future, in which all that is under way is polled together. It looks again whenever configuration was put in force,
//! something is done, or a time has come. Invariant: nothing waits for it: what there is is served meanwhile.

mod failures;
mod jobs;
mod others;
mod plan;
mod published;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use windrose_config::StaticConfig;
use windrose_engine::publish::Current;
use windrose_engine::reload::Published;
use windrose_providers_core::{BoxFuture, Provider, ProviderError, Stop, Updates};

use crate::acme::Window;
use crate::agent::{Agent, ObtainError, Surroundings, Wanted};
use crate::domains::{Wishes, canonical, covers};
use crate::orders::{Order, Orders};
use crate::storage::peers::Claim;
use crate::storage::{Kept, Store, StoreError};
use failures::Failures;
use jobs::Jobs;
use others::Others;
use plan::Held;

/// The name of the provider.
pub const NAME: &str = "acme";

/// What the provider is shown of the engine.
#[derive(Clone, Debug)]
pub struct Windows {
    /// What is in force.
    pub published: Arc<ArcSwap<Published>>,
    /// Changes when something was put in force.
    pub news: watch::Receiver<()>,
    /// What traffic sees.
    pub current: Arc<Current>,
    /// Whether entry points accept.
    pub is_open: watch::Receiver<bool>,
    /// Where it is shown what is done.
    pub orders: Orders,
}

/// Obtains certificates.
#[derive(Debug)]
pub struct AcmeProvider {
    settings: Arc<StaticConfig>,
    around: Surroundings,
    windows: Windows,
}

/// What came of something that was under way.
enum Done {
    Obtained {
        resolver: Arc<str>,
        names: Vec<String>,
        right: Option<Claim>,
        outcome: Box<Result<Kept, ObtainError>>,
    },
    Told {
        resolver: Arc<str>,
        names: Vec<String>,
        outcome: Box<Result<Option<Window>, ObtainError>>,
    },
}

/// All resolvers at work.
struct Work {
    agents: HashMap<Arc<str>, Resolver>,
    others: Others,
    wishes: Wishes,
    windows: Windows,
    out: Updates,
    jobs: Jobs<Done>,
    failures: Failures,
    certificates: published::Certificates,
}

/// A resolver, and what it has.
struct Resolver {
    agent: Arc<Agent>,
    held: Vec<Held>,
    /// When its certificates are to be looked at.
    next_check: Instant,
}

impl AcmeProvider {
    /// Obtains what routers want of these settings' resolvers.
    #[must_use]
    pub fn new(settings: Arc<StaticConfig>, around: Surroundings, windows: Windows) -> Self {
        Self { settings, around, windows }
    }

    /// Whether there is anything to do for it.
    #[must_use]
    pub fn is_wanted(settings: &StaticConfig) -> bool {
        settings.certificates_resolvers.values().any(|resolver| resolver.acme.is_some())
    }

    async fn work(self: Box<Self>, out: Updates, stop: Stop) -> Result<(), ProviderError> {
        let mut stores = HashMap::new();
        let agents = self.agents(&mut stores).await;
        let mut work = Work {
            agents,
            others: Others::new(stores.into_values(), self.around.clone()),
            wishes: Wishes::default(),
            windows: self.windows,
            out,
            jobs: Jobs::default(),
            failures: Failures::default(),
            certificates: published::Certificates::default(),
        };
        work.publish();
        // A proof that is asked for before anybody listens is a failure that counts.
        let mut is_open = work.windows.is_open.clone();
        tokio::select! {
            opened = is_open.wait_for(|open| *open) => if opened.is_err() { return Ok(()) },
            () = stop.requested() => return Ok(()),
        }
        loop {
            work.windows.news.mark_unchanged();
            work.begin();
            work.show();
            let due = work.due();
            tokio::select! {
                () = stop.requested() => return Ok(()),
                changed = work.windows.news.changed() => if changed.is_err() { return Ok(()) },
                done = work.jobs.next() => work.finish(done),
                () = sleep_until(due) => {}
                changed = work.others.look() => if changed { work.read_again().await },
            }
        }
    }

    /// The resolvers that can be used; of the others it is said why not.
    async fn agents(&self, stores: &mut HashMap<Arc<str>, Arc<dyn Store>>) -> HashMap<Arc<str>, Resolver> {
        let mut agents = HashMap::new();
        for (name, written) in &self.settings.certificates_resolvers {
            let Some(acme) = &written.acme else { continue };
            let path = &*acme.storage;
            let store = match stores.get(path) {
                Some(store) => Arc::clone(store),
                None => match (self.around.open)(path) {
                    Ok(store) => store,
                    Err(error) => {
                        tell_unusable(name, &error);
                        continue;
                    }
                },
            };
            stores.entry(Arc::clone(path)).or_insert_with(|| Arc::clone(&store));
            let agent = match Agent::new(name, acme, store, &self.around) {
                Ok(agent) => Arc::new(agent),
                Err(error) => {
                    tell_unusable(name, &error);
                    continue;
                }
            };
            match agent.kept().await {
                Ok(kept) => {
                    let held = Held::all(&agent, &kept);
                    agents.insert(Arc::clone(name), Resolver { agent, held, next_check: Instant::now() });
                }
                Err(ObtainError::Store(error @ StoreError::Away { .. })) => {
                    let error = chain(&error);
                    tracing::warn!(resolver = %name, error, "what is stored is taken over when it can be read");
                    agents.insert(
                        Arc::clone(name),
                        Resolver { agent, held: Vec::new(), next_check: Instant::now() },
                    );
                }
                Err(error) => tell_unusable(name, &error),
            }
        }
        agents
    }
}

impl Provider for AcmeProvider {
    fn name(&self) -> &str {
        NAME
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(self.work(out, stop))
    }
}

impl Work {
    fn publish(&mut self) {
        let held = self.agents.values().flat_map(|resolver| &resolver.held);
        self.out.publish(self.certificates.config(held));
    }

    /// Shows what there is, what is under way, and what went wrong.
    fn show(&self) {
        let (now, clock) = (Instant::now(), SystemTime::now());
        let mut orders: Vec<Order> = Vec::new();
        let blank = |resolver: &Arc<str>, names: &[String]| Order {
            resolver: Arc::clone(resolver),
            names: names.to_vec(),
            renews_at: None,
            is_under_way: self.jobs.has(&jobs::Key::certificate(resolver, names)),
            error: None,
            next: None,
        };
        for (name, resolver) in &self.agents {
            for held in &resolver.held {
                orders.push(Order { renews_at: Some(held.renew_at()), ..blank(name, held.names()) });
            }
        }
        for (resolver, names) in self.jobs.keys().filter_map(jobs::Key::ordered) {
            if !orders.iter().any(|order| order.resolver == *resolver && order.names == *names) {
                orders.push(blank(resolver, names));
            }
        }
        for (resolver, names, error, until) in self.failures.list() {
            let (error, next) =
                (Some(error.to_owned()), clock.checked_add(until.saturating_duration_since(now)));
            match orders.iter_mut().find(|order| order.resolver == *resolver && order.names == names) {
                Some(order) => (order.error, order.next) = (error, next),
                None => orders.push(Order { error, next, ..blank(resolver, names) }),
            }
        }
        self.windows.orders.show(orders);
    }

    /// Takes over what somebody else has put into storage.
    async fn read_again(&mut self) {
        for resolver in self.agents.values_mut() {
            match resolver.agent.kept().await {
                Ok(kept) => resolver.held = Held::again(&resolver.agent, &kept, &resolver.held),
                Err(error) => {
                    let (resolver, error) = (&resolver.agent.name, chain(&error));
                    tracing::error!(%resolver, error, "storage cannot be read again, what was read before is served");
                }
            }
        }
        tracing::info!("stored certificates were changed by another program and are read again");
        self.publish();
    }

    /// Begins whatever is wanted and not under way.
    fn begin(&mut self) {
        let now = Instant::now();
        self.failures.sweep(now);
        for (resolver, names) in self.missing() {
            self.obtain(&resolver, Wanted { names, replaces: None, known: None });
        }
        for (resolver, wanted) in self.ending(now) {
            self.obtain(&resolver, wanted);
        }
    }

    /// Certificates that routers want and nobody has.
    fn missing(&mut self) -> Vec<(Arc<str>, Vec<String>)> {
        let published = self.windows.published.load();
        let wishes = self.wishes.of(&published.merged);
        let snapshot = self.windows.current.load();
        let served = snapshot.listeners.first().map(|listener| Arc::clone(listener.acceptor.store()));
        let mut missing: Vec<(Arc<str>, Vec<String>)> = Vec::new();
        for wish in wishes {
            let Some(resolver) = self.agents.get(&wish.resolver) else { continue };
            let names = match canonical(&wish.names, resolver.agent.has_dns()) {
                Ok(names) => names,
                Err(error) => {
                    self.failures.tell_once(&wish, &error);
                    continue;
                }
            };
            let is_there = |name: &String| {
                let is_served = served.as_ref().is_some_and(|store| store.find(name).is_some());
                let is_held = || self.agents.values().flat_map(|one| &one.held).any(|held| held.covers(name));
                let is_coming = || missing.iter().any(|(_, names)| names.iter().any(|one| covers(one, name)));
                is_served || is_held() || is_coming() || self.jobs.keys().any(|key| key.covers(name))
            };
            if !names.iter().all(is_there) && !self.failures.holds_back(&wish.resolver, &names) {
                tracing::debug!(resolver = %wish.resolver, router = %wish.whose, names = names.join(","), "a certificate is wanted");
                missing.push((Arc::clone(&wish.resolver), names));
            }
            // More are looked for when these are done.
            if missing.len() >= MOST_AT_A_TIME {
                break;
            }
        }
        missing
    }

    /// Certificates that end soon, or that the authority wants renewed.
    fn ending(&mut self, now: Instant) -> Vec<(Arc<str>, Wanted)> {
        let clock = SystemTime::now();
        let mut ending = Vec::new();
        for (name, resolver) in &mut self.agents {
            let is_checked = resolver.next_check <= now;
            if is_checked {
                resolver.next_check = now + spread(resolver.agent.times().every);
            }
            for held in &mut resolver.held {
                if held.renew_at() <= clock {
                    ending.push((Arc::clone(name), held.wanted()));
                } else if !self.jobs.asks_enough()
                    && let Some(id) = held.question(now)
                {
                    let key = jobs::Key::question(name, held.names());
                    let (agent, resolver, names) =
                        (Arc::clone(&resolver.agent), Arc::clone(name), held.names().to_vec());
                    self.jobs.start(key, async move {
                        let outcome = Box::new(agent.renewal(&id).await);
                        Done::Told { resolver, names, outcome }
                    });
                }
            }
        }
        ending
    }

    fn obtain(&mut self, resolver: &Arc<str>, wanted: Wanted) {
        let key = jobs::Key::certificate(resolver, &wanted.names);
        if self.jobs.has(&key) || self.failures.holds_back(resolver, &wanted.names) || self.jobs.is_full() {
            return;
        }
        let Some(agent) = self.agents.get(resolver).map(|one| Arc::clone(&one.agent)) else { return };
        let resolver = Arc::clone(resolver);
        tracing::info!(%resolver, names = wanted.names.join(","), "obtaining a certificate");
        self.jobs.start(key, async move {
            let (right, outcome) = agent.obtain(&wanted).await;
            Done::Obtained { resolver, names: wanted.names, right, outcome: Box::new(outcome) }
        });
    }

    fn finish(&mut self, done: Done) {
        match done {
            Done::Obtained { resolver, names, right, outcome } => {
                self.finish_one(&resolver, &names, right, *outcome);
            }
            Done::Told { resolver, names, outcome } => {
                let held = self.agents.get_mut(&resolver).into_iter().flat_map(|one| &mut one.held);
                for held in held.filter(|held| held.names() == names) {
                    held.told(&resolver, &outcome);
                }
            }
        }
    }

    fn finish_one(
        &mut self,
        resolver: &Arc<str>,
        names: &[String],
        right: Option<Claim>,
        outcome: Result<Kept, ObtainError>,
    ) {
        match outcome {
            Ok(kept) => {
                self.failures.forget(resolver, names);
                tracing::info!(%resolver, names = names.join(","), "certificate obtained");
                if let Some(one) = self.agents.get_mut(resolver) {
                    one.held = Held::again(&one.agent, &kept, &one.held);
                }
                self.publish();
            }
            Err(ObtainError::Resting(until)) => {
                let wait = until.duration_since(SystemTime::now()).unwrap_or_default();
                self.failures.rest(resolver, names, Instant::now() + wait);
                tracing::debug!(%resolver, names = names.join(","), retry_in = ?wait, "another gateway has failed to obtain it");
            }
            Err(error) => {
                let (blame, error) = (error.blame(), chain(&error));
                let wait = self.failures.add(resolver, names, blame, &error, Instant::now());
                if let Some(right) = right {
                    right.rest(SystemTime::now() + wait);
                }
                let names = names.join(",");
                tracing::error!(%resolver, names, error, retry_in = ?wait, "certificate not obtained");
            }
        }
    }

    /// When there is something to do though nothing happens.
    fn due(&self) -> Instant {
        let now = Instant::now();
        let checks = self.agents.values().map(|resolver| resolver.next_check);
        let clock = SystemTime::now();
        let held = self.agents.values().flat_map(|resolver| &resolver.held).map(|held| held.due(now, clock));
        let due = checks.chain(held).chain(self.failures.due()).min();
        due.unwrap_or(now + LONGEST).clamp(now + SHORTEST, now + LONGEST)
    }
}

/// A time that is a little off, so that many gateways do not come at once.
pub(super) fn spread(time: Duration) -> Duration {
    let mut byte = [0; 1];
    // Without randomness it comes when it comes.
    let _ = getrandom::fill(&mut byte);
    time.mul_f64(0.9 + 0.2 * f64::from(byte[0]) / 255.0)
}

fn tell_unusable(resolver: &str, error: &dyn std::error::Error) {
    tracing::error!(
        resolver,
        error = chain(error),
        "certificate resolver cannot be used, and obtains nothing"
    );
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

/// More than are obtained at a time.
const MOST_AT_A_TIME: usize = 32;
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(24 * 3600);
