//! The keys behind session tickets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::ProducesTickets;

use crate::options::OptionsId;

/// Ticket keys of the whole process, by option set.
///
/// Lives across reloads: the same option set gets the same keys again, so sessions resume although the certificates
/// have changed; another option set gets other keys, so no session crosses from one policy to another (a client
/// admitted under one set of authorities is asked again under the next). Keys are forgotten with their last user.
#[derive(Debug, Default)]
pub struct Tickets {
    by_options: Mutex<HashMap<OptionsId, Weak<dyn ProducesTickets>>>,
}

impl Tickets {
    /// No keys yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn for_options(&self, id: OptionsId) -> Result<Arc<dyn ProducesTickets>, rustls::Error> {
        let mut by_options = self.by_options.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ticketer) = by_options.get(&id).and_then(Weak::upgrade) {
            return Ok(ticketer);
        }
        by_options.retain(|_, ticketer| ticketer.strong_count() > 0);
        let ticketer = Ticketer::new()?;
        by_options.insert(id, Arc::downgrade(&ticketer));
        Ok(ticketer)
    }
}
