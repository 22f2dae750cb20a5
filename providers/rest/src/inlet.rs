//! Where bodies of requests become what the provider declares.

use std::collections::HashSet;
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
    // Where tables stand with nothing left in them.
    let mut emptied = HashSet::new();
    for _ in 0..MOST_ROUNDS {
        let config = DynamicConfig::decode(tree.clone(), &source, DYNAMIC);
        let (unknown, wrong): (Vec<&Problem>, Vec<&Problem>) = config
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .partition(|problem| is_unknown(problem) || is_emptied(problem, &emptied));
        if !wrong.is_empty() {
            let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            return Err(told.join("\n"));
        }
        if unknown.is_empty() {
            return Ok((tree, config));
        }
        let marks: HashSet<Mark> = unknown.iter().filter_map(|problem| mark(problem)).collect();
        tell(unknown.into_iter().filter(|problem| is_unknown(problem)));
        if !without(&mut tree, &marks, &mut emptied) {
            return Ok((tree, config));
        }
    }
    Err("the body has too many fields that nobody knows".to_owned())
}

fn is_unknown(problem: &Problem) -> bool {
    problem.message.starts_with("unknown field")
}

/// A table that is empty since nobody knows what stood in it, where that means nothing.
fn is_emptied(problem: &Problem, emptied: &HashSet<Mark>) -> bool {
    problem.message.contains("` is empty, ") && mark(problem).is_some_and(|mark| emptied.contains(&mark))
}

fn mark(problem: &Problem) -> Option<Mark> {
    problem.origin.as_ref().map(|origin| origin.mark)
}

/// Tells of the first ones, and how many there are.
fn tell<'a>(unknown: impl Iterator<Item = &'a Problem>) {
    let mut more = 0_usize;
    for (index, problem) in unknown.enumerate() {
        if index < MOST_TOLD {
            tracing::warn!(providerName = crate::REST, "{problem}; it is passed over");
        } else {
            more += 1;
        }
    }
    if more > 0 {
        tracing::warn!(providerName = crate::REST, "{more} more fields that nobody knows are passed over");
    }
}

/// Leaves out the entries that stand at these places; says whether there were any. Adds to `emptied` the places of tables
/// that have nothing left in them.
fn without(tree: &mut Tree, marks: &HashSet<Mark>, emptied: &mut HashSet<Mark>) -> bool {
    match &mut tree.value {
        Value::Table(entries) => {
            let before = entries.len();
            let mut kept: Vec<Entry> = std::mem::take(entries).into_vec();
            kept.retain(|entry| !marks.contains(&entry.mark));
            let mut is_changed = kept.len() != before;
            for entry in &mut kept {
                if without(&mut entry.value, marks, emptied) {
                    is_changed = true;
                    if entry.value.is_bare() {
                        emptied.insert(entry.mark);
                    }
                }
            }
            *entries = kept.into();
            is_changed
        }
        Value::List(items) => {
            items.iter_mut().fold(false, |changed, item| without(item, marks, emptied) | changed)
        }
        Value::Null | Value::Text(_) => false,
    }
}

/// So many fields that nobody knows are told one by one.
const MOST_TOLD: usize = 20;
/// How often what nobody knows is looked for anew, since one such field may hide another.
const MOST_ROUNDS: usize = 32;
