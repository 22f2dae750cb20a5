//! What a service knows of one of its servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use windrose_http::{Blame, Reply};

use crate::balance::{Peak, Times};
use crate::health::passive::Failures;
use crate::health::{Passive, Vital, Watch};
use crate::pool::Local;

/// What a service knows of one of its servers beside what all services know. Lives on when the service is made again.
#[derive(Debug)]
pub struct State {
    /// How many requests it has, where that is counted.
    in_flight: AtomicUsize,
    load: Load,
    /// How soon its answers begin, where somebody asks.
    times: Clocked,
    /// How it answered, where that is judged.
    failures: Option<Failures>,
    /// Whether it is let take part, by how it answered.
    vital: Arc<Vital>,
    recovers: Recovers,
    since: Instant,
    /// When it came or came back, in microseconds from 1; 0 is long ago.
    came: AtomicU64,
}

/// How the beginnings of answers are timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timing {
    None,
    /// By the mean of the last ones.
    Mean,
    /// By a mean in which the past fades.
    Peak,
}

#[derive(Debug)]
enum Clocked {
    None,
    Mean(Box<Times>),
    Peak(Peak),
}

/// Whether somebody asks how many requests a server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    Counted,
    Ignored,
}

/// What is wanted of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) load: Load,
    pub(super) times: Timing,
    pub(super) passive: Option<Passive>,
    pub(super) recovers: Recovers,
}

impl State {
    pub(super) fn new(wanted: Wanted) -> Self {
        Self {
            in_flight: AtomicUsize::new(0),
            load: wanted.load,
            times: match wanted.times {
                Timing::None => Clocked::None,
                Timing::Mean => Clocked::Mean(Box::default()),
                Timing::Peak => Clocked::Peak(Peak::default()),
            },
            failures: wanted.passive.map(Failures::new),
            vital: Vital::new(),
            recovers: wanted.recovers,
            since: Instant::now(),
            came: AtomicU64::new(0),
        }
    }

    /// Whether it holds what is wanted.
    pub(super) fn suits(&self, wanted: Wanted) -> bool {
        let times = match self.times {
            Clocked::None => Timing::None,
            Clocked::Mean(_) => Timing::Mean,
            Clocked::Peak(_) => Timing::Peak,
        };
        times == wanted.times
            && self.load == wanted.load
            && self.failures.as_ref().map(Failures::of) == wanted.passive
            && self.recovers == wanted.recovers
    }

    /// How many requests the server has from this service; 0 where that is not counted.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How many milliseconds its answers take to begin; 0 where nobody asks.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if let Clocked::Mean(times) = &self.times { times.mean() } else { 0.0 }
    }

    /// What a request would have to wait for; 0 where nobody asks.
    pub(super) fn cost(&self, weight: i64) -> f32 {
        match &self.times {
            Clocked::Peak(peak) => peak.cost(self.since.elapsed(), self.in_flight(), weight),
            _ => 0.0,
        }
    }

    /// Whether it is let take part, by how it answered.
    pub(super) const fn vital(&self) -> &Arc<Vital> {
        &self.vital
    }

    /// It comes, or comes back.
    pub(in super::super) fn come(&self) {
        self.came.store(micros(self.since.elapsed()).saturating_add(1), Ordering::Relaxed);
    }

    /// How much of its share it gets in a thousand, when it should have all of it after `window`; never less than a
    /// tenth, so that it warms up.
    pub(super) fn warmth(&self, window: Duration) -> usize {
        let came = self.came.load(Ordering::Relaxed);
        if came == 0 {
            return WARM;
        }
        let age = micros(self.since.elapsed()).saturating_sub(came);
        let warmth = u128::from(age) * WARM as u128 / window.as_micros().max(1);
        if warmth >= WARM as u128 {
            // Nobody has to look again.
            self.came.store(0, Ordering::Relaxed);
        }
        usize::try_from(warmth).unwrap_or(WARM).clamp(WARM / 10, WARM)
    }

    /// Whether requests are counted.
    pub(in super::super) fn is_counted(&self) -> bool {
        self.load == Load::Counted
    }

    pub(in super::super) fn enter(&self) {
        if self.is_counted() {
            self.in_flight.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(in super::super) fn leave(&self) {
        if self.is_counted() {
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The time, where somebody asks for it: microseconds since whenever.
    pub(in super::super) fn clock(&self) -> u64 {
        if matches!(self.times, Clocked::None) { 0 } else { micros(self.since.elapsed()) }
    }

    /// An answer began to a request that was sent then; or none will.
    pub(in super::super) fn time(&self, sent: u64, is_answer: bool) {
        if matches!(self.times, Clocked::None) {
            return;
        }
        let now = self.since.elapsed();
        let took = Duration::from_micros(micros(now).saturating_sub(sent));
        match &self.times {
            Clocked::Mean(times) if is_answer => times.add(took),
            // Failing fast is no merit.
            Clocked::Peak(peak) => peak.add(now, if is_answer { took } else { took.max(FAILED) }),
            Clocked::None | Clocked::Mean(_) => {}
        }
    }

    /// Judges an answer. A server that is put out by it comes back after the window, or when a check says so.
    pub(in super::super) fn judge(self: &Arc<Self>, reply: &Reply, local: &Local) {
        let Some(failures) = &self.failures else { return };
        match reply.failure.map(windrose_http::Failure::blame) {
            // It says nothing of the server.
            Some(Blame::Client) => {}
            None if reply.status < 500 => failures.forgive(),
            _ if failures.add(self.since.elapsed()) && self.vital.tell(false) => {
                tracing::debug!(window = ?failures.of().window(), "a server is left out after failed requests");
                if self.recovers == Recovers::Alone {
                    self.recover_after(failures.of().window(), local);
                }
            }
            _ => {}
        }
    }

    fn recover_after(self: &Arc<Self>, window: Duration, local: &Local) {
        let weak = Arc::downgrade(self);
        local.spawn(
            "recovery",
            Box::pin(async move {
                tokio::time::sleep(window).await;
                if let Some(state) = weak.upgrade() {
                    state.notice();
                }
            }),
        );
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// How a server comes back that was put out by its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovers {
    /// After a while.
    Alone,
    /// When a check says that it is well.
    ByCheck,
}

/// All of a share.
pub(super) const WARM: usize = 1000;
/// What a request counts that had no answer.
const FAILED: Duration = Duration::from_secs(1);

impl Watch for State {
    /// It is well again.
    fn notice(&self) {
        if let Some(failures) = &self.failures {
            failures.forgive();
        }
        self.vital.tell(true);
    }
}
