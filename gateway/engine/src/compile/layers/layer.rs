//! What stands behind a parent: its children, of which the best answers.
//!
//! A request is here after the middlewares of the parent, and the rules of the children see what those made of it.
//! Invariant: a child that cannot be used keeps its place among the others, closed.

use std::rc::Rc;
use std::sync::Arc;

use windrose_config::Written;
use windrose_config::dynamic_config::Router;
use windrose_http::{Course, Exchange, Failure};
use windrose_middleware::{Stage, chain};
use windrose_rule::Syntax;
use windrose_upstream::service::{Answer, Front, Kind};
use windrose_upstream::{Local, Upstream};

use crate::compile::graph::Address;
use crate::compile::routes::{Candidate, Routes};
use crate::route;
use crate::snapshot::Route;
use crate::terminal::{For, Terminal};

/// The children of one parent.
pub(in crate::compile) struct Layer {
    /// Them.
    pub(in crate::compile) routes: Routes,
    members: Box<[Member]>,
}

/// One of them.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) route: Arc<Route>,
    pub(super) router: Arc<Written<Router>>,
    pub(super) priority: i64,
}

impl Layer {
    /// Of these children; `before` where it would be the same.
    pub(super) fn of(members: Vec<Member>, before: Option<&Arc<Self>>, syntax: Syntax) -> Arc<Self> {
        if let Some(before) = before
            && before.members.len() == members.len()
            && before.members.iter().zip(&members).all(|(was, is)| was.is_same(is))
        {
            return Arc::clone(before);
        }
        let candidates = members.iter().map(|member| Candidate {
            route: Arc::clone(&member.route),
            router: Arc::clone(&member.router),
            priority: member.priority,
            precedence: 0,
        });
        Arc::new(Self { routes: Routes::build(candidates.collect(), syntax), members: members.into() })
    }

    /// The service that `router`, by its full name, leads to; `before` where that is the same.
    pub(in crate::compile) fn service(
        self: &Arc<Self>,
        router: &str,
        before: Option<&Arc<Upstream>>,
    ) -> Arc<Upstream> {
        if let Some(before) = before
            && let Kind::Fronted(front) = &before.kind
            && Address::of(front) == Address::of(self)
            && before.name.strip_suffix(SUFFIX) == Some(router)
        {
            return Arc::clone(before);
        }
        let name = Arc::from(format!("{router}{SUFFIX}"));
        Arc::new(Upstream { name, kind: Kind::Fronted(Arc::clone(self) as _) })
    }

    fn id(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl Member {
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.route, &other.route)
            && self.priority == other.priority
            && self.router.rule.value == other.router.rule.value
            && self.router.rule_syntax == other.router.rule_syntax
    }
}

impl Front for Layer {
    fn answer<'a>(&'a self, ex: &'a mut Exchange, local: &'a Rc<Local>) -> Answer<'a> {
        Box::pin(async move {
            let Some(found) = route::find(&self.routes, ex) else { return Failure::NoRoute.reply() };
            let route = found.route;
            if route.is_open() {
                let changes = route.chain.stages.iter().any(|stage| matches!(stage, Stage::Around(_)));
                Course::tell(ex, |watch, _| {
                    watch.taken_over(self.id(), &route.name, &route.service.name, changes);
                });
            }
            let last = Terminal { of: For::Route(route), service: found.service, local };
            chain::run(found.stages, ex, &last).await
        })
    }
}

/// What the service of a parent is called behind the parent's name (traefik: the same).
const SUFFIX: &str = "-muxer";
