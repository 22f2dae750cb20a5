//! The life of the program: read, bind, serve, reload, stop.
//!
//! Everything here runs on one thread, the control runtime; traffic has threads of its own in the engine. Owns the
//! wiring: which of the gateway's services exist, which providers run, what signals do.

mod control;
mod feed;
mod manager;
mod signals;
mod wishes;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Builder;
use windrose_acme::AcmeProvider;
use windrose_acme::command::CommandError;
use windrose_admin::About;
use windrose_assembly::providers::{Around, Providers};
use windrose_assembly::{Windows, Wiring, services};
use windrose_config::static_config::{Choice, Log};
use windrose_config::{Problem, StaticConfig};
use windrose_engine::compile::{Tools, entries};
use windrose_engine::{Opening, StartError, Status};
use windrose_observe::{Level, LogError, LogFormat, LogHandle, LogSettings, Rotation, init_logging};
use windrose_sys::Inherited;
use windrose_telemetry::{Around as Near, Changes, OpenError, Telemetry};

use crate::configuration::Install;
use crate::problems;
use crate::quick::{self, Plan, Whoami};
use crate::version;

/// Why the program did not run, or did not end in order.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The configuration cannot be used.
    #[error("the configuration cannot be used")]
    Configuration(Vec<Problem>),
    /// The log cannot be started.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The access log cannot be written.
    #[error(transparent)]
    AccessLog(#[from] OpenError),
    /// The engine cannot be started.
    #[error(transparent)]
    Engine(#[from] StartError),
    /// The system refuses something.
    #[error("cannot {0}")]
    System(&'static str, #[source] io::Error),
    /// Something with a certificate.
    #[error(transparent)]
    Certificate(#[from] CommandError),
    /// The operator did not want to wait.
    #[error("stopped by a second signal, requests that were under way are lost")]
    Hurried,
}

impl Failure {
    /// Whether somebody else has a port that is to be listened on.
    pub(crate) fn is_taken_port(&self) -> bool {
        matches!(self, Self::Engine(StartError::Bind(bind)) if bind.source.kind() == io::ErrorKind::AddrInUse)
    }
}

/// What is served.
struct Gateway {
    settings: Arc<StaticConfig>,
    entries: Vec<Opening>,
    providers: Providers,
    /// What providers share with the rest.
    around: Around,
    quick: Option<Plan>,
    inherited: Option<Inherited>,
    log: LogHandle,
    telemetry: Arc<Telemetry>,
    host_name: Arc<str>,
}

/// Serves until it is asked to stop.
pub(crate) fn run(install: Install, quick: Option<Plan>, inherited: Inherited) -> Result<(), Failure> {
    let around = Around::default();
    let providers = Providers::read(&install.loaded, &around).map_err(Failure::Configuration)?;
    let settings = Arc::new(install.loaded.config);
    let wrong = windrose_acme::check(&settings, &install.loaded.source, windrose_assembly::storage);
    if !wrong.is_empty() {
        return Err(Failure::Configuration(wrong));
    }
    let entries = entries::entries(&settings).map_err(Failure::Configuration)?;
    if let Some(plan) = &quick {
        plan.check(&settings).map_err(Failure::Configuration)?;
    }
    // The log is as quiet as the configuration that does count asks for, and this may be why it does.
    let telemetry = Arc::new(Telemetry::new(&settings, near(&settings)).map_err(Failure::Configuration)?);
    let mut told = [install.unused, install.loaded.warnings, telemetry.take_warnings()].concat();
    problems::sort(&mut told);
    told.dedup();
    crate::complain(&problems::text(&told));
    let log = init_logging(&log_settings(&settings.log)?, telemetry.listener())?;
    telemetry.open()?;
    announce(&install.choice);
    if let Err(error) = windrose_sys::raise_fd_limit() {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let host_name = Arc::from(windrose_sys::host_name());
    let gateway = Gateway {
        settings,
        entries,
        providers,
        around,
        quick,
        inherited: Some(inherited),
        log,
        telemetry,
        host_name,
    };
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::System("start the control runtime", error))?;
    let recorded = Arc::clone(&gateway.telemetry);
    let outcome = runtime.block_on(control::serve(gateway));
    recorded.close();
    // What still compiles or reads a file has nobody left to do it for.
    runtime.shutdown_timeout(LAST_WORDS);
    outcome
}

/// What is around whoever records.
fn near(settings: &StaticConfig) -> Near<'static> {
    let changes =
        if windrose_assembly::providers::may_wish(settings) { Changes::MayCome } else { Changes::NeverCome };
    Near { env: &|name| std::env::var(name).ok(), files: &windrose_assembly::files, changes }
}

fn announce(choice: &Choice) {
    match choice {
        Choice::File(path) => tracing::info!(%path, "configuration loaded from file"),
        Choice::Flags => tracing::info!("configuration loaded from flags"),
        Choice::Environment => tracing::info!("configuration loaded from environment variables"),
        Choice::Defaults => tracing::info!("no configuration found, defaults are used"),
    }
}

fn log_settings(log: &Log) -> Result<LogSettings, Failure> {
    // One that is none has been told.
    let level = log.level.parse::<Level>().unwrap_or_default();
    let is_json = log.format.eq_ignore_ascii_case("json");
    Ok(LogSettings {
        level,
        format: if is_json { LogFormat::Json } else { LogFormat::Common },
        file: (!log.file_path.is_empty()).then(|| (*log.file_path).into()),
        rotation: (!log.file_path.is_empty()).then(|| rotation(log)),
        no_color: log.no_color,
    })
}

/// When the log file is put aside. What is not written is as in Traefik: at a hundred megabytes, and all are kept.
fn rotation(log: &Log) -> Rotation {
    const DEFAULT: u32 = 100;
    let megabytes = if log.max_size == 0 { DEFAULT } else { log.max_size };
    Rotation {
        most_bytes: u64::from(megabytes) << 20,
        most_days: (log.max_age > 0).then_some(log.max_age),
        most_files: (log.max_backups > 0).then_some(log.max_backups),
        packs: log.compress,
    }
}

impl Gateway {
    /// The providers that are heard before the first connection is accepted.
    fn expected(&self) -> Vec<Arc<str>> {
        let quick = self.quick.as_ref().map(|_| Arc::from(quick::PROVIDER));
        let acme = AcmeProvider::is_wanted(&self.settings).then(|| Arc::from(windrose_acme::NAME));
        self.providers.names().chain(quick).chain(acme).collect()
    }

    fn tools(&self, windows: &Arc<Windows>) -> Tools {
        let about =
            About { version: version::VERSION, codename: version::CODENAME, started: SystemTime::now() };
        let mut services = services::wanted(&Wiring {
            settings: &self.settings,
            about,
            windows,
            telemetry: &self.telemetry,
        });
        if self.quick.is_some() {
            services
                .push((quick::WHOAMI.into(), Arc::new(Whoami { host_name: Arc::clone(&self.host_name) })));
        }
        let build = if self.quick.is_some() { quick::build } else { windrose_middleware::list::build };
        Tools { build, ..windrose_assembly::tools(services) }
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

/// How long work that nobody waits for may hold up the end.
const LAST_WORDS: Duration = Duration::from_millis(100);
