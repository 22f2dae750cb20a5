//! What of the engine's answers goes through. Pure.
//!
//! Invariant: what is not named here stays behind, whatever engines say in future.

use serde_json::{Map, Value};

/// Which part of a value is kept.
#[derive(Debug)]
pub(super) enum Keep {
    /// All of it.
    All,
    /// These fields of an object.
    Only(&'static [(&'static str, Self)]),
    /// This part of every element of a list, or of every value of an object.
    Each(&'static Self),
}

use Keep::{All, Each, Only};

impl Keep {
    /// A container in full: nothing of its environment, its command, its volumes.
    pub(super) const CONTAINER: Self = Only(&[
        ("Id", All),
        ("Name", All),
        ("Created", All),
        ("State", Only(&[("Status", All), ("Running", All), ("Health", Only(&[("Status", All)]))])),
        ("Config", Only(&[("Labels", All), ("StopSignal", All), ("StopTimeout", All)])),
        ("HostConfig", Only(&[("NetworkMode", All)])),
        ("NetworkSettings", Only(&[("Ports", All), ("Networks", Each(&ATTACHED))])),
    ]);
    /// The list of containers.
    pub(super) const CONTAINERS: Self = Each(&Only(&[
        ("Id", All),
        ("Names", All),
        ("State", All),
        ("Status", All),
        ("Created", All),
        ("Labels", All),
    ]));
    /// An event.
    pub(super) const EVENT: Self = Only(&[
        ("Type", All),
        ("Action", All),
        ("Actor", Only(&[("ID", All), ("Attributes", All)])),
        ("scope", All),
        ("time", All),
        ("timeNano", All),
    ]);
    /// Services of a swarm.
    pub(super) const SERVICES: Self = Each(&Only(&[
        ("ID", All),
        ("CreatedAt", All),
        ("Spec", Only(&[("Name", All), ("Labels", All), ("Mode", All), ("EndpointSpec", All)])),
        ("Endpoint", All),
    ]));
    /// Their tasks.
    pub(super) const TASKS: Self = Each(&Only(&[
        ("ID", All),
        ("ServiceID", All),
        ("NodeID", All),
        ("Slot", All),
        ("DesiredState", All),
        ("Status", Only(&[("State", All), ("Timestamp", All)])),
        ("NetworksAttachments", All),
    ]));
    /// Networks.
    pub(super) const NETWORKS: Self =
        Each(&Only(&[("Id", All), ("Name", All), ("Scope", All), ("Driver", All)]));
    /// What the engine is.
    pub(super) const VERSION: Self =
        Only(&[("Version", All), ("ApiVersion", All), ("MinAPIVersion", All), ("Os", All), ("Arch", All)]);

    /// The part of a value.
    pub(super) fn of(&self, value: Value) -> Value {
        match (self, value) {
            (Self::All, value) => value,
            (Self::Only(fields), Value::Object(mut object)) => {
                let kept = fields
                    .iter()
                    .filter_map(|(name, keep)| Some(((*name).to_owned(), keep.of(object.remove(*name)?))));
                Value::Object(kept.collect::<Map<_, _>>())
            }
            (Self::Each(keep), Value::Array(items)) => {
                Value::Array(items.into_iter().map(|item| keep.of(item)).collect())
            }
            (Self::Each(keep), Value::Object(object)) => {
                Value::Object(object.into_iter().map(|(name, value)| (name, keep.of(value))).collect())
            }
            // Not what it should be, so nobody knows what is in it.
            _ => Value::Null,
        }
    }
}

/// Whether an event concerns routing. What was executed in a container stands in its event, with all arguments, whatever
/// follows `exec` in the name of the action.
pub(super) fn is_passed(event: &Value) -> bool {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    matches!(text("Type"), "container" | "network" | "service") && !is_execution(text("Action"))
}

fn is_execution(action: &str) -> bool {
    action.get(..EXECUTION.len()).is_some_and(|start| start.eq_ignore_ascii_case(EXECUTION))
}

const EXECUTION: &str = "exec";
const ATTACHED: Keep = Only(&[("IPAddress", All), ("GlobalIPv6Address", All), ("NetworkID", All)]);
