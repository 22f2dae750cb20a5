//! Middlewares, each compiled to its stages; some are made of others.

use std::cell::RefCell;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use windrose_config::dynamic_config::{Middleware, Name};
use windrose_config::{Located, QualifiedName, Section, Written};
use windrose_middleware::Stage;
use windrose_middleware::kind::{BuildContext, BuildError, Resolve};

use super::own;
use super::problems::{Dangling, Object};
use super::transports::same;
use super::{Compiler, Memory, Round};
use crate::merge::{At, qualified};

/// What was made of a middleware.
#[derive(Default)]
pub(super) struct State {
    made: Option<Arc<[Stage]>>,
    /// What it asked for, and what it got.
    asked: Box<[(Name, Arc<[Stage]>)]>,
}

impl State {
    pub(super) fn retire(self, round: &mut Round<'_>) {
        if let Some(made) = self.made {
            round.retire_stages(made);
        }
    }
}

/// Middlewares made of middlewares, on the way from one to the next.
struct Walk<'w, 'm> {
    parts: RefCell<&'w mut Vec<Memory>>,
    round: RefCell<&'w mut Round<'m>>,
    /// What is new or written differently.
    changed: HashSet<At, RandomState>,
    /// What is to be made again whatever it is made of: those, and what something is to be said of.
    todo: HashSet<At, RandomState>,
    done: RefCell<HashSet<At, RandomState>>,
    path: RefCell<Vec<At>>,
    watch: RefCell<Vec<At>>,
}

/// Answers one middleware that is being made.
struct Asked<'r, 'w, 'm> {
    walk: &'r Walk<'w, 'm>,
    author: usize,
    answers: RefCell<Vec<(Name, Arc<[Stage]>)>>,
}

impl Compiler {
    pub(super) fn middlewares(&mut self, round: &mut Round<'_>, changed: Vec<Vec<usize>>) {
        let changed = changed.into_iter().enumerate();
        let changed: HashSet<At, RandomState> =
            changed.flat_map(|(part, of)| of.into_iter().map(move |index| At { part, index })).collect();
        let mut todo = changed.clone();
        let mut composed = Vec::new();
        for (part, memory) in self.parts.iter().enumerate() {
            todo.extend(memory.middlewares.watched().iter().map(|index| At { part, index: *index }));
            let asking = memory.middlewares.iter().enumerate().filter(|(_, state)| !state.asked.is_empty());
            composed.extend(asking.map(|(index, _)| At { part, index }));
        }
        let mut visit: Vec<At> = todo.iter().copied().chain(composed).collect();
        visit.sort_unstable();
        visit.dedup();
        let walk = Walk {
            parts: RefCell::new(&mut self.parts),
            round: RefCell::new(round),
            changed,
            todo,
            done: RefCell::default(),
            path: RefCell::default(),
            watch: RefCell::default(),
        };
        for at in visit {
            walk.make(at);
        }
        let watch = walk.watch.take();
        drop(walk);
        for (part, memory) in self.parts.iter_mut().enumerate() {
            let of_part = watch.iter().filter(|at| at.part == part).map(|at| at.index);
            memory.middlewares.watch(of_part.collect());
        }
        self.chains.retire(round);
    }

    /// The middleware that `reference` means when it is written by `author`.
    pub(super) fn find_middleware(
        &self,
        round: &Round<'_>,
        reference: &str,
        author: usize,
    ) -> Result<Arc<[Stage]>, Dangling> {
        let at = round.merged.find(reference, author, |config| &config.http.middlewares);
        let at = at.ok_or_else(|| Dangling::of(round.merged, Section::HttpMiddlewares, reference, author))?;
        let state = self.parts.get(at.part).and_then(|memory| memory.middlewares.get(at.index));
        state.and_then(|state| state.made.clone()).ok_or(Dangling::Broken)
    }
}

impl Walk<'_, '_> {
    /// Makes a middleware and what it is made of, unless that is done.
    fn make(&self, at: At) -> Option<Arc<[Stage]>> {
        if self.done.borrow().contains(&at) || self.is_unchanged(at) {
            self.done.borrow_mut().insert(at);
            return self.made(at);
        }
        let (name, written) = self.written(at)?;
        let provider = Arc::clone(&self.round.borrow().merged.parts.get(at.part)?.provider);
        let told = self.round.borrow().problems.len();
        let of = Object { section: Section::HttpMiddlewares, at, name: &name, origin: &written.origin };
        let asked = Asked { walk: self, author: at.part, answers: RefCell::default() };
        let name_of = QualifiedName { name: Arc::clone(&name), provider };
        let context = BuildContext::new(&name_of, &asked);
        let build = self.round.borrow().tools.build;
        self.path.borrow_mut().push(at);
        let built = build(&written, &written.origin.source, &context);
        self.path.borrow_mut().pop();
        self.done.borrow_mut().insert(at);
        let mut round = self.round.borrow_mut();
        for warning in context.take_warnings(&written.origin.source, written.origin.mark) {
            round.problems.add(of, warning);
        }
        let made = match built {
            Ok(stage) => {
                let mut flat = Vec::new();
                stage.flatten(&mut flat);
                Some(Arc::from(flat))
            }
            Err(problems) => {
                for problem in problems {
                    round.problems.add(of, problem);
                }
                None
            }
        };
        if round.problems.len() > told {
            self.watch.borrow_mut().push(at);
        }
        let mut parts = self.parts.borrow_mut();
        let state = parts.get_mut(at.part)?.middlewares.get_mut(at.index)?;
        let answers = asked.answers.take();
        let is_equal = answers.len() == state.asked.len()
            && answers.iter().zip(&state.asked).all(|((_, now), (_, then))| Arc::ptr_eq(now, then));
        // Made again only to hear its warnings: what it has counted so far stays.
        if is_equal && !self.changed.contains(&at) && made.is_some() && state.made.is_some() {
            return state.made.clone();
        }
        state.asked = if made.is_some() { answers.into() } else { Box::default() };
        if let Some(before) = std::mem::replace(&mut state.made, made.clone()) {
            round.retire_stages(before);
        }
        made
    }

    /// Whether a middleware is written as before and would get the same answers.
    fn is_unchanged(&self, at: At) -> bool {
        if self.todo.contains(&at) {
            return false;
        }
        let asked: Vec<_> = {
            let parts = self.parts.borrow();
            let state = parts.get(at.part).and_then(|memory| memory.middlewares.get(at.index));
            state.map(|state| state.asked.to_vec()).unwrap_or_default()
        };
        // A middleware that was made did not reach itself, and becomes another one before it can.
        self.path.borrow_mut().push(at);
        let is_same = asked.iter().all(|(reference, got)| {
            let now = self.find(reference, at.part).filter(|to| !self.path.borrow().contains(to));
            same(now.and_then(|now| self.make(now)).as_ref(), Some(got))
        });
        self.path.borrow_mut().pop();
        is_same
    }

    fn made(&self, at: At) -> Option<Arc<[Stage]>> {
        self.parts.borrow().get(at.part)?.middlewares.get(at.index)?.made.clone()
    }

    fn find(&self, reference: &str, author: usize) -> Option<At> {
        self.round.borrow().merged.find(reference, author, |config| &config.http.middlewares)
    }

    fn written(&self, at: At) -> Option<(Arc<str>, Arc<Written<Middleware>>)> {
        let merged = self.round.borrow().merged;
        let (name, written) = merged.parts.get(at.part)?.config.http.middlewares.get_index(at.index)?;
        Some((Arc::clone(name), Arc::clone(written)))
    }

    fn name(&self, at: At) -> String {
        let provider = self.round.borrow().merged.parts.get(at.part).map(|part| Arc::clone(&part.provider));
        let name = self.written(at).map(|(name, _)| name);
        qualified(&name.unwrap_or_default(), &provider.unwrap_or_default()).to_string()
    }
}

impl Resolve for Asked<'_, '_, '_> {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Stage, BuildError> {
        let walk = self.walk;
        let Some(at) = walk.find(reference, self.author) else {
            let mut round = walk.round.borrow_mut();
            let merged = round.merged;
            if merged.is_lost(Section::HttpMiddlewares, reference, self.author) {
                let provider = merged.parts.get(self.author).map_or("", |part| &*part.provider);
                return Err(broken(reference, &qualified(reference, provider)));
            }
            if let Some(problem) = own::missing(Section::HttpMiddlewares, &reference.value) {
                return Err(BuildError::at(reference, problem.message));
            }
            let nearest =
                round.problems.nearest.object(merged, Section::HttpMiddlewares, reference, self.author);
            let hint = nearest.map_or_else(String::new, |nearest| format!(", did you mean {nearest}?"));
            return Err(BuildError::at(
                reference,
                format!("middleware {} does not exist{hint}", reference.value),
            ));
        };
        let from = walk.path.borrow().iter().position(|step| *step == at);
        if let Some(from) = from {
            let steps: Vec<At> = walk.path.borrow().iter().skip(from).copied().chain([at]).collect();
            let cycle = steps.into_iter().map(|at| walk.name(at)).collect::<Vec<_>>().join(" -> ");
            return Err(BuildError::at(reference, format!("middleware refers to itself: {cycle}")));
        }
        if walk.path.borrow().len() >= DEEPEST {
            return Err(BuildError::at(reference, format!("middlewares are nested deeper than {DEEPEST}")));
        }
        match walk.make(at) {
            Some(stages) => {
                self.answers.borrow_mut().push((reference.clone(), Arc::clone(&stages)));
                Ok(Stage::Many(stages))
            }
            None => Err(broken(reference, &walk.name(at))),
        }
    }
}

fn broken(reference: &Located<Arc<str>>, name: &str) -> BuildError {
    BuildError::at(reference, format!("middleware {name} is disabled, see its own problems"))
}

/// Middlewares may be nested so deep.
const DEEPEST: usize = 100;
