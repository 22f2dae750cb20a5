//! The stages of a running program: up, attending, down.
//!
//! One task: what happens is waited for in one place, so nothing is shared and nothing is locked. The reload task runs
//! beside it on the same thread.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use windrose_acme::{AcmeProvider, Surroundings, Windows as Shown};
use windrose_assembly::Windows;
use windrose_config::StaticConfig;
use windrose_engine::live::Live;
use windrose_engine::publish::Current;
use windrose_engine::reload::Reload;
use windrose_engine::{Engine, Setup};
use windrose_observe::LogHandle;
use windrose_ocsp::Stapler;
use windrose_providers_core::{Ended, Publishers, Stop, StopTrigger, Supervised, Supervisor};
use windrose_sys::Inherited;
use windrose_telemetry::Seen;

use super::feed::{Feed, First};
use super::manager::Manager;
use super::signals::{Asked, Signals, Stop as AskedToStop};
use super::wishes::fulfil;
use super::{Failure, Gateway};
use crate::healthcheck::Target;
use crate::quick;

/// What the control task works with.
struct Control {
    gateway: Gateway,
    signals: Signals,
    manager: Manager,
    supervisor: Supervisor,
    first: First,
    windows: Arc<Windows>,
    current: Arc<Current>,
    /// Told when entry points accept.
    opened: watch::Sender<bool>,
    /// Dropping it ends the providers.
    _providers: StopTrigger,
}

/// Whether to go on.
#[derive(PartialEq, Eq)]
enum Up {
    /// Everything is there to serve.
    Ready,
    /// It was asked to stop before.
    Unwanted,
}

/// Serves until it is asked to stop.
pub(super) async fn serve(mut gateway: Gateway) -> Result<(), Failure> {
    let signals = Signals::listen().map_err(|error| Failure::System("listen to signals", error))?;
    let windows = Arc::new(Windows::beside(&gateway.around));
    let tools = gateway.tools(&windows);
    let live = Arc::clone(&tools.live);
    let reload = Reload::new(Arc::clone(&gateway.settings), tools);
    let current = Arc::clone(reload.current());
    let _ = windows.published.set(Arc::clone(reload.published()));
    let _ = windows.current.set(Arc::clone(&current));

    let (publishers, updates) = Publishers::new();
    let _ = windows.states.set(publishers.states());
    let (trigger, stop) = Stop::new();
    let _ = windows.states.set(publishers.states());
    let mut supervisor = Supervisor::new(Handle::current());
    let (published, shown) = (Arc::clone(reload.published()), Arc::clone(&windows.providers));
    let (feed, first) = Feed::new(updates, gateway.expected(), published, shown);
    for provider in std::mem::take(&mut gateway.providers).supervised() {
        supervisor.start(provider, &publishers, stop.clone());
    }
    let stapling = stapler(&gateway.settings, &reload);
    let (opened, is_open) = watch::channel(false);
    if AcmeProvider::is_wanted(&gateway.settings) {
        let shown = Shown {
            published: Arc::clone(reload.published()),
            news: reload.news(),
            current: Arc::clone(&current),
            is_open,
            orders: windows.orders.clone(),
        };
        supervisor.start(certificates(&gateway, &windows, &live, shown), &publishers, stop);
    }
    if let Some(plan) = &gateway.quick {
        publishers.provider(quick::PROVIDER).publish(plan.routing());
    }
    drop(publishers);

    let (ending, is_ending) = watch::channel(false);
    let pushing = gateway.telemetry.push(look(&windows), is_ending);
    let wishes = gateway.around.wishes.clone();
    let wishing = fulfil(wishes, Arc::clone(&gateway.settings), Arc::clone(&gateway.telemetry));
    let manager = Manager::find();
    let control = Control {
        gateway,
        signals,
        manager,
        supervisor,
        first,
        windows,
        current,
        opened,
        _providers: trigger,
    };
    let reloading = async {
        reload.run(feed).await;
        // No provider is left to say anything; what is in force stays.
        pending().await
    };
    let stapling = async {
        if let Some(stapler) = stapling {
            stapler.run().await;
        }
        pending().await
    };
    let mut pushing = pin!(pushing);
    let mut serving = pin!(async {
        tokio::select! {
            outcome = control.live() => outcome,
            outcome = reloading => outcome,
            outcome = stapling => outcome,
            () = wishing => pending().await,
        }
    });
    let outcome = tokio::select! {
        outcome = &mut serving => outcome,
        // It does not end before it is asked to.
        () = &mut pushing => return serving.await,
    };
    // What was recorded of the last requests leaves after them, unless somebody is in a hurry.
    ending.send_replace(true);
    if outcome.is_ok() {
        pushing.await;
    }
    outcome
}

/// What staples certificates, if that is wanted and can be done.
fn stapler(settings: &StaticConfig, reload: &Reload) -> Option<Stapler> {
    let windows = windrose_ocsp::Windows { current: Arc::clone(reload.current()), news: reload.news() };
    let made = Stapler::new(settings.ocsp.as_ref()?, windows, &windrose_assembly::files);
    made.inspect_err(|error| tracing::error!(%error, "certificates are not stapled")).ok()
}

impl Control {
    async fn live(mut self) -> Result<(), Failure> {
        if self.come_up().await == Up::Unwanted {
            return Ok(());
        }
        let engine = self.open()?;
        self.manager.ready();
        let stop = self.attend().await;
        self.manager.stopping();
        self.go_down(engine, stop).await
    }

    /// Waits until whoever connects finds routes, not an empty table, unless a provider has nothing to say for long.
    async fn come_up(&mut self) -> Up {
        let mut late = pin!(tokio::time::sleep(PATIENCE));
        let mut is_running = true;
        loop {
            tokio::select! {
                () = self.first.heard() => return Up::Ready,
                () = &mut late => {
                    tracing::warn!("starting before every provider was heard");
                    return Up::Ready;
                }
                ended = self.supervisor.ended(), if is_running => match ended {
                    Some(ended) => tell_end(&ended),
                    None if self.gateway.quick.is_some() => is_running = false,
                    None => return Up::Ready,
                },
                _ = self.signals.stop() => return Up::Unwanted,
            }
        }
    }

    /// Opens the entry points.
    fn open(&mut self) -> Result<Engine, Failure> {
        let gateway = &mut self.gateway;
        let engine = Engine::start(Setup {
            entries: std::mem::take(&mut gateway.entries),
            workers: windrose_sys::worker_count(),
            host_name: Arc::clone(&gateway.host_name),
            current: Arc::clone(&self.current),
            observe: self.windows.observers(gateway.telemetry.observers(), &gateway.settings),
            inherited: gateway.inherited.take().unwrap_or_else(Inherited::from_env),
        })?;
        let status = engine.status();
        let _ = self.windows.status.set(Arc::clone(&status));
        gateway.tell_ready(&status);
        self.opened.send_replace(true);
        Ok(engine)
    }

    /// Does what is asked, until that is to stop.
    async fn attend(&mut self) -> AskedToStop {
        let ping = Target::of(&self.gateway.settings).ok();
        loop {
            tokio::select! {
                Some(ended) = self.supervisor.ended() => tell_end(&ended),
                () = self.manager.expects() => if self.is_waiting() || is_well(ping.clone()).await {
                    self.manager.alive();
                },
                asked = self.signals.next() => match asked {
                    Asked::Stop(by) => return AskedToStop::now(by),
                    Asked::Reload => {
                        tracing::info!("reading the routing files again");
                        self.gateway.around.files.request();
                    }
                    Asked::Reopen => {
                        self.gateway.telemetry.reopen();
                        reopen(&self.gateway.log);
                    }
                },
            }
        }
    }

    /// Whether a provider is still to be heard: ping says no then, and starting again would not help.
    fn is_waiting(&self) -> bool {
        self.windows.providers.load().iter().any(|heard| !heard.in_force)
    }

    async fn go_down(mut self, engine: Engine, stop: AskedToStop) -> Result<(), Failure> {
        tokio::select! {
            ended = engine.stop() => {
                if !ended {
                    tracing::warn!("requests that took longer than the grace time were cut");
                }
                tracing::info!("stopped");
                Ok(())
            }
            () = self.signals.press(stop) => Err(Failure::Hurried),
        }
    }
}

/// What there is to see besides what was counted.
fn look(windows: &Arc<Windows>) -> Arc<dyn Fn() -> Seen + Send + Sync> {
    let windows = Arc::clone(windows);
    Arc::new(move || windows.seen())
}

/// What obtains certificates.
fn certificates(gateway: &Gateway, windows: &Windows, live: &Live, shown: Shown) -> Supervised {
    let settings = Arc::clone(&gateway.settings);
    let around = Surroundings {
        tokens: Arc::clone(&windows.tokens),
        challenges: Arc::clone(&live.challenges),
        open: windrose_assembly::storage,
        ..Surroundings::of_process(windrose_assembly::files)
    };
    Supervised::new(windrose_acme::NAME, move || {
        Box::new(AcmeProvider::new(Arc::clone(&settings), around.clone(), shown.clone()))
    })
}

fn tell_end(ended: &Ended) {
    if let Err(error) = &ended.outcome {
        tracing::error!(providerName = %ended.provider, %error, "provider ended");
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
