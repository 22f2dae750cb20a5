//! Where bodies of requests become what the provider declares.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use windrose_config::refuse::DYNAMIC;
use windrose_config::source::{Format, parse};
use windrose_config::tree::{Entry, Value};
use windrose_config::{DynamicConfig, Mark, Problem, Severity, Source, Tree};
use windrose_providers_core::Updates;

/// Takes what is sent. All copies are one.
#[derive(Debug, Clone, Default)]
pub struct Inlet(Arc<Mutex<Option<Updates>>>);

impl Inlet {
    /// Declares what a body says, in place of what was declared before; gives it back as it was understood.
    ///
    /// # Errors
    /// Why nothing is different: it is no JSON, or an object in it cannot be read. What nobody knows is passed over, as
    /// Traefik does, and told to the log.
    pub fn put(&self, body: &[u8]) -> Result<Vec<u8>, String> {
        let (tree, config) = read(body)?;
        let echo = serde_json::to_vec(&tree).map_err(|error| error.to_string())?;
        match &*self.updates() {
            Some(updates) => updates.publish(config),
            None => return Err("the gateway is stopping".to_owned()),
        }
        Ok(echo)
    }

    pub(crate) fn open(&self, updates: Updates) {
        *self.updates() = Some(updates);
    }

    /// Nothing is taken any more.
    pub(crate) fn close(&self) {
        *self.updates() = None;
    }

    fn updates(&self) -> MutexGuard<'_, Option<Updates>> {
        // It is set whole, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a body declares.
fn read(body: &[u8]) -> Result<(Tree, DynamicConfig), String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8 text".to_owned())?;
    let source = Source::other("the body of a request to rest@internal");
    let mut tree = parse(Format::Json, text, &source).map_err(|problem| problem.to_string())?;
    if !matches!(tree.value, Value::Table(_) | Value::Null) {
        return Err("the body is no JSON object".to_owned());
    }
    for _ in 0..MOST_ROUNDS {
        let config = DynamicConfig::decode(tree.clone(), &source, DYNAMIC);
        let (unknown, wrong): (Vec<&Problem>, Vec<&Problem>) = config
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .partition(|problem| is_unknown(problem));
        if !wrong.is_empty() {
            let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            return Err(told.join("\n"));
        }
        if unknown.is_empty() {
            return Ok((tree, config));
        }
        let marks: Vec<Mark> =
            unknown.iter().filter_map(|problem| problem.origin.as_ref()).map(|origin| origin.mark).collect();
        for problem in unknown {
            tracing::warn!(providerName = crate::REST, "{problem}; it is passed over");
        }
        if !without(&mut tree, &marks) {
            return Ok((tree, config));
        }
    }
    Err("the body has too many fields that nobody knows".to_owned())
}

fn is_unknown(problem: &Problem) -> bool {
    problem.message.starts_with("unknown field")
}

/// Leaves out the entries that stand at these places; says whether there were any.
fn without(tree: &mut Tree, marks: &[Mark]) -> bool {
    match &mut tree.value {
        Value::Table(entries) => {
            let before = entries.len();
            let mut kept: Vec<Entry> = std::mem::take(entries).into_vec();
            kept.retain(|entry| !marks.contains(&entry.mark));
            let mut is_changed = kept.len() != before;
            for entry in &mut kept {
                is_changed |= without(&mut entry.value, marks);
            }
            *entries = kept.into();
            is_changed
        }
        Value::List(items) => items.iter_mut().fold(false, |changed, item| without(item, marks) | changed),
        Value::Null | Value::Text(_) => false,
    }
}

/// How often what nobody knows is looked for anew, since one such field may hide another.
const MOST_ROUNDS: usize = 32;
