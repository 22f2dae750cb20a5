//! The condition `Accepted` of our own kinds: whether an object is served as it is written, and if not, why.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use windrose_config::Severity;

use super::events::{api_version, now};
use crate::client::{Api, ApiError, escaped};
use crate::objects::{ACCEPTED, Condition, Kind};
use crate::translate::{Judged, Subject, Verdict};

/// Remembers what was written.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    written: HashMap<Arc<str>, Arc<Condition>>,
    /// All that was in order the last time, and what was said then.
    settled: (Vec<Arc<Judged>>, Vec<Verdict>),
    offered: Option<Offered>,
    is_denied: bool,
}

/// The kinds whose definitions have a status.
#[derive(Debug)]
struct Offered {
    kinds: HashSet<(&'static str, &'static str)>,
    asked: Instant,
}

impl Conditions {
    /// Whether they may not be written.
    pub(super) fn are_denied(&self) -> bool {
        self.is_denied
    }

    /// Writes those that say something else, some at a time; whether there are more.
    pub(super) async fn write(&mut self, api: &Api, judged: &[Arc<Judged>], verdicts: &[Verdict]) -> bool {
        let mut by_object: HashMap<&str, Vec<&Verdict>> = HashMap::new();
        for verdict in verdicts {
            by_object.entry(&verdict.subject.uid).or_default().push(verdict);
        }
        self.forget(judged);
        let (mut count, mut is_all) = (0, true);
        let (before, said_before) = std::mem::take(&mut self.settled);
        let before = if said_before == verdicts { before } else { Vec::new() };
        for (index, judged) in judged.iter().enumerate() {
            // Of thousands most are as they were.
            if before.get(index).is_some_and(|before| Arc::ptr_eq(before, judged)) {
                continue;
            }
            let subject = &judged.subject;
            let known = self.written.get(&subject.uid).or(judged.accepted.0.as_ref());
            let said = by_object.get(&*subject.uid).map_or(&[][..], Vec::as_slice);
            let Some(condition) = different(known, judged.generation, said) else { continue };
            let Some(kind) = custom(subject) else { continue };
            if !self.is_offered(api, kind).await {
                is_all = false;
                continue;
            }
            if count == AT_ONCE {
                return true;
            }
            count += 1;
            match put(api, kind, subject, &condition).await {
                // One that is gone needs none.
                Ok(_) => {}
                Err(error) if error.code() == 404 => {}
                Err(error) if matches!(error.code(), 401 | 403) => {
                    tracing::info!(%error, "conditions are not written; give patch of the status of all kinds to the ServiceAccount");
                    self.is_denied = true;
                    return false;
                }
                // It is tried again after the next change, and when the Lease is renewed.
                Err(error) => {
                    tracing::debug!(%error, "a condition was not written");
                    return false;
                }
            }
            self.written.insert(Arc::clone(&subject.uid), Arc::new(condition));
        }
        if is_all {
            self.settled = (judged.to_vec(), verdicts.to_vec());
        }
        false
    }

    /// Forgets what was written of objects that are gone, now and then.
    fn forget(&mut self, judged: &[Arc<Judged>]) {
        if self.written.len() > judged.len() {
            let there: HashSet<&Arc<str>> = judged.iter().map(|judged| &judged.subject.uid).collect();
            self.written.retain(|uid, _| there.contains(uid));
        }
    }

    /// Whether the definition of a kind has a status; one that has not may get one at any time.
    async fn is_offered(&mut self, api: &Api, kind: &'static Kind) -> bool {
        let is_in = |offered: &Offered| offered.kinds.contains(&(kind.api, kind.plural));
        match &self.offered {
            Some(offered) if is_in(offered) => return true,
            Some(offered) if offered.asked.elapsed() < ASKED_AGAIN => return false,
            _ => {}
        }
        let is_first = self.offered.is_none();
        let offered = Offered::ask(api).await;
        let is_in = is_in(&offered);
        if is_first && !is_in {
            tracing::info!(
                kind = kind.name,
                "the definition of this kind has no status, so no conditions are written; the definitions of windrose-crds have one"
            );
        }
        self.offered = Some(offered);
        is_in
    }
}

impl Offered {
    async fn ask(api: &Api) -> Self {
        let mut kinds = HashSet::new();
        let groups: HashSet<&'static str> = Kind::CUSTOM.iter().map(|kind| kind.api).collect();
        for group in groups {
            let Ok(answer) = api.get(group).await else { continue };
            let resources = answer.get("resources").and_then(Value::as_array).into_iter().flatten();
            let names = resources.filter_map(|resource| resource.get("name").and_then(Value::as_str));
            let with_status: HashSet<&str> = names.filter_map(|name| name.strip_suffix("/status")).collect();
            let here = Kind::CUSTOM.iter().filter(|kind| kind.api == group);
            kinds.extend(
                here.filter(|kind| with_status.contains(kind.plural)).map(|kind| (kind.api, kind.plural)),
            );
        }
        Self { kinds, asked: Instant::now() }
    }
}

/// Our own kind that an object is of.
fn custom(subject: &Subject) -> Option<&'static Kind> {
    let version = api_version(subject);
    Kind::CUSTOM.iter().find(|kind| kind.name == subject.kind && kind.api.ends_with(version))
}

/// What is to be said of an object, unless it is said.
pub(super) fn different(
    known: Option<&Arc<Condition>>,
    generation: i64,
    verdicts: &[&Verdict],
) -> Option<Condition> {
    let is_refused = verdicts.iter().any(|verdict| verdict.severity == Severity::Error);
    let reason = match (is_refused, verdicts.is_empty()) {
        (true, _) => "Refused",
        (false, false) => "Questionable",
        (false, true) => "Accepted",
    };
    let status = if is_refused { "False" } else { "True" };
    let message = message(verdicts);
    let is_same = |known: &&Arc<Condition>| {
        *known.status == *status
            && *known.reason == *reason
            && *known.message == *message
            && known.observed_generation == generation
    };
    if known.filter(is_same).is_some() {
        return None;
    }
    let since = known.filter(|known| *known.status == *status && !known.last_transition_time.is_empty());
    Some(Condition {
        status: status.into(),
        reason: reason.into(),
        message: message.into(),
        observed_generation: generation,
        last_transition_time: since.map_or_else(|| now().into(), |known| known.last_transition_time.clone()),
    })
}

/// All that is wrong, what is worse first.
fn message(verdicts: &[&Verdict]) -> String {
    let mut sorted = verdicts.to_vec();
    sorted.sort_by(|left, right| {
        right
            .severity
            .cmp(&left.severity)
            .then_with(|| (&left.field, &left.message).cmp(&(&right.field, &right.message)))
    });
    sorted.dedup_by(|left, right| left.field == right.field && left.message == right.message);
    let told = sorted.iter().map(|verdict| format!("{}: {}", verdict.field, verdict.message));
    told.collect::<Vec<_>>().join("; ").chars().take(LONGEST).collect()
}

async fn put(api: &Api, kind: &Kind, subject: &Subject, condition: &Condition) -> Result<Value, ApiError> {
    let (namespace, name) = (escaped(&subject.namespace), escaped(&subject.name));
    let path = format!(
        "{}/namespaces/{namespace}/{}/{name}/status?fieldManager=windrose-status&force=true",
        kind.api, kind.plural
    );
    let object = json!({
        "apiVersion": api_version(subject),
        "kind": kind.name,
        "metadata": {"namespace": &*subject.namespace, "name": &*subject.name, "uid": &*subject.uid},
        "status": {"conditions": [{
            "type": ACCEPTED,
            "status": condition.status,
            "reason": condition.reason,
            "message": condition.message,
            "observedGeneration": condition.observed_generation,
            "lastTransitionTime": condition.last_transition_time,
        }]},
    });
    api.apply(&path, &object).await
}

/// How many are written at once.
const AT_ONCE: usize = 100;
/// As much as is said of an object; the API server takes eight times as much.
const LONGEST: usize = 4096;
/// How often it is asked whether definitions have a status by now.
const ASKED_AGAIN: Duration = Duration::from_secs(60);
