//! `chain`: several middlewares under one name.
//!
//! ```yaml
//! chain:
//!   middlewares:
//!     - only-https
//!     - known-users@file
//! ```
//!
//! They run in this order, as if the router named them itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use windrose_config::Located;

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{self, Stage};

#[cfg(test)]
mod tests;

/// Several middlewares under one name; taken apart when a route is compiled.
#[derive(Debug)]
pub struct Chain;

/// The options of `chain`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Their names, each perhaps with `@provider`, in the order in which they run; required.
    #[serde(skip_serializing_if = "is_default")]
    pub middlewares: Vec<Located<Arc<str>>>,
}

impl Kind for Chain {
    const NAME: &'static str = "chain";
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.middlewares.is_empty() {
            return Err(BuildError::new("middlewares is missing, write the names of those to run"));
        }
        let parts: Result<Vec<_>, BuildError> =
            options.middlewares.iter().map(|name| cx.resolve.middleware(name)).collect();
        Ok(Stage::Many(Arc::new(stage::Chain::join(parts?.iter().map(|part| &**part)))))
    }
}
