//! The middlewares and timeouts of a service, which stand before it wherever it is used.

use std::rc::Rc;
use std::sync::Arc;

use windrose_config::dynamic_config::{Service, Timeouts};
use windrose_http::Exchange;
use windrose_middleware::kind::Kind as _;
use windrose_middleware::{Chain, Label, Stage, chain as run, http};
use windrose_upstream::service::{Answer, Front};
use windrose_upstream::{Local, Upstream};

use crate::compile::graph::Asking;
use crate::compile::middlewares::Middlewares;
use crate::compile::problems::Object;
use crate::terminal::{For, Terminal};

/// A service with middlewares before it.
pub(super) struct Fronted {
    chain: Chain,
    behind: Arc<Upstream>,
}

impl Fronted {
    pub(super) const fn new(chain: Chain, behind: Arc<Upstream>) -> Self {
        Self { chain, behind }
    }
}

impl Front for Fronted {
    fn behind(&self) -> Option<&Arc<Upstream>> {
        Some(&self.behind)
    }

    fn answer<'a>(&'a self, ex: &'a mut Exchange, local: &'a Rc<Local>) -> Answer<'a> {
        Box::pin(async move {
            let terminal = Terminal { of: For::Service(&self.chain), service: &self.behind, local };
            run::run(&self.chain.stages, ex, &terminal).await
        })
    }
}

/// What is written to stand before a service: its timeouts, then its middlewares. `Some(None)` when there is nothing,
/// nothing when something of it cannot be used.
#[allow(clippy::option_option, reason = "none written is no failure")]
pub(super) fn chain(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &Service) -> Option<Option<Chain>> {
    if written.middlewares.is_empty() && written.timeouts.is_none() {
        return Some(None);
    }
    let timeouts = written.timeouts.as_deref().map(|timeouts| limits(asking, of, timeouts));
    // All of them, so that everything wrong is said at once.
    let parts: Vec<Option<Arc<Chain>>> = timeouts
        .into_iter()
        .chain(written.middlewares.iter().map(|name| asking.want::<Middlewares>(of, name)))
        .collect();
    let parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Some(Chain::join(parts.iter().map(|part| &**part))))
}

fn limits(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &Timeouts) -> Option<Arc<Chain>> {
    match http::timeouts::Timeouts::new(written) {
        Ok(timeouts) => {
            let label = Label { name: asking.qualified(of.name), kind: http::timeouts::Timeouts::NAME };
            Some(Chain::of(Stage::around(timeouts), label))
        }
        Err(error) => {
            asking.problems().add(of, error.into_problem(&of.origin.source, of.origin.mark));
            None
        }
    }
}
