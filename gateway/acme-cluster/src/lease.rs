//! A Lease that is held: renewed until it is given back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use windrose_provider_kubernetes::client::ApiError;

use crate::form::{self, Part};
use crate::link::Open;

/// A Lease that is ours.
pub(crate) struct Lease {
    open: Arc<Open>,
    name: String,
    holder: String,
    /// Ends renewal when it is given back.
    renewed: Option<oneshot::Sender<()>>,
}

impl Lease {
    /// Takes one that nobody has, as it was `found`; nothing if somebody else was faster.
    pub(crate) fn take(
        open: &Arc<Open>,
        part: Part,
        name: String,
        found: Option<&Value>,
        annotations: Value,
    ) -> Result<Option<Self>, ApiError> {
        let holder = holder();
        let mut lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": form::meta(&open.name, part, &name, annotations),
            "spec": spec(&holder),
        });
        let taken = match found {
            // The version inside has only one of us succeed.
            Some(found) => {
                lease["metadata"]["resourceVersion"] = form::version(found).into();
                open.ask(open.api.replace(&open.lease(&name), &lease))
            }
            None => open.ask(open.api.create(&open.leases(), &lease)),
        };
        match taken {
            Ok(_) => {}
            Err(error) if error.code() == 409 => return Ok(None),
            Err(error) => return Err(error),
        }
        let (renewed, over) = oneshot::channel::<()>();
        let renewal = renew(Arc::clone(open), name.clone(), holder.clone());
        open.begin(async move {
            tokio::select! {
                () = renewal => {}
                _ = over => {}
            }
        });
        Ok(Some(Self { open: Arc::clone(open), name, holder, renewed: Some(renewed) }))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Says something in it.
    pub(crate) fn say(&self, annotations: &Value) -> Result<(), ApiError> {
        let said = json!({"metadata": {"annotations": annotations}, "spec": spec(&self.holder)});
        self.open.ask(self.open.api.patch(&self.open.lease(&self.name), &said)).map(|_| ())
    }

    /// Gives it back: nothing of it stays, or only until when nobody is to try.
    pub(crate) fn give_back(&mut self, rest: Option<SystemTime>) {
        self.renewed = None;
        let (open, name, holder) = (Arc::clone(&self.open), self.name.clone(), self.holder.clone());
        self.open.begin(async move {
            let path = open.lease(&name);
            let given = async {
                let mut lease = open.api.get(&path).await?;
                // Somebody may have taken it meanwhile.
                if holder_of(&lease) != holder {
                    return Ok(());
                }
                lease["spec"] = json!({});
                if let Some(annotations) = form::rests(rest).as_object() {
                    for (key, value) in annotations {
                        lease["metadata"]["annotations"][key] = value.clone();
                    }
                }
                open.api.replace(&path, &lease).await.map(|_| ())
            };
            let given: Result<(), ApiError> = given.await;
            if let Err(error) = given {
                tracing::debug!(%error, lease = name, "a right was not given back, and lapses");
            }
        });
    }
}

async fn renew(open: Arc<Open>, name: String, holder: String) {
    loop {
        tokio::time::sleep(RENEW).await;
        if let Err(error) = open.api.patch(&open.lease(&name), &json!({"spec": spec(&holder)})).await {
            tracing::debug!(%error, lease = name, "a Lease was not renewed");
        }
    }
}

/// Who holds a Lease; empty where nobody does.
pub(crate) fn holder_of(lease: &Value) -> &str {
    lease.pointer("/spec/holderIdentity").and_then(Value::as_str).unwrap_or_default()
}

/// Who holds what is taken now: no other one is ever called so.
fn holder() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static PROCESS: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let process = PROCESS.get_or_init(|| {
        let mut random = [0; 8];
        // Without randomness the name of the pod is still one of its own.
        let _ = getrandom::fill(&mut random);
        let host = std::env::var("POD_NAME").or_else(|_| std::env::var("HOSTNAME")).unwrap_or_default();
        format!("{host}_{}", data_encoding::HEXLOWER.encode(&random))
    });
    format!("{process}_{}", COUNT.fetch_add(1, Relaxed))
}

fn spec(holder: &str) -> Value {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    json!({"holderIdentity": holder, "leaseDurationSeconds": HELD.as_secs(), "acquireTime": now, "renewTime": now})
}

/// How long a Lease is held that is not renewed, by the clock of whoever looks.
pub(crate) const HELD: Duration = Duration::from_secs(15);
const RENEW: Duration = Duration::from_secs(5);
