//! Holds requests against the TLS options their connection was accepted with.

use windrose_http::Exchange;
use windrose_tls::{Acceptor, OptionsId};

use crate::worker::Retiring;

/// What a connection was accepted with.
pub struct Accepted {
    options: OptionsId,
    connection: Retiring,
}

impl Accepted {
    /// A connection accepted with these options.
    #[must_use]
    pub const fn new(options: OptionsId, connection: Retiring) -> Self {
        Self { options, connection }
    }

    /// Whether the request asks for a host whose TLS options are not those of the connection: another host's, or the
    /// host's own as they were before a reload.
    ///
    /// In the latter case the connection is of no more use for the host its client connected to, so it ends with the
    /// answer; a client that goes on to use it would get nothing else from then on.
    pub(super) fn is_misdirected(&self, ex: &Exchange, acceptor: &Acceptor) -> bool {
        if acceptor.options_id(ex.host.name()) == self.options {
            return false;
        }
        let connected = ex.conn.tls.as_ref().and_then(|tls| tls.server_name.as_deref());
        if acceptor.options_id(connected.unwrap_or_default()) != self.options {
            self.connection.retire();
        }
        true
    }
}
