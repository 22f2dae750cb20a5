//! What a worker makes traces with.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::context::{Context, Decision, Parent};
use super::id::{Ids, SpanId, TraceId};
use super::settings::{Tracing, Width};
use crate::push::Outbox;

/// What a worker makes traces with.
#[derive(Debug)]
pub(crate) struct Tracer {
    pub(super) settings: Arc<Tracing>,
    ids: RefCell<Ids>,
    /// Takes finished spans.
    pub(super) out: Outbox,
}

impl Tracer {
    pub(crate) fn new(settings: Arc<Tracing>, out: Outbox) -> Self {
        Self { settings, ids: RefCell::new(Ids::new()), out }
    }

    /// Whether requests to services of the gateway's own are traced.
    pub(crate) fn internals(&self) -> crate::settings::Internals {
        self.settings.internals
    }

    pub(super) fn span(&self) -> SpanId {
        self.ids.borrow_mut().span()
    }

    /// The place of a request whose client said `parent`: a span of the same trace, or the first one of its own. Who has
    /// decided before decides.
    pub(super) fn place(&self, parent: Option<&Parent>) -> Context {
        let trace = parent.map_or_else(|| self.trace(), |parent| parent.context.trace);
        let span = self.span();
        let by_number = || match trace.low() >> 1 < self.settings.below {
            true => Decision::Yes,
            false => Decision::No,
        };
        let said = parent.map_or(Decision::Open, |parent| parent.context.decision);
        Context { trace, span, decision: if said == Decision::Open { by_number() } else { said } }
    }

    fn trace(&self) -> TraceId {
        let drawn = self.ids.borrow_mut().trace();
        if self.settings.width == Width::Half {
            return TraceId::of(0, drawn.low());
        }
        if !self.settings.propagation.wants_time() {
            return drawn;
        }
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        TraceId::of(seconds << 32 | (drawn.high() & u64::from(u32::MAX)), drawn.low())
    }
}
