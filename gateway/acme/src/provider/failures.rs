//! What went wrong, and when it is tried again: the longer, the more often it has, and by whose fault it is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::spread;
use crate::acme::Blame;
use crate::domains::{NameError, Wish};

/// Certificates that could not be obtained.
#[derive(Debug, Default)]
pub(super) struct Failures {
    all: HashMap<(Arc<str>, Vec<String>), Failure>,
    told: HashSet<(Arc<str>, Vec<String>)>,
    /// When a resolver was last told that it asks too much.
    limited: HashMap<Arc<str>, Instant>,
}

#[derive(Debug)]
struct Failure {
    count: u32,
    until: Instant,
    /// In words.
    error: String,
}

impl Failures {
    /// One more; gives how long it is left alone.
    pub(super) fn add(
        &mut self,
        resolver: &Arc<str>,
        names: &[String],
        blame: Blame,
        error: &str,
        now: Instant,
    ) -> Duration {
        let key = (Arc::clone(resolver), names.to_vec());
        let count = self.all.get(&key).map_or(0, |failure| failure.count) + 1;
        let wait = spread(pause(blame, count));
        self.all.insert(key, Failure { count, until: now + wait, error: error.to_owned() });
        if let Blame::Rate(_) = blame {
            self.limited.insert(Arc::clone(resolver), now);
        }
        wait
    }

    /// It is left alone until then, for a failure of somebody else.
    pub(super) fn rest(&mut self, resolver: &Arc<str>, names: &[String], until: Instant) {
        let key = (Arc::clone(resolver), names.to_vec());
        let count = self.all.get(&key).map_or(0, |failure| failure.count);
        let error = "another gateway with the same storage failed to obtain it".to_owned();
        self.all.insert(key, Failure { count, until, error });
    }

    pub(super) fn forget(&mut self, resolver: &Arc<str>, names: &[String]) {
        self.all.remove(&(Arc::clone(resolver), names.to_vec()));
        self.limited.remove(resolver);
    }

    /// Whether it is too early. Where we ask an authority too much, that is so for a while for everything it is asked:
    /// it does not say whether it means these names or all.
    pub(super) fn holds_back(&self, resolver: &Arc<str>, names: &[String]) -> bool {
        let now = Instant::now();
        let own = self.all.get(&(Arc::clone(resolver), names.to_vec()));
        own.is_some_and(|failure| failure.until > now) || self.is_exhausted(resolver)
    }

    fn is_exhausted(&self, resolver: &Arc<str>) -> bool {
        let now = Instant::now();
        self.limited.get(resolver).is_some_and(|since| *since + A_WHILE > now)
    }

    /// What went wrong with which names of which resolver, and when it is tried again.
    pub(super) fn list(&self) -> impl Iterator<Item = (&Arc<str>, &[String], &str, Instant)> {
        self.all.iter().map(|((resolver, names), failure)| {
            (resolver, names.as_slice(), failure.error.as_str(), failure.until)
        })
    }

    /// When something may be tried again.
    pub(super) fn due(&self) -> impl Iterator<Item = Instant> {
        let now = Instant::now();
        let limited = self.limited.values().map(|since| *since + A_WHILE);
        let due = self.all.values().map(|failure| failure.until).chain(limited);
        due.filter(move |until| *until > now)
    }

    /// Forgets what nobody has wanted for long.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.all.retain(|_, failure| failure.until + FORGOTTEN > now);
    }

    /// Says once what is wrong with the names of a wish.
    pub(super) fn tell_once(&mut self, wish: &Wish, error: &NameError) {
        if self.told.insert((Arc::clone(&wish.resolver), wish.names.clone())) {
            let (resolver, router) = (&wish.resolver, &wish.whose);
            tracing::error!(%resolver, %router, %error, "no certificate can be obtained for the names of a router");
        }
    }
}

/// How long to leave something alone that went wrong so often.
fn pause(blame: Blame, count: u32) -> Duration {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    let (first, longest) = match blame {
        Blame::Passing => (Duration::from_secs(30), minutes(60)),
        // Authorities count failed proofs for an hour.
        Blame::Proof => (minutes(5), minutes(12 * 60)),
        Blame::Rate(Some(asked)) => return asked.clamp(minutes(1), minutes(7 * 24 * 60)),
        Blame::Rate(None) => (minutes(60), minutes(24 * 60)),
        Blame::Refusal => (minutes(60), minutes(24 * 60)),
    };
    first.saturating_mul(1 << count.saturating_sub(1).min(16)).min(longest)
}

const FORGOTTEN: Duration = Duration::from_secs(48 * 3600);
const A_WHILE: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_and_depends_on_whose_fault_it_is() {
        let seconds = |blame, count| pause(blame, count).as_secs();
        assert_eq!([1, 2, 3, 20].map(|count| seconds(Blame::Passing, count)), [30, 60, 120, 3600]);
        assert_eq!([1, 2, 20].map(|count| seconds(Blame::Proof, count)), [300, 600, 43_200]);
        assert_eq!(seconds(Blame::Rate(Some(Duration::from_secs(7200))), 5), 7200);
        assert_eq!(seconds(Blame::Refusal, 1), 3600);
    }

    #[test]
    fn asking_too_much_holds_everything_of_a_resolver_back() {
        let (mut failures, now) = (Failures::default(), Instant::now());
        let [a, b]: [Arc<str>; 2] = ["a", "b"].map(Into::into);
        let names = |name: &str| vec![name.to_owned()];
        failures.add(&a, &names("x"), Blame::Proof, "down", now);
        assert!(failures.holds_back(&a, &names("x")) && !failures.holds_back(&a, &names("y")));
        failures.add(&a, &names("z"), Blame::Rate(Some(Duration::from_secs(600))), "down", now);
        assert!(failures.holds_back(&a, &names("y")) && !failures.holds_back(&b, &names("y")));
        failures.forget(&a, &names("z"));
        assert!(!failures.holds_back(&a, &names("y")));
        let earlier = now.checked_sub(Duration::from_secs(700)).unwrap();
        failures.add(&a, &names("z"), Blame::Rate(Some(Duration::from_secs(7200))), "down", earlier);
        assert!(failures.holds_back(&a, &names("z")) && !failures.holds_back(&a, &names("y")));
    }
}
