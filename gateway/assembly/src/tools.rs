//! What a compiler needs besides the configuration.

use std::io;
use std::path::Path;
use std::sync::Arc;

use windrose_engine::compile::Tools;
use windrose_engine::live::Live;
use windrose_upstream::service::Internal;

/// Every kind of middleware, these services, files as they are, nothing alive yet.
#[must_use]
pub fn tools(services: Vec<(Arc<str>, Arc<dyn Internal>)>) -> Tools {
    Tools {
        build: windrose_middleware::list::build,
        services,
        live: Arc::new(Live::new()),
        files: Arc::new(files),
    }
}

/// Reads a file that a configuration names: a certificate, a key, a list of users.
///
/// # Errors
/// It is not there, no regular file, or too large.
pub fn files(path: &str) -> io::Result<Vec<u8>> {
    windrose_sys::read_file(Path::new(path), LARGEST)
}

/// How many bytes of such a file are read.
const LARGEST: u64 = 16 << 20;
