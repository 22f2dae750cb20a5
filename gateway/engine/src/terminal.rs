//! What stands at the end of a chain of middlewares: a service, and whoever a middleware calls.

use std::rc::Rc;
use std::sync::Arc;

use windrose_http::{Exchange, Failure, Reply};
use windrose_middleware::stage::LocalBoxFuture;
use windrose_middleware::store::{Unavailable, Value};
use windrose_middleware::{Aside, Asks, Callee, Chain, Label, Service};
use windrose_upstream::redis::Redis;
use windrose_upstream::{Local, Upstream};

use crate::snapshot::Route;
use crate::tasks;

/// A service, reached from one worker.
pub(crate) struct Terminal<'a> {
    pub(crate) of: For<'a>,
    pub(crate) service: &'a Upstream,
    pub(crate) local: &'a Rc<Local>,
}

/// What a chain stands before.
#[derive(Clone, Copy)]
pub(crate) enum For<'a> {
    /// The service of a route.
    Route(&'a Route),
    /// A service, wherever it is used, behind these middlewares of its own.
    Service(&'a Chain),
}

impl Service for Terminal<'_> {
    async fn call(&self, ex: &mut Exchange) -> Reply {
        self.service.answer(ex, self.local).await
    }

    async fn ask(&self, callee: &Callee, ex: &mut Exchange) -> Reply {
        answer(callee, ex, self.local).await
    }

    fn aside(&self, task: Aside) {
        tasks::spawn_local("aside", task(Rc::new(Apart(Rc::clone(self.local)))));
    }

    async fn query(&self, store: &Callee, key: &[u8], command: &[&[u8]]) -> Result<Value, Unavailable> {
        let redis = store.get::<Arc<Redis>>().ok_or(Unavailable)?;
        redis.ask(key, command, self.local).await.map_err(|_| Unavailable)
    }

    fn route(&self) -> &str {
        match self.of {
            For::Route(route) => &route.name,
            For::Service(_) => &self.service.name,
        }
    }

    fn label(&self, place: usize) -> Option<&Label> {
        let chain = match self.of {
            For::Route(route) => &route.chain,
            For::Service(chain) => chain,
        };
        chain.labels.get(place)
    }
}

/// Asks for a task of its own.
struct Apart(Rc<Local>);

impl Asks for Apart {
    fn ask<'a>(&'a self, callee: &'a Callee, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply> {
        Box::pin(answer(callee, ex, &self.0))
    }
}

async fn answer(callee: &Callee, ex: &mut Exchange, local: &Rc<Local>) -> Reply {
    match callee.get::<Upstream>() {
        Some(service) => service.answer(ex, local).await,
        None => Failure::Internal.reply(),
    }
}
