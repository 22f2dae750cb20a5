//! The gateway in the test's own process, wired as the program wires it.
//!
//! Entry points listen where the install configuration says, which may be port 0. The test itself is
//! the provider: what it publishes comes to the reload task by a channel, and a published
//! configuration is in force before the test goes on. Workers are threads of their own, and so is the
//! reload task, as in the program; the clock is the real one.

mod config;
mod feed;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use tokio::sync::mpsc;
use windrose_admin::About;
use windrose_assembly::{Windows, Wiring, services};
use windrose_config::{DynamicConfig, GoDuration, Problem, Severity, StaticConfig, Update};
use windrose_engine::compile::{Tools, entries};
use windrose_engine::live::Live;
use windrose_engine::publish::Current;
use windrose_engine::reload::{Published, Reload};
use windrose_engine::{Engine, Observers, Setup, Status};
use windrose_sys::Inherited;
use windrose_telemetry::{Around, Changes, Telemetry};
use windrose_upstream::service::Internal;

use crate::within::soon;
use feed::{Feed, Said};

/// A running gateway. Dropping it stops it at once.
pub struct Gateway {
    engine: Option<Engine>,
    status: Arc<Status>,
    current: Arc<Current>,
    published: Arc<ArcSwap<Published>>,
    live: Arc<Live>,
    said: mpsc::Sender<Said>,
    throttle: GoDuration,
    control: JoinHandle<()>,
    /// Records as long as it is there.
    telemetry: Arc<Telemetry>,
}

/// What a gateway is started with.
#[derive(Default)]
pub struct Settings<'a> {
    /// The install configuration, as YAML.
    pub static_config: &'a str,
    /// How many workers; one when zero.
    pub workers: usize,
    /// How long a provider that has spoken must wait, in place of what is configured. Unless it is zero, only
    /// [`Gateway::say`] may be used.
    pub throttle: GoDuration,
    /// Services of the test's own, which answer on the worker: `name` is reached as `name@internal`.
    pub services: Vec<(&'a str, Arc<dyn Internal>)>,
    /// Whoever listens to exchanges, in place of what the install configuration has recorded.
    pub observe: Option<Observers>,
    /// Whether something else may be recorded later.
    pub changes: Changes,
}

impl Gateway {
    /// Starts a gateway with one worker.
    ///
    /// # Panics
    /// As [`Gateway::with`].
    #[must_use]
    pub fn start(static_config: &str) -> Self {
        Self::with(Settings { static_config, ..Settings::default() })
    }

    /// Starts a gateway.
    ///
    /// # Panics
    /// When the configuration cannot be used or an entry point cannot be opened; the message tells why.
    #[must_use]
    pub fn with(settings: Settings<'_>) -> Self {
        let mut config = config::read_static(settings.static_config);
        config.providers.throttle = Some(settings.throttle);
        let config = Arc::new(config);
        let entries = entries::entries(&config).unwrap_or_else(|problems| refused("entry points", &problems));
        let windows = Arc::new(Windows::default());
        let around = Around { env: &|_| None, files: &windrose_assembly::files, changes: settings.changes };
        let telemetry =
            Telemetry::new(&config, around).unwrap_or_else(|problems| refused("telemetry", &problems));
        let telemetry = Arc::new(telemetry);
        telemetry.open().unwrap_or_else(|error| panic!("{error}: {}", error.source));
        let tools = tools(&config, &settings.services, &windows, &telemetry);
        let live = Arc::clone(&tools.live);
        let reload = Reload::new(Arc::clone(&config), tools);
        let (current, published) = (Arc::clone(reload.current()), Arc::clone(reload.published()));
        let _ = windows.published.set(Arc::clone(&published));
        let _ = windows.current.set(Arc::clone(&current));
        let engine = Engine::start(Setup {
            entries,
            workers: settings.workers.max(1),
            host_name: windrose_sys::host_name().into(),
            current: Arc::clone(&current),
            observe: settings.observe.or_else(|| telemetry.observers()),
            // None are announced to a test.
            inherited: Inherited::from_env(),
        });
        let engine = engine.unwrap_or_else(|error| panic!("the engine does not start: {error}"));
        let status = engine.status();
        let _ = windows.status.set(Arc::clone(&status));
        let (said, heard) = mpsc::channel(QUEUE);
        let feed = Feed::new(heard, Arc::clone(&published));
        let control = thread::Builder::new().name("control".into()).spawn(move || control(reload, feed));
        let (engine, control, throttle) = (Some(engine), control.unwrap(), settings.throttle);
        Self { engine, status, current, published, live, said, throttle, control, telemetry }
    }

    /// The address of an entry point.
    ///
    /// # Panics
    /// When there is none of this name.
    #[must_use]
    pub fn address(&self, entry_point: &str) -> SocketAddr {
        let addresses = self.status.addresses();
        let found = addresses.iter().find(|(name, _)| **name == *entry_point);
        found.unwrap_or_else(|| panic!("no entry point is called {entry_point}, there are {addresses:?}")).1
    }

    /// Publishes the whole configuration of a provider, as YAML, and waits until it is in force. Gives the
    /// generation it is in force with, which is the one before when nothing has changed.
    ///
    /// # Panics
    /// When anything is wrong with the configuration; the message names it.
    pub async fn publish(&self, provider: &str, dynamic_config: &str) -> u64 {
        let (generation, problems) = self.publish_flawed(provider, dynamic_config).await;
        assert!(problems.is_empty(), "{provider}: {}\n{dynamic_config}", listed(&problems));
        generation
    }

    /// Publishes a configuration in which something is wrong, and gives all the problems there are with it.
    ///
    /// # Panics
    /// When it is no YAML, or does not come into force.
    pub async fn publish_flawed(&self, provider: &str, dynamic_config: &str) -> (u64, Vec<Problem>) {
        assert!(self.throttle.is_zero(), "nobody knows when a throttled provider is heard");
        let config = Arc::new(config::read_dynamic(dynamic_config));
        let (said, outcome) = Said::awaited(update(provider, &config));
        let sent = self.said.send(said).await;
        assert!(sent.is_ok(), "the reload task has ended");
        let outcome = soon(format!("the configuration of {provider}"), outcome).await;
        let published = outcome.ok().flatten();
        let published =
            published.unwrap_or_else(|| panic!("{provider}: compiling failed:\n{dynamic_config}"));
        let problems = published.report.problems().iter();
        let of_provider = problems.filter(|problem| {
            let of = problem.object.as_ref().and_then(|object| object.provider.as_deref());
            of.is_none_or(|of| of == provider)
        });
        (published.generation, of_provider.cloned().collect())
    }

    /// Hands over a configuration and waits for nothing. It comes into force before any that is published later,
    /// unless it is replaced before.
    ///
    /// # Panics
    /// When it is no YAML, or the reload task has ended.
    pub async fn say(&self, provider: &str, dynamic_config: &str) {
        let config = Arc::new(config::read_dynamic(dynamic_config));
        let sent = self.said.send(Said::unawaited(update(provider, &config))).await;
        assert!(sent.is_ok(), "the reload task has ended");
    }

    /// What is in force, as it was written, and what is wrong with it.
    #[must_use]
    pub fn published(&self) -> Arc<Published> {
        self.published.load_full()
    }

    /// The snapshot in force.
    #[must_use]
    pub fn current(&self) -> &Arc<Current> {
        &self.current
    }

    /// What outlives a reload.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// What is recorded of requests.
    #[must_use]
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// What can be seen of the engine.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// Stops in order, as the program does at a signal, and waits for the end of all threads. Says whether
    /// everything ended by itself.
    ///
    /// # Panics
    /// When the reload task has panicked.
    pub async fn stop(mut self) -> bool {
        let engine = self.engine.take().expect("a gateway is stopped once");
        let ended = engine.stop().await;
        let Self { said, control, telemetry, .. } = self;
        telemetry.close();
        drop(said);
        let joined = soon("the end of the reload task", tokio::task::spawn_blocking(|| control.join())).await;
        assert!(joined.unwrap().is_ok(), "the reload task has panicked, see above");
        ended
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("status", &self.status).finish_non_exhaustive()
    }
}

fn tools(
    config: &StaticConfig,
    own: &[(&str, Arc<dyn Internal>)],
    windows: &Arc<Windows>,
    telemetry: &Arc<Telemetry>,
) -> Tools {
    let about = About { version: "test", codename: "test", started: SystemTime::now() };
    let mut services = services::wanted(&Wiring { settings: config, about, windows, telemetry });
    services.extend(own.iter().map(|(name, service)| (Arc::from(*name), Arc::clone(service))));
    windrose_assembly::tools(services)
}

/// The life of the reload task's thread.
fn control(reload: Reload, feed: Feed) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(reload.run(feed));
}

fn update(provider: &str, config: &Arc<DynamicConfig>) -> Update {
    Update { provider: provider.into(), config: Arc::clone(config) }
}

fn refused(what: &str, problems: &[Problem]) -> ! {
    panic!("the {what} cannot be used: {}", listed(problems))
}

fn listed(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
        let object = problem.object.as_ref().map(|object| format!(" in {object}")).unwrap_or_default();
        format!("\n  {severity}{object}: {problem}")
    };
    problems.iter().map(line).collect()
}

/// More than any test hands over at once without waiting.
const QUEUE: usize = 64;

#[cfg(test)]
mod tests;
