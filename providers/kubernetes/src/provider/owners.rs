//! Tells the owners of objects what became of them: Events of what is wrong, and a condition on our own kinds.
//!
//! Both say what translation found, and what the engine found once it had the result in force. Of several replicas each
//! writes Events, whose names are the same for the same words; conditions are written by the holder of a Lease.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use windrose_config::{DynamicConfig, Problem, Severity};
use windrose_providers_core::Updates;

use super::Source;
use super::conditions::Conditions;
use super::events::Recorder;
use crate::lease::Lease;
use crate::translate::{Judged, Verdict};
use crate::watch::Watches;

/// What came of the last translation.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What was published.
    pub(super) config: Arc<DynamicConfig>,
    /// What translation found.
    pub(super) verdicts: Vec<Verdict>,
    /// What it looked at.
    pub(super) judged: Vec<Arc<Judged>>,
}

/// Tells them, for ever.
pub(super) async fn tell(
    watches: &Watches,
    source: &Source,
    mut outcomes: watch::Receiver<Arc<Outcome>>,
    out: &Updates,
) {
    let mut findings = out.findings();
    let mut recording = source.wishes().found();
    let mut recorder = Recorder::default();
    let mut conditions = Conditions::default();
    let mut lease = Lease::new(source.lease(LEASE), HELD);
    let mut renew = tokio::time::interval(RENEW);
    renew.tick().await;
    let mut turn = Turn::default();
    loop {
        let waited = tokio::select! {
            () = std::future::ready(()), if turn.more => true,
            _ = renew.tick() => {
                turn.is_renewed = false;
                true
            }
            changed = outcomes.changed() => changed.is_ok(),
            changed = findings.changed() => changed.is_ok(),
            Ok(()) = recording.changed() => true,
        };
        let outcome = Arc::clone(&outcomes.borrow_and_update());
        let Some(api) = watches.api().filter(|_| waited && watches.is_complete()) else {
            if waited { continue } else { return std::future::pending().await }
        };
        let verdicts = {
            let findings = findings.borrow_and_update();
            let are_heard = findings.are_of(source.name(), &outcome.config);
            // What was just published is told when it is in force, or when that takes longer than anybody waits.
            if !are_heard && turn.is_renewed && !turn.more {
                continue;
            }
            let recording = recording.borrow_and_update();
            let problems = findings.problems.iter().chain(&**recording);
            if are_heard { whole(&outcome, problems) } else { outcome.verdicts.clone() }
        };
        if source.has_conditions() && !conditions.are_denied() {
            if !turn.is_renewed {
                turn.is_leader = lease.hold(api, api.namespace()).await;
            }
            turn.more = turn.is_leader && conditions.write(api, &outcome.judged, &verdicts).await;
        }
        turn.is_renewed = true;
        recorder.record(api, verdicts).await;
    }
}

/// How it stands between two looks.
#[derive(Debug, Default)]
struct Turn {
    is_leader: bool,
    /// Whether the Lease was asked for since it was to be renewed.
    is_renewed: bool,
    /// Whether there is more to write than was written at once.
    more: bool,
}

/// What translation found, and what the engine found in those objects that translation found nothing wrong with.
pub(super) fn whole<'p>(outcome: &Outcome, problems: impl IntoIterator<Item = &'p Problem>) -> Vec<Verdict> {
    let mut verdicts = outcome.verdicts.clone();
    let place = |problem: &Problem| problem.origin.as_ref().map(|origin| origin.source.to_string());
    let told: HashSet<(&str, Option<String>)> =
        outcome.config.problems.iter().map(|problem| (&*problem.message, place(problem))).collect();
    let own = |problem: &Problem| told.contains(&(&*problem.message, place(problem)));
    let found = problems.into_iter().filter(|problem| problem.origin.is_some() && !own(problem));
    let mut found = found.peekable();
    if found.peek().is_none() {
        return verdicts;
    }
    let is_error = |verdict: &&Verdict| verdict.severity == Severity::Error;
    let refused: HashSet<Arc<str>> =
        verdicts.iter().filter(is_error).map(|verdict| Arc::clone(&verdict.subject.uid)).collect();
    let judged = outcome.judged.iter().filter(|judged| !refused.contains(&judged.subject.uid));
    let by_place: HashMap<String, &Arc<Judged>> =
        judged.map(|judged| (judged.subject.place(), judged)).collect();
    for problem in found {
        let Some(origin) = &problem.origin else { continue };
        let Some(judged) = by_place.get(&origin.source.to_string()) else { continue };
        verdicts.push(Verdict {
            subject: judged.subject.clone(),
            severity: problem.severity,
            field: "spec".to_owned(),
            message: problem.message.clone(),
        });
    }
    verdicts
}

/// The name of the Lease.
const LEASE: &str = "windrose-status";
/// How long a hold lasts that is not renewed, and how often it is.
const HELD: Duration = Duration::from_secs(15);
const RENEW: Duration = Duration::from_secs(5);
