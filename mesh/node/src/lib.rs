//! A node of the mesh: the routing of the mesh as its controller tells it, version by version.
//!
//! What passes through it is counted ([`Counted`]) and told to the controllers beside that.
//!
//! A provider like others, so a node is a gateway and nothing more. A question waits at the controller until there is
//! something new; the answer is what changed since the version that the node has, or everything. The last version is
//! kept in a file, and stands in for a controller that is away when the node starts. Must not know the engine.

mod cache;
mod counted;
mod options;
mod sent;
mod token;
mod told;

use std::sync::Arc;
use std::time::Duration;

use windrose_config::{Problem, Source as Place, Tree};
use windrose_providers_core::{Backoff, Followed, Ready};

pub use counted::{Counted, Totals};
pub use options::Options;

use sent::Sender;
use told::Known;

/// The name that qualifies what the controller declares.
pub const MESH: &str = "mesh";

/// Reads the options under `providers.meshNode`; what passes is taken from `counted`.
///
/// # Errors
///
/// What is wrong with them.
pub fn ready(options: &Tree, place: &Arc<Place>, counted: &Counted) -> Result<Vec<Ready>, Vec<Problem>> {
    let options = Arc::new(Options::decode(options, place)?);
    // What a node knows outlives a run that ended because the controller went away.
    let known = Known::default();
    let (counted, sender) = (counted.clone(), Sender::default());
    let (asking, telling) = (Arc::clone(&options), counted.clone());
    let reach = Arc::new(move || told::reach(Arc::clone(&asking), known.clone(), telling.clone()));
    Ok(vec![
        Followed {
            name: MESH.into(),
            things: ("version of the mesh's routing", "versions of the mesh's routing"),
            reach,
        }
        .ready()
        .beside(move || Box::pin(sent::send(Arc::clone(&options), counted.clone(), sender.clone())))
        // Another controller may be there at once, and one that comes back should not be waited for.
        .with_backoff(Backoff::new(FIRST, LONGEST)),
    ])
}

/// The waits before a controller that is away is asked again.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);
