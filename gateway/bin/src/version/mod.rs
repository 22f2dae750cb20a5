//! Which version this is.

use std::env::consts;

/// The lines of `windrose version`.
pub(crate) fn lines() -> String {
    let arch = match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("Version:      {VERSION}\nCodename:     {CODENAME}\nOS/Arch:      {}/{arch}\n", consts::OS)
}

/// The version of this build.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Its name among friends.
pub(crate) const CODENAME: &str = "tramontana";
