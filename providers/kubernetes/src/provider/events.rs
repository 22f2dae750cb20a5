//! Events: what is wrong with objects, told where their owners look.
//!
//! The name of an Event is made of what it says, so that replicas and restarts say it once.

use std::collections::HashSet;

use serde_json::{Value, json};
use windrose_config::Severity;

use crate::client::{Api, ApiError, escaped};
use crate::translate::names::hash;
use crate::translate::{Subject, Verdict};

/// Remembers what was told.
#[derive(Debug, Default)]
pub struct Recorder {
    told: HashSet<Verdict>,
    is_denied: bool,
}

impl Recorder {
    /// Tells what was not told before, at most some of it at a time; what holds no longer may be told again.
    pub async fn record(&mut self, api: &Api, verdicts: Vec<Verdict>) {
        let now: HashSet<Verdict> = verdicts.into_iter().collect();
        self.told.retain(|verdict| now.contains(verdict));
        if self.is_denied {
            return;
        }
        let mut new: Vec<Verdict> = now.into_iter().filter(|verdict| !self.told.contains(verdict)).collect();
        new.sort_by(|left, right| {
            left.subject.name.cmp(&right.subject.name).then(left.field.cmp(&right.field))
        });
        for verdict in new.into_iter().take(AT_ONCE) {
            match tell(api, &verdict).await {
                Ok(()) => {
                    self.told.insert(verdict);
                }
                Err(error) if matches!(error.code(), 401 | 403) => {
                    tracing::warn!(%error, "Events cannot be written; give create and patch of events to the ServiceAccount");
                    self.is_denied = true;
                    return;
                }
                // It is tried again after the next change.
                Err(error) => {
                    tracing::debug!(%error, "an Event was not written");
                    return;
                }
            }
        }
    }
}

async fn tell(api: &Api, verdict: &Verdict) -> Result<(), ApiError> {
    let event = event(verdict, &now());
    let namespace = &verdict.subject.namespace;
    let path = format!("/api/v1/namespaces/{}/events", escaped(namespace));
    match api.create(&path, &event).await {
        // Another replica said it, or we did before.
        Err(error) if error.code() == 409 => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}

/// An Event that says a verdict.
pub(super) fn event(verdict: &Verdict, now: &str) -> Value {
    let Subject { kind, namespace, name, uid, .. } = &verdict.subject;
    let message = format!("{}: {}", verdict.field, verdict.message);
    let mut short = name.to_string();
    short.truncate(200);
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": &**namespace, "name": format!("{short}.{}", hash(format!("{uid}{message}").as_bytes()))},
        "involvedObject": {
            "apiVersion": api_version(&verdict.subject),
            "kind": kind,
            "namespace": &**namespace,
            "name": &**name,
            "uid": &**uid,
        },
        "reason": if verdict.severity == Severity::Error { "Refused" } else { "Questionable" },
        "message": message.chars().take(1000).collect::<String>(),
        "type": "Warning",
        "source": {"component": "windrose"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    })
}

/// The version that an object is written in.
pub(super) fn api_version(subject: &Subject) -> &'static str {
    match subject.kind {
        "Ingress" => "networking.k8s.io/v1",
        "ConfigMap" | "Service" => "v1",
        "TrafficTarget" => "access.smi-spec.io/v1alpha3",
        "HTTPRouteGroup" | "TCPRoute" | "UDPRoute" => "specs.smi-spec.io/v1alpha4",
        "TrafficSplit" => "split.smi-spec.io/v1alpha4",
        _ if subject.is_old_group => "traefik.containo.us/v1alpha1",
        _ => "traefik.io/v1alpha1",
    }
}

/// The time as objects have it.
pub(crate) fn now() -> String {
    let now = jiff::Timestamp::now();
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// How many Events are written after one change.
const AT_ONCE: usize = 50;
