//! A Lease: of several replicas one at a time may write.
//!
//! Whoever holds it renews it; a hold that was not renewed for its whole time, by the clock of whoever looks, may be
//! taken. Where Leases may not be used everybody is told yes, as there is then nobody to choose.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Api, ApiError, escaped};
use crate::provider::now;

/// The right to write, held by one at a time.
#[derive(Debug)]
pub struct Lease {
    name: String,
    held: Duration,
    identity: String,
    /// What was seen of somebody else's hold, and when.
    seen: Option<(String, tokio::time::Instant)>,
    is_forbidden: bool,
}

impl Lease {
    /// A Lease that nobody has asked for; a hold that is not renewed lasts for `held`.
    #[must_use]
    pub fn new(name: impl Into<String>, held: Duration) -> Self {
        use std::hash::{BuildHasher, RandomState};
        let host = std::env::var("POD_NAME").or_else(|_| std::env::var("HOSTNAME")).unwrap_or_default();
        let identity = format!("{host}_{:016x}", RandomState::new().hash_one(0));
        Self { name: name.into(), held, identity, seen: None, is_forbidden: false }
    }

    /// Takes or keeps the Lease; whether we have it.
    pub async fn hold(&mut self, api: &Api, namespace: &str) -> bool {
        if self.is_forbidden {
            return true;
        }
        match self.try_hold(api, namespace).await {
            Ok(is_held) => is_held,
            Err(error) if matches!(error.code(), 401 | 403 | 404) => {
                tracing::warn!(
                    %error,
                    lease = %self.name,
                    "Leases may not be used, so every replica writes; give get, create and update of leases to the ServiceAccount"
                );
                self.is_forbidden = true;
                true
            }
            // Somebody else was faster, or nobody can write now.
            Err(error) => {
                tracing::debug!(%error, "the Lease was not taken");
                false
            }
        }
    }

    async fn try_hold(&mut self, api: &Api, namespace: &str) -> Result<bool, ApiError> {
        let leases = format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", escaped(namespace));
        let path = format!("{leases}/{}", self.name);
        let mut lease = match api.get(&path).await {
            Ok(lease) => lease,
            Err(error) if error.code() == 404 => {
                let lease = json!({
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": {"name": self.name},
                    "spec": self.spec(),
                });
                return api.create(&leases, &lease).await.map(|_| true);
            }
            Err(error) => return Err(error),
        };
        let holder = lease.pointer("/spec/holderIdentity").and_then(Value::as_str).unwrap_or_default();
        if holder != self.identity && !holder.is_empty() && !self.is_stale(&lease) {
            return Ok(false);
        }
        lease["spec"] = self.spec();
        // The version inside has only one of us succeed.
        api.replace(&path, &lease).await.map(|_| true)
    }

    /// Whether somebody else's hold was not renewed for its whole time, by our own clock.
    fn is_stale(&mut self, lease: &Value) -> bool {
        let spec = lease.get("spec").map(ToString::to_string).unwrap_or_default();
        match &self.seen {
            Some((known, since)) if *known == spec => since.elapsed() >= self.held,
            _ => {
                self.seen = Some((spec, tokio::time::Instant::now()));
                false
            }
        }
    }

    fn spec(&self) -> Value {
        let now = format!("{}.000000Z", now().trim_end_matches('Z'));
        json!({
            "holderIdentity": self.identity,
            "leaseDurationSeconds": self.held.as_secs(),
            "acquireTime": now,
            "renewTime": now,
        })
    }
}
