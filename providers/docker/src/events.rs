//! What an event means for the containers that we know.

use crate::container::Container;
use crate::engine::api::Event;

/// What to do about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Look at this container again.
    Look(String),
    /// It got this signal.
    Signalled(String, String),
    /// It does not run any more, which needs no look.
    Stopped(String),
    /// It is there no more.
    Gone(String),
}

impl Change {
    /// What an event asks for, if it concerns us.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let id = event.actor.id.clone();
        match (event.kind.as_str(), event.action.as_str()) {
            // Some engines are said to stop containers in other words.
            ("container", "die" | "died") => Some(Self::Stopped(id)),
            ("container", "kill") => {
                event.actor.attributes.get("signal").map(|signal| Self::Signalled(id, signal.clone()))
            }
            ("container", "destroy" | "remove") => Some(Self::Gone(id)),
            ("container", "start" | "pause" | "unpause" | "rename") => Some(Self::Look(id)),
            ("container", action) if action.starts_with("health_status") => Some(Self::Look(id)),
            // The labels are among the attributes.
            ("container", "create") if Container::may_be_stopped(&event.actor.attributes) => {
                Some(Self::Look(id))
            }
            // traefik: seen with the next start only.
            ("network", "connect" | "disconnect") => {
                event.actor.attributes.get("container").map(|id| Self::Look(id.clone()))
            }
            _ => None,
        }
    }
}

/// What is asked of the engine: the events that [`Change::of`] knows. A check of health is three events more, which an
/// engine of a thousand containers should not have to tell.
pub(crate) const FILTER: &str = r#"{"type":["container","network"],"event":["create","start","die","died","kill","destroy","remove","pause","unpause","rename","health_status","connect","disconnect"]}"#;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Change, FILTER};
    use crate::engine::api::Event;

    #[test]
    fn every_event_that_is_asked_for_means_something() {
        let filter: Value = serde_json::from_str(FILTER).unwrap();
        for action in filter["event"].as_array().unwrap() {
            let attributes =
                json!({"container": "1", "signal": "15", "traefik.docker.allownonrunning": "true"});
            let means = |kind: &str| {
                let event =
                    json!({"Type": kind, "Action": action, "Actor": {"ID": "1", "Attributes": attributes}});
                Change::of(&serde_json::from_value::<Event>(event).unwrap()).is_some()
            };
            assert!(means("container") || means("network"), "{action}");
        }
    }
}
