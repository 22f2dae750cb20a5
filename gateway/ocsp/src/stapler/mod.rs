//! Keeps every certificate in force stapled.
//!
//! One future, in which everything that is asked is polled together. It looks again whenever configuration was put in
//! force, an answer came, or one is to be renewed: half way through its time, and every hour where it has none.

mod ask;
mod known;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use windrose_config::static_config::Ocsp;
use windrose_engine::publish::Current;
use windrose_tls::{Certificate, ClientTlsError, Files};

use ask::{Asker, Asking};
use known::Known;

/// What is seen of the engine.
#[derive(Clone, Debug)]
pub struct Windows {
    /// What traffic sees.
    pub current: Arc<Current>,
    /// Changes when something was put in force.
    pub news: watch::Receiver<()>,
}

/// Asks, and staples.
#[derive(Debug)]
pub struct Stapler {
    windows: Windows,
    asker: Asker,
    /// By fingerprint.
    known: HashMap<String, Known>,
    under_way: Vec<Asking>,
}

impl Stapler {
    /// Staples certificates as it is written.
    ///
    /// # Errors
    /// The certificates that the system trusts cannot be used.
    pub fn new(written: &Ocsp, windows: Windows, files: &dyn Files) -> Result<Self, ClientTlsError> {
        let asker = Asker::new(written, files)?;
        Ok(Self { windows, asker, known: HashMap::new(), under_way: Vec::new() })
    }

    /// Works until nobody puts anything in force any more.
    pub async fn run(mut self) {
        let mut certificates = self.in_force();
        loop {
            self.begin(&certificates);
            let due = self.due();
            tokio::select! {
                changed = self.windows.news.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    certificates = self.in_force();
                }
                (fingerprint, outcome) = ask::next(&mut self.under_way) => {
                    if let Some(known) = self.known.get_mut(&fingerprint) {
                        known.learn(outcome, SystemTime::now());
                    }
                }
                () = sleep_until(due) => {}
            }
        }
    }

    /// All certificates that clients may get, by fingerprint.
    fn in_force(&mut self) -> BTreeMap<String, Vec<Arc<Certificate>>> {
        let mut found: BTreeMap<String, Vec<Arc<Certificate>>> = BTreeMap::new();
        self.windows.news.mark_unchanged();
        let snapshot = self.windows.current.load();
        for listener in &snapshot.listeners {
            for certificate in listener.acceptor.store().all() {
                let same = found.entry(certificate.facts().fingerprint.clone()).or_default();
                if !same.iter().any(|known| Arc::ptr_eq(known, certificate)) {
                    same.push(Arc::clone(certificate));
                }
            }
        }
        found
    }

    /// Forgets what is not in force any more, staples what is known, and asks for what is due.
    fn begin(&mut self, certificates: &BTreeMap<String, Vec<Arc<Certificate>>>) {
        let now = SystemTime::now();
        self.known.retain(|fingerprint, _| certificates.contains_key(fingerprint));
        self.under_way.retain(|asking| certificates.contains_key(asking.about()));
        for (fingerprint, same) in certificates {
            let Some(first) = same.first() else { continue };
            let known = self.known.entry(fingerprint.clone()).or_insert_with(|| Known::new(first));
            known.staple(same, now);
            let is_asked = self.under_way.iter().any(|asking| asking.about() == fingerprint);
            if let Some(question) = known.wants(now).filter(|_| !is_asked && self.under_way.len() < MOST) {
                self.under_way.push(self.asker.ask(fingerprint, question));
            }
        }
    }

    /// When to look again at the latest; what is due and finds no place is begun when one is free.
    fn due(&self) -> Instant {
        let now = SystemTime::now();
        let is_full = self.under_way.len() >= MOST;
        let times = self.known.iter().filter_map(|(fingerprint, known)| {
            let is_asked = self.under_way.iter().any(|asking| asking.about() == fingerprint);
            let due = known.due()?.duration_since(now).unwrap_or_default();
            let waits = is_asked || is_full && due.is_zero();
            (!waits).then_some(due)
        });
        Instant::now() + times.min().unwrap_or(known::LONGEST)
    }
}

/// How many are asked at a time.
const MOST: usize = 8;
