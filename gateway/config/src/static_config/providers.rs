//! Where the routing configuration comes from; the options of each provider stay a tree.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::duration::GoDuration;
use crate::origin::{Located, Mark};
use crate::redact::Unowned;
use crate::tree::Tree;

/// The providers switched on, and how their updates are taken.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Providers {
    /// The least time between two updates of one provider; where nothing is written, what the last one cost decides.
    pub throttle: Option<GoDuration>,
    /// Which provider's router comes first at equal priority; lower case, empty means the default order.
    pub precedence: Box<[Located<Arc<str>>]>,
    /// The providers, in the written order.
    pub enabled: Vec<Provider>,
}

impl Providers {
    /// A provider by name, compared without case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Provider> {
        self.enabled.iter().find(|provider| provider.name.eq_ignore_ascii_case(name))
    }

    /// Whether everybody who reaches the entry point of the API may say what the routing is.
    #[must_use]
    pub fn is_rest_insecure(&self) -> bool {
        let insecure = self.find("rest").and_then(|rest| rest.options.field("insecure"));
        insecure.and_then(Tree::as_text).is_some_and(|text| {
            // What is no boolean is told by the provider.
            matches!(text, "1" | "t" | "T") || text.eq_ignore_ascii_case("true")
        })
    }
}

/// One provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Its name as written, for example `file`.
    pub name: Arc<str>,
    /// Where the name was written.
    pub mark: Mark,
    /// Its options, to be decoded by whoever owns it.
    pub options: Tree,
}

impl Serialize for Providers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(throttle) = &self.throttle {
            map.serialize_entry("providersThrottleDuration", throttle)?;
        }
        if !self.precedence.is_empty() {
            map.serialize_entry("precedence", &self.precedence)?;
        }
        for provider in &self.enabled {
            map.serialize_entry(&provider.name, &Unowned(&provider.options))?;
        }
        map.end()
    }
}
