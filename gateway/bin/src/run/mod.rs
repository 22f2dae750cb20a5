//! The life of the program: read, bind, serve, reload, stop.
//!
//! Everything here runs on one thread, the control runtime; traffic has threads of its own in the engine. Owns the
//! wiring: which of the gateway's services exist, which providers run, what signals do.

mod feed;
mod manager;
mod signals;

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::runtime::{Builder, Handle};
use windrose_admin::{About, Api, Noop, Ping, View};
use windrose_config::static_config::{Choice, Log};
use windrose_config::{Problem, StaticConfig};
use windrose_engine::compile::{Tools, entries};
use windrose_engine::live::Live;
use windrose_engine::reload::{Published, Reload};
use windrose_engine::{Engine, Opening, Setup, StartError, Status};
use windrose_observe::{Level, LogError, LogFormat, LogHandle, LogSettings, init_logging};
use windrose_providers_core::{Publishers, Stop, Supervisor};
use windrose_sys::Inherited;
use windrose_upstream::service::Internal;

use crate::configuration::{Install, is_fatal};
use crate::healthcheck::Target;
use crate::providers::Providers;
use crate::quick::{self, Plan, Whoami};
use crate::version;
use feed::Feed;
use manager::Manager;
use signals::{Asked, Signals};

/// Why the program did not run, or did not end in order.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The configuration cannot be used.
    #[error("the configuration cannot be used")]
    Configuration(Vec<Problem>),
    /// The log cannot be started.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The engine cannot be started.
    #[error(transparent)]
    Engine(#[from] StartError),
    /// The system refuses something.
    #[error("cannot {0}")]
    System(&'static str, #[source] io::Error),
    /// The operator did not want to wait.
    #[error("stopped by a second signal, requests that were under way are lost")]
    Hurried,
}

/// What is served.
struct Gateway {
    settings: Arc<StaticConfig>,
    entries: Vec<Opening>,
    providers: Providers,
    quick: Option<Plan>,
    inherited: Option<Inherited>,
    log: LogHandle,
    host_name: Arc<str>,
}

/// Serves until it is asked to stop.
pub(crate) fn run(install: Install, quick: Option<Plan>, inherited: Inherited) -> Result<(), Failure> {
    let providers = Providers::read(&install.loaded).map_err(Failure::Configuration)?;
    let settings = Arc::new(install.loaded.config);
    let entries = entries::entries(&settings).map_err(Failure::Configuration)?;
    let log = init_logging(&log_settings(&settings.log)?)?;
    announce(&install.choice, &install.loaded.warnings);
    if let Err(error) = windrose_sys::raise_fd_limit() {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let host_name = Arc::from(windrose_sys::host_name());
    let gateway = Gateway { settings, entries, providers, quick, inherited: Some(inherited), log, host_name };
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::System("start the control runtime", error))?;
    let outcome = runtime.block_on(gateway.serve());
    // What still compiles or reads a file has nobody left to do it for.
    runtime.shutdown_timeout(LAST_WORDS);
    outcome
}

fn announce(choice: &Choice, warnings: &[Problem]) {
    match choice {
        Choice::File(path) => tracing::info!(%path, "configuration loaded from file"),
        Choice::Flags => tracing::info!("configuration loaded from flags"),
        Choice::Environment => tracing::info!("configuration loaded from environment variables"),
        Choice::Defaults => tracing::info!("no configuration found, defaults are used"),
    }
    for problem in warnings {
        tracing::warn!(%problem, "configuration should be changed");
    }
}

fn log_settings(log: &Log) -> Result<LogSettings, Failure> {
    let level = log.level.parse::<Level>();
    let level = level.map_err(|error| Failure::Configuration(vec![Problem::error(error.to_string())]))?;
    let is_json = log.format.eq_ignore_ascii_case("json");
    Ok(LogSettings {
        level,
        format: if is_json { LogFormat::Json } else { LogFormat::Common },
        file: (!log.file_path.is_empty()).then(|| (*log.file_path).into()),
        no_color: log.no_color,
    })
}

/// Where the gateway's own services look, once there is something to see.
#[derive(Default)]
struct Windows {
    published: OnceLock<Arc<ArcSwap<Published>>>,
    status: Arc<OnceLock<Arc<Status>>>,
}

impl Gateway {
    async fn serve(mut self) -> Result<(), Failure> {
        let mut signals = Signals::listen().map_err(|error| Failure::System("listen to signals", error))?;
        let mut manager = Manager::find();
        let windows = Arc::new(Windows::default());
        let reload = Reload::new(Arc::clone(&self.settings), self.tools(&windows));
        let current = Arc::clone(reload.current());
        let published = Arc::clone(reload.published());
        let _ = windows.published.set(Arc::clone(&published));

        let (publishers, updates) = Publishers::new();
        let (_trigger, stop) = Stop::new();
        let mut supervisor = Supervisor::new(Handle::current());
        let files = windrose_provider_file::Reload::default();
        let (feed, mut first) = Feed::new(updates, self.expected());
        for provider in std::mem::take(&mut self.providers).supervised(&files) {
            supervisor.start(provider, &publishers, stop.clone());
        }
        if let Some(plan) = &self.quick {
            publishers.provider(quick::PROVIDER).publish(plan.routing());
        }
        drop(publishers);
        let mut reloading = pin!(async {
            reload.run(feed).await;
            // No provider is left to say anything; what is in force stays.
            pending::<()>().await;
        });

        // Whoever connects finds routes, not an empty table, unless a provider has nothing to say for long.
        tokio::select! {
            () = &mut reloading => {}
            () = first.heard() => {}
            () = tokio::time::sleep(PATIENCE) => tracing::warn!("starting before every provider was heard"),
            () = signals.stop() => return Ok(()),
        }
        let problems = published.load().report.problems().to_vec();
        if self.quick.is_some() && is_fatal(&problems) {
            return Err(Failure::Configuration(problems));
        }
        let engine = Engine::start(Setup {
            entries: std::mem::take(&mut self.entries),
            workers: windrose_sys::worker_count(),
            host_name: Arc::clone(&self.host_name),
            current,
            inherited: self.inherited.take().unwrap_or_else(Inherited::from_env),
        })?;
        let status = engine.status();
        let _ = windows.status.set(Arc::clone(&status));
        self.tell_ready(&status);
        manager.ready();
        let ping = Target::of(&self.settings).ok();
        loop {
            tokio::select! {
                () = &mut reloading => {}
                Some(ended) = supervisor.ended() => {
                    if let Err(error) = ended.outcome {
                        tracing::error!(providerName = %ended.provider, %error, "provider ended");
                    }
                }
                () = manager.expects() => if is_well(ping.clone()).await { manager.alive() },
                asked = signals.next() => match asked {
                    Asked::Stop => break,
                    Asked::Reload => {
                        tracing::info!("reading the routing files again");
                        files.request();
                    }
                    Asked::Reopen => reopen(&self.log),
                },
            }
        }
        manager.stopping();
        let mut stopping = pin!(engine.stop());
        tokio::select! {
            ended = &mut stopping => {
                if !ended {
                    tracing::warn!("requests that took longer than the grace time were cut");
                }
                tracing::info!("stopped");
                Ok(())
            }
            () = signals.stop() => Err(Failure::Hurried),
        }
    }

    /// The providers that are heard before the first connection is accepted.
    fn expected(&self) -> Vec<Arc<str>> {
        let quick = self.quick.as_ref().map(|_| Arc::from(quick::PROVIDER));
        self.providers.names().chain(quick).collect()
    }

    fn tools(&self, windows: &Arc<Windows>) -> Tools {
        let mut services: Vec<(Arc<str>, Arc<dyn Internal>)> = vec![("noop".into(), Arc::new(Noop))];
        if self.settings.api.is_some() {
            let about =
                About { version: version::VERSION, codename: version::CODENAME, started: SystemTime::now() };
            let windows = Arc::clone(windows);
            let look = move || windows.published.get().map(|published| View::new(published.load_full()));
            services.push(("api".into(), Arc::new(Api::new(about, &self.settings, Box::new(look)))));
        }
        if let Some(ping) = &self.settings.ping {
            let ping = Ping::new(ping.terminating_status_code, Arc::clone(&windows.status));
            services.push(("ping".into(), Arc::new(ping)));
        }
        if self.quick.is_some() {
            services
                .push((quick::WHOAMI.into(), Arc::new(Whoami { host_name: Arc::clone(&self.host_name) })));
        }
        tools(services)
    }

    fn tell_ready(&self, status: &Status) {
        let addresses = status.addresses();
        let shown: Vec<String> =
            addresses.iter().map(|(name, address)| format!("{name}={address}")).collect();
        tracing::info!(version = version::VERSION, entry_points = shown.join(" "), "ready");
        let address = |name: &str| -> Option<SocketAddr> {
            addresses.iter().find(|(known, _)| **known == *name).map(|(_, address)| *address)
        };
        if let Some(invitation) = self.quick.as_ref().and_then(|plan| plan.invitation(address)) {
            println!("{invitation}");
        }
    }
}

/// What a compiler needs: these services, files as they are, nothing alive.
pub(crate) fn tools(services: Vec<(Arc<str>, Arc<dyn Internal>)>) -> Tools {
    fn read(path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
    Tools {
        build: windrose_middleware::list::build,
        services,
        live: Arc::new(Live::new()),
        files: Arc::new(read),
    }
}

/// What the watchdog is told: with ping configured, what ping says.
async fn is_well(ping: Option<Target>) -> bool {
    let Some(ping) = ping else { return true };
    let asked = tokio::task::spawn_blocking(move || ping.ask(PING_PATIENCE));
    match asked.await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(%error, "ping failed, the watchdog is not told that all is well");
            false
        }
        Err(_) => false,
    }
}

fn reopen(log: &LogHandle) {
    match log.reopen() {
        Ok(()) => tracing::info!("log file opened anew"),
        Err(error) => tracing::error!(%error, "the log file cannot be opened anew, the old one is used"),
    }
}

/// How long the start waits for providers.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the watchdog waits for ping.
const PING_PATIENCE: Duration = Duration::from_secs(1);
/// How long work that nobody waits for may hold up the end.
const LAST_WORDS: Duration = Duration::from_millis(100);
