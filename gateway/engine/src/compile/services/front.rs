//! The middlewares of a service, which stand before it wherever it is used.

use std::rc::Rc;
use std::sync::Arc;

use windrose_config::dynamic_config::Name;
use windrose_http::Exchange;
use windrose_middleware::{Chain, chain as run};
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

/// The middlewares that are written; `Some(None)` when there are none, nothing when one of them cannot be used.
#[allow(clippy::option_option, reason = "none written is no failure")]
pub(super) fn chain(asking: &Asking<'_, '_, '_>, of: Object<'_>, names: &[Name]) -> Option<Option<Chain>> {
    if names.is_empty() {
        return Some(None);
    }
    // All of them, so that everything wrong is said at once.
    let parts: Vec<Option<Arc<Chain>>> =
        names.iter().map(|name| asking.want::<Middlewares>(of, name)).collect();
    let parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Some(Chain::join(parts.iter().map(|part| &**part))))
}
