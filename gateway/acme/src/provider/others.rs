//! What other gateways do that keep in the same place: what they have kept, and what is to be shown for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use crate::agent::Surroundings;
use crate::storage::Store;
use crate::storage::peers::Proof;

/// All places, each looked at once a second.
pub(super) struct Others {
    places: Vec<Place>,
    around: Surroundings,
    next: Instant,
}

/// A place, and what is shown here for the others there, by its name among them.
struct Place {
    store: Arc<dyn Store>,
    shown: BTreeMap<String, Proof>,
    /// Whether the others know it.
    is_told: bool,
}

impl Others {
    pub(super) fn new(stores: impl Iterator<Item = Arc<dyn Store>>, around: Surroundings) -> Self {
        let places = stores.map(|store| Place { store, shown: BTreeMap::new(), is_told: true });
        Self { places: places.collect(), around, next: Instant::now() }
    }

    /// Looks once, when it is time; says whether somebody has changed what is kept. Dropping the future loses nothing.
    pub(super) async fn look(&mut self) -> bool {
        sleep_until(self.next).await;
        let mut is_changed = false;
        for place in &mut self.places {
            let store = Arc::clone(&place.store);
            let seen = spawn_blocking(move || (store.is_changed(), store.peers().posted()));
            let Ok((changed, posted)) = seen.await else { continue };
            is_changed |= changed;
            if let Some(posted) = posted {
                place.show(posted, &self.around);
            }
            if !place.is_told {
                let (store, names) = (Arc::clone(&place.store), place.shown.keys().cloned().collect());
                let told = spawn_blocking(move || store.peers().showing(&names)).await;
                place.is_told = matches!(told, Ok(Ok(())));
            }
        }
        self.next = Instant::now() + EVERY;
        is_changed
    }
}

impl Place {
    fn show(&mut self, posted: Vec<Proof>, around: &Surroundings) {
        let posted: BTreeMap<String, Proof> = posted.into_iter().map(|proof| (proof.id(), proof)).collect();
        for (name, proof) in &self.shown {
            if !posted.contains_key(name) {
                around.hide(proof);
            }
        }
        for (name, proof) in &posted {
            if !self.shown.contains_key(name)
                && let Err(error) = around.show(proof)
            {
                tracing::warn!(%error, "a proof of another gateway cannot be shown");
            }
        }
        self.shown = posted;
        self.is_told = false;
    }
}

const EVERY: Duration = Duration::from_secs(1);
