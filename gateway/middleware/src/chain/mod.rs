//! Runs a request through its stages and back.
//!
//! Filters are walked in a loop; an around gets the rest of the way as a [`Next`]. A filter sees an answer on
//! its way back exactly when it let the request go on.

use std::future::Future;

use windrose_http::{Exchange, Reply};

use crate::stage::{Flow, LocalBoxFuture, Stage};

/// What stands at the end of a chain.
pub trait Service {
    /// Answers the request.
    fn call(&self, ex: &mut Exchange) -> impl Future<Output = Reply>;
}

/// The rest of the way. Going it again repeats the request.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    stages: &'a [Stage],
    last: &'a dyn Erased,
}

/// Sends a request through flat `stages` to `last`.
pub async fn run<S: Service>(stages: &[Stage], ex: &mut Exchange, last: &S) -> Reply {
    let (passed, reply) = down(stages, ex);
    let mut reply = match reply {
        Some(reply) => reply,
        None => match stages.get(passed) {
            None => last.call(ex).await,
            Some(stage) => enter(stage, ex, Next { stages: rest(stages, passed), last }).await,
        },
    };
    up(stages, passed, ex, &mut reply);
    reply
}

impl Next<'_> {
    /// Goes the rest of the way.
    pub async fn run(self, ex: &mut Exchange) -> Reply {
        let (passed, reply) = down(self.stages, ex);
        let mut reply = match reply {
            Some(reply) => reply,
            None => match self.stages.get(passed) {
                None => self.last.call_boxed(ex).await,
                Some(stage) => {
                    enter(stage, ex, Next { stages: rest(self.stages, passed), last: self.last }).await
                }
            },
        };
        up(self.stages, passed, ex, &mut reply);
        reply
    }
}

/// Walks the leading filters; gives how many let the request pass, and the answer of the one that did not.
fn down(stages: &[Stage], ex: &mut Exchange) -> (usize, Option<Reply>) {
    for (index, stage) in stages.iter().enumerate() {
        let Stage::Filter(filter) = stage else { return (index, None) };
        if let Flow::Reply(reply) = filter.request(ex) {
            return (index, Some(*reply));
        }
    }
    (stages.len(), None)
}

fn up(stages: &[Stage], passed: usize, ex: &Exchange, reply: &mut Reply) {
    for stage in stages.iter().take(passed).rev() {
        if let Stage::Filter(filter) = stage {
            filter.response(ex, reply);
        }
    }
}

async fn enter(stage: &Stage, ex: &mut Exchange, next: Next<'_>) -> Reply {
    match stage {
        Stage::Around(around) => around.around(ex, next).await,
        // Compilation flattens chains, and filters were walked before.
        Stage::Filter(_) | Stage::Many(_) => windrose_http::Failure::Internal.reply(),
    }
}

fn rest(stages: &[Stage], passed: usize) -> &[Stage] {
    stages.get(passed + 1..).unwrap_or_default()
}

trait Erased {
    fn call_boxed<'a>(&'a self, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply>;
}

impl<S: Service> Erased for S {
    fn call_boxed<'a>(&'a self, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply> {
        Box::pin(self.call(ex))
    }
}

#[cfg(test)]
mod tests;
