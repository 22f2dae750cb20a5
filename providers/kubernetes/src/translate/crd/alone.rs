//! A Middleware by itself, for whoever has another way to its routes than this provider.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_config::dynamic_config::Middleware;
use windrose_config::refuse::DYNAMIC;
use windrose_config::{DynamicConfig, Source};
use windrose_middleware::list;

use super::middlewares::put_secrets;
use crate::objects::World;
use crate::translate::secrets::{SecretError, Secrets};
use crate::translate::{Needs, View, tree};

/// The options of a Middleware.
#[derive(Clone, PartialEq, Eq)]
pub struct Alone {
    /// As its kind understands them, with what its Secrets hold.
    pub options: Value,
    /// As its kind shows them; nothing where a Secret was put into them, of which nobody knows how far it may be shown.
    pub shown: Option<Value>,
}

/// Why a Middleware cannot be used by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AloneError {
    /// A Secret is missing, or of no use.
    #[error("{0}")]
    Secret(#[from] SecretError),
    /// Its kind does not understand the options.
    #[error("{0}")]
    Options(String),
}

/// The options of a Middleware of this kind in a namespace. What they name besides Secrets stays as it is written.
///
/// # Errors
///
/// Why it cannot be used.
pub fn alone(world: &World, namespace: &Arc<str>, kind: &str, written: &Value) -> Result<Alone, AloneError> {
    let mut options = written.clone();
    let needs = Needs::default();
    put_secrets(kind, &mut options, Secrets { world: View::new(world, &needs), namespace })?;
    let shown = check(kind, &options)?;
    let shown = Some(shown).filter(|_| options == *written);
    Ok(Alone { options, shown })
}

fn check(kind: &str, options: &Value) -> Result<Value, AloneError> {
    let document = json!({"http": {"middlewares": {"alone": {kind: options}}}});
    let source = Source::other("Middleware");
    let made = DynamicConfig::decode(tree::of(&document), &source, DYNAMIC);
    if let Some(problem) = made.problems.first() {
        return Err(AloneError::Options(problem.message.clone()));
    }
    let middleware: Option<&Middleware> = made.http.middlewares.values().next().map(|written| &written.value);
    let found = middleware.and_then(|middleware| Some((middleware, list::find(&middleware.kind)?)));
    let Some((middleware, entry)) = found else {
        return Err(AloneError::Options(list::unknown(kind).message));
    };
    (entry.check)(middleware, &source).map_err(|problems| {
        let messages: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
        AloneError::Options(messages.join("; "))
    })
}

impl std::fmt::Debug for Alone {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Alone").field("shown", &self.shown).finish_non_exhaustive()
    }
}
