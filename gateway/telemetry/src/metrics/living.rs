//! Which names are still configured.

use windrose_engine::merge::{INTERNAL, Merged};

use super::counts::{Flow, Level, Open, Retried, Secure};

/// What is configured, for looking names up.
pub(super) struct Living<'m>(pub(super) Option<&'m Merged>);

impl Living<'_> {
    pub(super) fn flow(&self, flow: &Flow) -> bool {
        self.is_there(flow.level, &flow.name)
    }

    pub(super) fn secure(&self, secure: &Secure) -> bool {
        self.is_there(secure.level, &secure.name)
    }

    pub(super) fn retried(&self, retried: &Retried) -> bool {
        self.is_there(Level::Service, &retried.0)
    }

    pub(super) fn open(&self, open: &Open) -> bool {
        self.is_there(Level::Service, &open.service)
    }

    /// Entry points never go, and neither do the gateway's own objects.
    fn is_there(&self, level: Level, name: &str) -> bool {
        let Some(merged) = self.0 else { return true };
        let Some((own, provider)) = name.rsplit_once('@') else { return true };
        if provider == INTERNAL {
            return true;
        }
        let Some(part) = merged.part(provider).and_then(|part| merged.parts.get(part)) else {
            return level == Level::EntryPoint;
        };
        match level {
            Level::EntryPoint => true,
            Level::Service => part.config.http.services.contains_key(own),
            Level::Router => {
                let routers = &part.config.http.routers;
                // A router that several entry points treat differently has their names before its own.
                let of_place = |place: &str| {
                    own.strip_prefix(place).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default()
                };
                routers.contains_key(own)
                    || merged.places.iter().any(|place| routers.contains_key(of_place(&place.name)))
            }
        }
    }
}
