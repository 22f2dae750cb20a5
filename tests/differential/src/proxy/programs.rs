//! Where the two programs are; builds or installs what is missing.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The programs to compare.
#[derive(Debug, Clone)]
pub struct Programs {
    /// Real Traefik.
    pub traefik: PathBuf,
    /// Windrose, or Traefik once more.
    pub windrose: PathBuf,
}

impl Programs {
    /// Finds both programs.
    ///
    /// # Errors
    /// When one is missing and cannot be had; the text says what to do.
    pub fn find(root: &Path) -> Result<Self, String> {
        let traefik = traefik(root)?;
        let windrose = if Self::twice_traefik() { traefik.clone() } else { windrose(root)? };
        Ok(Self { traefik, windrose })
    }

    /// True if Traefik is to be compared with itself, which shows cases that cannot be relied on.
    #[must_use]
    pub fn twice_traefik() -> bool {
        env::var_os("DIFFERENTIAL_SELF").is_some()
    }
}

fn traefik(root: &Path) -> Result<PathBuf, String> {
    if let Some(path) = env::var_os("TRAEFIK_BINARY") {
        return Ok(path.into());
    }
    let path = root.join(".peers/bin/traefik");
    if !path.exists() {
        run(Command::new(root.join("tests/peers/install")).arg("traefik").current_dir(root))?;
    }
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("no Traefik at {}; set TRAEFIK_BINARY", path.display()))
    }
}

/// The newest Windrose that was built; `WINDROSE_BINARY` names another.
fn windrose(root: &Path) -> Result<PathBuf, String> {
    if let Some(path) = env::var_os("WINDROSE_BINARY") {
        return Ok(path.into());
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let newest = || {
        let built = ["release", "fast", "debug"].map(|profile| target.join(profile).join("windrose"));
        let age = |path: &PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        built.into_iter().filter(|path| path.exists()).max_by_key(age)
    };
    if newest().is_none() {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        run(Command::new(cargo).args(["build", "-p", "windrose"]).current_dir(root))?;
    }
    newest().ok_or_else(|| "no windrose under target; build it or set WINDROSE_BINARY".to_owned())
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed ({status})")) }
}
