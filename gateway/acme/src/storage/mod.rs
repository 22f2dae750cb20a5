//! Where accounts and certificates are kept between one start and the next.
//!
//! [`Store`] is what keeps; [`File`] is Traefik's `acme.json`, read and written so that either program takes over from
//! the other. Must not know the protocol. Invariant: nothing that was kept is ever overwritten by something that could
//! not be read.

mod file;
mod kept;
pub mod peers;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

pub use file::File;
pub use kept::{Account, Certificate, Domain, Kept};
pub use peers::Peers;

/// Opens what `storage` names. Nothing is touched before something is asked of it.
pub type Open = fn(&str) -> Result<Arc<dyn Store>, StoreError>;

/// The file that `storage` names.
///
/// # Errors
/// None: any name is one of a file.
pub fn file(storage: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(File::new(Path::new(storage))))
}

/// Keeps what resolvers have. All of it blocks.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// What is kept for a resolver; nothing is the same as an empty one.
    ///
    /// # Errors
    /// It cannot be had.
    fn load(&self, resolver: &str) -> Result<Kept, StoreError>;

    /// Changes what is kept for a resolver, and gives what it is then. It is kept when this returns.
    ///
    /// # Errors
    /// It cannot be kept; what was kept before still is.
    fn change(&self, resolver: &str, change: &mut dyn FnMut(&mut Kept)) -> Result<Kept, StoreError>;

    /// Whether there is anything to load, without making anything.
    fn exists(&self) -> bool;

    /// Whether somebody else has changed what is kept since it was read or changed here.
    fn is_changed(&self) -> bool;

    /// The gateways that keep in the same place.
    fn peers(&self) -> &dyn Peers;
}

/// Why something cannot be kept.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file can be read by others. traefik: the same.
    #[error("{} can be read by others than its owner (mode {mode:o}); run chmod 600 on it", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The system refuses.
    #[error("{} cannot be {verb}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What was tried.
        verb: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The place cannot be reached now.
    #[error("{} cannot be {verb}", path.display())]
    Away {
        /// The place.
        path: PathBuf,
        /// What was tried.
        verb: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// There is no such place.
    #[error("{0}")]
    Place(String),
    /// What is kept for one resolver has another form.
    #[error("{}: what it keeps for {resolver} cannot be read ({cause}); repair or remove that part", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Whose part.
        resolver: String,
        /// What is wrong.
        cause: String,
    },
}
