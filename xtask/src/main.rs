//! Chores of the repository, run as `cargo xtask CHORE`.
//!
//! `layers` and the lints are gates: they fail. `tidy` is a report for a reader to judge.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod layers;
mod tidy;

fn main() -> ExitCode {
    let chore = env::args().nth(1);
    let outcome = match chore.as_deref() {
        Some("layers") => layers::run(&root()),
        Some("tidy") => tidy::run(&root()),
        _ => Err("usage: cargo xtask layers | tidy".to_owned()),
    };
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace, whatever folder the chore is called from.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}
