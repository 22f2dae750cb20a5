//! What is known of one certificate.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use windrose_tls::{Certificate, OcspQuestion, Staple};

use super::ask::AskError;

/// A certificate, and what its issuer says of it.
#[derive(Debug)]
pub(super) struct Known {
    /// What people know it by.
    name: String,
    question: Option<Arc<OcspQuestion>>,
    staple: Option<Staple>,
    /// Whether clients are still to be given what was learned last.
    is_news: bool,
    /// When to ask.
    due: SystemTime,
    /// How often asking has failed since it last did not.
    failures: u32,
}

impl Known {
    pub(super) fn new(certificate: &Certificate) -> Self {
        let facts = certificate.facts();
        let name = facts.names.first().unwrap_or(&facts.subject.common_name).clone();
        let question = certificate.question().map(Arc::new);
        Self { name, question, staple: None, is_news: false, due: SystemTime::UNIX_EPOCH, failures: 0 }
    }

    /// When it is to be asked about; never, if nobody is to be asked.
    pub(super) fn due(&self) -> Option<SystemTime> {
        let expiry = self.staple.as_ref().and_then(|staple| staple.until).map(at);
        self.question.as_ref().map(|_| expiry.map_or(self.due, |expiry| expiry.min(self.due)))
    }

    /// What is to be asked now, if anything.
    pub(super) fn wants(&self, now: SystemTime) -> Option<&Arc<OcspQuestion>> {
        self.question.as_ref().filter(|_| self.due <= now)
    }

    /// Gives clients of these what is known, as long as it counts.
    pub(super) fn staple(&mut self, same: &[Arc<Certificate>], now: SystemTime) {
        if self.staple.as_ref().and_then(|staple| staple.until).is_some_and(|until| at(until) <= now) {
            tracing::warn!(
                name = self.name,
                "the issuer's answer has ended, clients get none until there is another"
            );
            self.staple = None;
        }
        // Compiled anew, or learned anew: all others have it.
        let is_new = std::mem::take(&mut self.is_news);
        for certificate in same.iter().filter(|one| is_new || one.is_stapled() != self.staple.is_some()) {
            certificate.staple(self.staple.as_ref());
        }
    }

    /// Takes the outcome of asking over.
    pub(super) fn learn(&mut self, outcome: Result<Staple, AskError>, now: SystemTime) {
        match outcome {
            Ok(staple) => {
                if self.failures > 0 {
                    tracing::info!(name = self.name, "the issuer answers again");
                }
                self.failures = 0;
                self.due = now + rest(&staple, now);
                self.staple = Some(staple);
                self.is_news = true;
            }
            Err(error) => {
                if self.failures == 0 {
                    let cause = error.chain();
                    tracing::warn!(name = self.name, error = cause, "no answer of the issuer to staple");
                }
                if error.is_final() {
                    self.staple = None;
                }
                self.due = now + (SHORTEST * 2u32.saturating_pow(self.failures.min(10))).min(LONGEST);
                self.failures += 1;
            }
        }
    }
}

/// How long an answer may be used before it is asked for again: half of its time.
fn rest(staple: &Staple, now: SystemTime) -> Duration {
    let Some(until) = staple.until else { return LONGEST };
    let half = at(staple.from + (until - staple.from) / 2);
    half.duration_since(now).unwrap_or_default().clamp(SHORTEST, MOST_REST)
}

fn at(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

/// How long a responder has peace at least.
const SHORTEST: Duration = Duration::from_secs(60);
/// How long one that fails has peace at most, and whoever gives answers without an end.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);
/// Clocks jump: even a very long answer is looked at after some days.
const MOST_REST: Duration = Duration::from_secs(7 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    fn staple(from: i64, until: Option<i64>) -> Staple {
        Staple { bytes: Vec::new(), from, until }
    }

    #[test]
    fn an_answer_is_renewed_half_way() {
        let cases = [
            (staple(1_000_000, Some(1_100_000)), 50_000),
            (staple(950_000, Some(1_050_000)), 60),
            (staple(1_000_000, None), 3600),
            (staple(1_000_000, Some(4_000_000_000)), 7 * 24 * 3600),
        ];
        for (staple, expected) in cases {
            assert_eq!(rest(&staple, at(1_000_000)).as_secs(), expected, "{staple:?}");
        }
    }

    #[test]
    fn whoever_does_not_answer_is_asked_less_and_less() {
        let mut known =
            Known { name: "a".into(), question: None, staple: None, is_news: false, due: at(0), failures: 0 };
        let mut waits = Vec::new();
        for _ in 0..8 {
            known.learn(Err(AskError::nobody()), at(1_000));
            waits.push(known.due.duration_since(at(1_000)).unwrap().as_secs());
        }
        assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
        known.learn(Ok(staple(1_000, Some(3_000))), at(1_000));
        assert_eq!((known.failures, known.due), (0, at(2_000)));
    }
}
