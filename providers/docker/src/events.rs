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
