//! What all providers share: the trait they implement, the way their configuration reaches the engine, the
//! supervision of their tasks, and the templates that people write for them.
//!
//! A provider watches one source and publishes the whole of what the source says; of several publications that
//! nobody has read yet only the latest counts. Owns no source and knows no provider. Must not know the engine.

pub mod kv;
pub mod labels;
pub mod lines;
pub mod provider;
pub mod ready;
pub mod said;
pub mod source;
pub mod state;
pub mod stop;
pub mod supervise;
pub mod template;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod updates;
pub mod wishes;

pub use provider::{BoxFuture, Provider, ProviderError, Retry, chain};
pub use ready::{Look, Ready, Seen};
pub use said::Said;
pub use source::{Failed, Followed, Found, Reach, Source};
pub use state::{State, States};
pub use stop::{Stop, StopTrigger};
pub use supervise::{Backoff, Ended, Make, Supervised, Supervisor};
pub use updates::{Findings, Publishers, Updates, UpdatesReceiver};
pub use wishes::{Wanted, Wishes};
