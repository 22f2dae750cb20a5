//! What leaves the program by itself, received by the OpenTelemetry collector; beside it Traefik, which sends to the same.
//!
//! Collector and Traefik come from `tests/peers/install telemetry`, which runs here when they are missing.

mod collector;
mod propagation;
mod pushed;
mod secured;
mod spans;

use std::path::{Path, PathBuf};

use tokio::process::Command;

/// A program that is not ours; installed when it is missing.
pub(crate) async fn peer(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let binary = root.join(".peers/bin").join(name);
    if !binary.exists() {
        let output = Command::new(root.join("tests/peers/install")).arg(name).output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    binary
}
