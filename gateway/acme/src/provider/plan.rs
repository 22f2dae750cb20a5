//! A certificate that is held, and when it is to be renewed.

use std::time::{Duration, SystemTime};

use rustls_pki_types::CertificateDer;
use tokio::time::Instant;
use windrose_tls::load_certificate;

use crate::acme::{Window, certificate_id};
use crate::agent::{Agent, ObtainError, Wanted};
use crate::domains::covers;
use crate::storage::{Certificate, Kept};

/// A certificate that is held.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) kept: Certificate,
    names: Vec<String>,
    /// What it serves.
    certified: Vec<String>,
    pub(super) not_after: i64,
    /// By its age.
    by_age: SystemTime,
    /// By what the authority says.
    by_authority: Option<SystemTime>,
    /// Its name for the authority, and when to ask again.
    question: Option<(String, Instant)>,
}

impl Held {
    /// All that is kept of a resolver and can be used; of the others it is said why not, and they are obtained anew.
    pub(super) fn all(agent: &Agent, kept: &Kept) -> Vec<Self> {
        Self::again(agent, kept, &[])
    }

    /// The same, where what is known of those that did not change stays known.
    pub(super) fn again(agent: &Agent, kept: &Kept, before: &[Self]) -> Vec<Self> {
        let mut all = Vec::with_capacity(kept.certificates.len());
        for one in &kept.certificates {
            match before.iter().find(|held| held.kept == *one) {
                Some(held) => all.push(held.clone()),
                None => all.extend(Self::new(agent, one)),
            }
        }
        all
    }

    fn new(agent: &Agent, kept: &Certificate) -> Option<Self> {
        let loaded = match load_certificate(&kept.certificate, &kept.key) {
            Ok(loaded) => loaded,
            Err(error) => {
                let names = kept.domain.names().join(",");
                tracing::warn!(resolver = %agent.name, names, %error, "a stored certificate cannot be used");
                return None;
            }
        };
        let facts = loaded.facts();
        let id = loaded.chain().first().map(CertificateDer::as_ref).and_then(certificate_id);
        Some(Self {
            names: kept.domain.names(),
            certified: facts.names.clone(),
            not_after: facts.not_after,
            by_age: agent.times().renew_at(facts.not_before, facts.not_after),
            by_authority: None,
            question: id.map(|id| (id, Instant::now())),
            kept: kept.clone(),
        })
    }

    /// The names it was ordered for.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn covers(&self, name: &str) -> bool {
        self.certified.iter().any(|one| covers(one, name))
    }

    pub(super) fn renew_at(&self) -> SystemTime {
        self.by_authority.map_or(self.by_age, |time| time.min(self.by_age))
    }

    /// What the authority is to be asked about it, if it is time; it is not asked again until it has answered.
    pub(super) fn question(&mut self, now: Instant) -> Option<String> {
        let (id, next) = self.question.as_mut()?;
        if *next > now {
            return None;
        }
        *next = now + UNANSWERED;
        Some(id.clone())
    }

    /// What the authority has answered. It is free to be silent, and then age alone counts.
    pub(super) fn told(&mut self, resolver: &str, outcome: &Result<Option<Window>, ObtainError>) {
        let now = Instant::now();
        match outcome {
            Ok(Some(window)) => {
                // Once chosen, the time within the window stays, unless the window leaves it.
                let is_inside = |time: &SystemTime| (window.start..window.end).contains(time);
                if !self.by_authority.as_ref().is_some_and(is_inside) {
                    self.by_authority = Some(within(window));
                }
                self.ask_again(now + window.ask_again);
            }
            Ok(None) => self.question = None,
            Err(error) => {
                tracing::debug!(resolver, names = self.names.join(","), %error, "the authority does not say when to renew");
                self.ask_again(now + UNANSWERED);
            }
        }
    }

    fn ask_again(&mut self, at: Instant) {
        if let Some((_, next)) = &mut self.question {
            *next = at;
        }
    }

    /// What is to be obtained in its place.
    pub(super) fn wanted(&self) -> Wanted {
        let replaces =
            self.question.as_ref().map(|(id, _)| id.clone()).filter(|_| self.by_authority.is_some());
        let known = Some(self.kept.certificate.clone());
        Wanted { names: self.names.clone(), replaces, known }
    }

    /// When something is to be done with it.
    pub(super) fn due(&self, now: Instant, clock: SystemTime) -> Instant {
        let left = self.renew_at().duration_since(clock).unwrap_or(RETRIED);
        let renewal = now + left;
        self.question.as_ref().map_or(renewal, |(_, next)| renewal.min(*next))
    }
}

/// A time within the window, which each certificate chooses for itself.
fn within(window: &Window) -> SystemTime {
    let mut bytes = [0; 4];
    let _ = getrandom::fill(&mut bytes);
    let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    window.start + window.end.duration_since(window.start).unwrap_or_default().mul_f64(share * 0.999)
}

/// How long a question may go unanswered before it is asked again.
const UNANSWERED: Duration = Duration::from_secs(3600);
/// What is overdue is under way, or held back until a time that is known elsewhere.
const RETRIED: Duration = Duration::from_secs(3600);
