//! What leaves this program by itself: spans, lines and numbers, on their way to whoever collects them.
//!
//! Workers put finished bytes into an [`Outbox`] each, which never waits; the control side takes them out, gathers them
//! and sends them ([`Sender`]). Invariant: whoever collects can be slow or gone for ever, and no request notices; what
//! there is no room for is dropped and counted, and the operator is told when that begins and when it ends.

mod outbox;
mod sender;

pub(crate) use outbox::{Inbox, Lost, Outbox};
pub(crate) use sender::{Sender, Stop, Told, envelope};
