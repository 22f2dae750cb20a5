//! Runs a request through its stages and back.
//!
//! Filters are walked in a loop; an around gets the rest of the way as a [`Next`]. A filter sees an answer on
//! its way back exactly when it let the request go on.

use std::future::Future;
use std::rc::Rc;

use windrose_http::course::By;
use windrose_http::{Exchange, Failure, Reply};

use crate::callee::Callee;
use crate::stage::{Flow, Label, LocalBoxFuture, Stage};
use crate::store::{Unavailable, Value};

/// What stands at the end of a chain.
pub trait Service {
    /// Answers the request.
    fn call(&self, ex: &mut Exchange) -> impl Future<Output = Reply>;

    /// Has somebody else answer a request.
    fn ask(&self, _callee: &Callee, _ex: &mut Exchange) -> impl Future<Output = Reply> {
        async { Failure::Internal.reply() }
    }

    /// Runs a task of its own on the worker, which goes on when the request that began it has ended. The default drops it.
    fn aside(&self, _task: Aside) {}

    /// Sends a command that concerns a key to a store.
    ///
    /// # Errors
    /// There is no answer.
    fn query(
        &self,
        _store: &Callee,
        _key: &[u8],
        _command: &[&[u8]],
    ) -> impl Future<Output = Result<Value, Unavailable>> {
        async { Err(Unavailable) }
    }

    /// The name of the route that the request goes by.
    fn route(&self) -> &str {
        ""
    }

    /// What the stage at this place of the chain before it is called.
    fn label(&self, _place: usize) -> Option<&Label> {
        None
    }
}

/// A task that asks others.
pub type Aside = Box<dyn FnOnce(Rc<dyn Asks>) -> LocalBoxFuture<'static, ()>>;

/// Has somebody answer a request, be it for a task of its own.
pub trait Asks {
    /// The answer of whoever is called.
    fn ask<'a>(&'a self, callee: &'a Callee, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply>;
}

/// The rest of the way. Going it again repeats the request.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    stages: &'a [Stage],
    /// How many stages there are before those.
    before: usize,
    last: &'a dyn Erased,
}

/// Sends a request through flat `stages` to `last`.
pub async fn run<S: Service>(stages: &[Stage], ex: &mut Exchange, last: &S) -> Reply {
    let (passed, reply) = down(stages, 0, ex, last);
    let mut reply = match reply {
        Some(reply) => reply,
        None => match stages.get(passed) {
            None => last.call(ex).await,
            Some(stage) => enter(stage, ex, Next::behind(stages, passed, 0, last)).await,
        },
    };
    up(stages, passed, ex, &mut reply);
    reply
}

impl<'a> Next<'a> {
    /// Goes the rest of the way.
    pub async fn run(self, ex: &mut Exchange) -> Reply {
        let (passed, reply) = down(self.stages, self.before, ex, self.last);
        let mut reply = match reply {
            Some(reply) => reply,
            None => match self.stages.get(passed) {
                None => self.last.call_boxed(ex).await,
                Some(stage) => {
                    enter(stage, ex, Next::behind(self.stages, passed, self.before, self.last)).await
                }
            },
        };
        up(self.stages, passed, ex, &mut reply);
        reply
    }

    /// Has somebody else answer a request, which may be another one than that on its way.
    pub async fn ask(self, callee: &Callee, ex: &mut Exchange) -> Reply {
        self.last.ask_boxed(callee, ex).await
    }

    /// Begins a task that asks others and goes on when this request has ended: for what all requests wait for.
    pub fn aside(self, task: Aside) {
        self.last.begin_aside(task);
    }

    /// Sends a command that concerns a key to a store.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn query(self, store: &Callee, key: &[u8], command: &[&[u8]]) -> Result<Value, Unavailable> {
        self.last.query_boxed(store, key, command).await
    }

    /// The name of the route that the request goes by: who counts does so for each, as Traefik makes a middleware
    /// anew for each router that names it.
    #[must_use]
    pub fn route(self) -> &'a str {
        self.last.route_name()
    }

    /// What comes behind the stage at `place` of `stages`, before which there are `before` others.
    fn behind(stages: &'a [Stage], place: usize, before: usize, last: &'a dyn Erased) -> Self {
        Self { stages: stages.get(place + 1..).unwrap_or_default(), before: before + place + 1, last }
    }
}

impl Asks for Next<'_> {
    fn ask<'a>(&'a self, callee: &'a Callee, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply> {
        Box::pin(Self::ask(*self, callee, ex))
    }
}

/// Walks the leading filters; gives how many let the request pass, and the answer of the one that did not.
fn down(stages: &[Stage], before: usize, ex: &mut Exchange, last: &dyn Erased) -> (usize, Option<Reply>) {
    let is_followed = ex.course.follows_stages();
    for (index, stage) in stages.iter().enumerate() {
        if is_followed {
            tell_entered(ex, last.label_of(before + index));
        }
        let Stage::Filter(filter) = stage else {
            // It may answer itself.
            ex.course.record.by = by(before + index);
            return (index, None);
        };
        if let Flow::Reply(reply) = filter.request(ex) {
            ex.course.record.by = by(before + index);
            if is_followed {
                tell_back(ex, &reply);
            }
            return (index, Some(*reply));
        }
    }
    (stages.len(), None)
}

fn up(stages: &[Stage], passed: usize, ex: &mut Exchange, reply: &mut Reply) {
    let is_followed = ex.course.follows_stages();
    for stage in stages.iter().take(passed).rev() {
        if let Stage::Filter(filter) = stage {
            filter.response(ex, reply);
        }
        if is_followed {
            tell_back(ex, reply);
        }
    }
}

async fn enter(stage: &Stage, ex: &mut Exchange, next: Next<'_>) -> Reply {
    match stage {
        Stage::Around(around) => {
            let reply = around.around(ex, next).await;
            if ex.course.follows_stages() {
                tell_back(ex, &reply);
            }
            reply
        }
        // Compilation flattens chains, and filters were walked before.
        Stage::Filter(_) | Stage::Many(_) => Failure::Internal.reply(),
    }
}

fn tell_entered(ex: &mut Exchange, label: Option<&Label>) {
    if let (Some(watch), Some(label)) = (ex.course.watcher(), label) {
        watch.entered(&label.name, label.kind);
    }
}

fn tell_back(ex: &mut Exchange, reply: &Reply) {
    if let Some(watch) = ex.course.watcher() {
        watch.came_back(reply);
    }
}

fn by(place: usize) -> By {
    By::Middleware(u16::try_from(place).unwrap_or(u16::MAX))
}

trait Erased {
    fn call_boxed<'a>(&'a self, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply>;
    fn ask_boxed<'a>(&'a self, callee: &'a Callee, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply>;
    fn begin_aside(&self, task: Aside);
    fn query_boxed<'a>(
        &'a self,
        store: &'a Callee,
        key: &'a [u8],
        command: &'a [&'a [u8]],
    ) -> LocalBoxFuture<'a, Result<Value, Unavailable>>;
    fn route_name(&self) -> &str;
    fn label_of(&self, place: usize) -> Option<&Label>;
}

impl<S: Service> Erased for S {
    fn call_boxed<'a>(&'a self, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply> {
        Box::pin(self.call(ex))
    }

    fn ask_boxed<'a>(&'a self, callee: &'a Callee, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply> {
        Box::pin(self.ask(callee, ex))
    }

    fn begin_aside(&self, task: Aside) {
        self.aside(task);
    }

    fn query_boxed<'a>(
        &'a self,
        store: &'a Callee,
        key: &'a [u8],
        command: &'a [&'a [u8]],
    ) -> LocalBoxFuture<'a, Result<Value, Unavailable>> {
        Box::pin(self.query(store, key, command))
    }

    fn route_name(&self) -> &str {
        self.route()
    }

    fn label_of(&self, place: usize) -> Option<&Label> {
        self.label(place)
    }
}

#[cfg(test)]
mod tests;
