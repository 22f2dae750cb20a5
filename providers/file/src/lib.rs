//! The file provider: reads routing configuration from a file or a directory and follows its changes.
//!
//! Every file may be a Go template. Only what changed is read again; objects that did not change keep their `Arc`s,
//! so that the engine can tell by pointer. A file that cannot be read keeps its last good configuration.
//! [`load_file`] and [`load_directory`] read once, for checking. Must not know the engine.

mod files;
pub mod load;
mod merge;
pub mod options;
pub mod provider;
mod ready;
mod references;
mod watch;

pub use load::{Read, bytes, first_level, load_directory, load_file, merge_files, unreadable};
pub use options::{Options, Target};
pub use provider::{FILE, FileProvider, Reload};
pub use ready::{files_read, read_now, ready};
