//! The files of the target and what each of them declared when it was last good.
//!
//! Owns the cache. Invariant: a file whose bytes did not change keeps its objects, pointers included; a file that
//! became unreadable keeps its last good ones; a file that left the directory takes its objects along.

mod listing;
mod stamp;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Digest, SHA256, digest};
use windrose_config::{DynamicConfig, Mark, Problem, Source};
use windrose_providers_core::template;

use crate::load;
use crate::merge::merge;
use crate::options::{Rendered, Target};
use crate::references;
use crate::watch::Watch;

pub(crate) use listing::is_configuration;
use stamp::Stamp;

/// Which files to read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// Those that changed.
    Changed,
    /// Those that changed, and templates, whose output may depend on more than their text.
    Everything,
}

/// The files of one target.
pub(crate) struct Files {
    target: Target,
    rendered: Rendered,
    /// In the order of merging.
    files: Vec<File>,
    /// What the target itself suffers from.
    fault: Option<Problem>,
    references: HashMap<PathBuf, Option<Stamp>>,
    was_read: bool,
    /// Whether the target could be listed at some time, so that there is a last configuration.
    was_listed: bool,
}

struct File {
    path: PathBuf,
    stamp: Option<Stamp>,
    digest: Option<Digest>,
    is_template: bool,
    /// What it declared when it was last good.
    config: DynamicConfig,
    references: BTreeSet<PathBuf>,
    /// Why its bytes could not be had.
    missing: Option<Problem>,
    /// Why its bytes could not be used.
    broken: Option<Problem>,
}

impl Files {
    /// Nothing read yet.
    pub(crate) fn new(target: Target, rendered: Rendered) -> Self {
        Self {
            target,
            rendered,
            files: Vec::new(),
            fault: None,
            references: HashMap::new(),
            was_read: false,
            was_listed: false,
        }
    }

    /// Reads what changed. Nothing means that nothing changed.
    ///
    /// Everything that a later change could come from is shown to `watch` before it is read.
    ///
    /// # Errors
    ///
    /// When the target cannot be read and nothing will tell when it can be: without a watch only at the start, since
    /// a reload is asked for later.
    pub(crate) fn scan(
        &mut self,
        scan: Scan,
        mut watch: Option<&mut Watch>,
    ) -> io::Result<Option<DynamicConfig>> {
        if let Some(watch) = &mut watch {
            watch.begin();
        }
        let listed = match &self.target {
            Target::File(path) => show(&mut watch, path).map(|()| vec![path.clone()]),
            Target::Directory(path) => listing::list(path, &mut watch),
        };
        let mut changed = !self.was_read;
        match listed {
            Ok(paths) => {
                self.was_listed = true;
                changed |= self.fault.take().is_some();
                changed |= self.keep(&paths);
                for path in paths {
                    changed |= self.read(path, scan, &mut watch);
                }
            }
            Err(error) if !self.was_read && watch.is_none() => return Err(error),
            Err(error) if watch.as_ref().is_some_and(|watch| !watch.sees(self.target.path())) => {
                return Err(error);
            }
            Err(error) => {
                let kept = if self.was_listed { KEPT } else { "" };
                let message = why(&self.target, &error, kept);
                let problem = problem(self.target.path(), message);
                changed |= report(&mut self.fault, Some(problem));
            }
        }
        self.was_read = true;
        changed |= self.follow_references(&mut watch);
        if let Some(watch) = &mut watch {
            watch.finish();
        }
        Ok(changed.then(|| self.merged()))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.files.len()
    }

    /// What makes a file or the target as a whole unusable.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &Problem> {
        self.files.iter().flat_map(File::faults).chain(&self.fault)
    }

    /// Drops the files that are not there any more.
    fn keep(&mut self, paths: &[PathBuf]) -> bool {
        let before = self.files.len();
        let listed: HashSet<&PathBuf> = paths.iter().collect();
        self.files.retain(|file| listed.contains(&file.path));
        self.files.len() < before
    }

    /// Reads one file, if it changed.
    fn read(&mut self, path: PathBuf, scan: Scan, watch: &mut Option<&mut Watch>) -> bool {
        let at = match self.files.binary_search_by(|file| listing::order(&file.path, &path)) {
            Ok(at) => at,
            Err(at) => {
                self.files.insert(at, File::new(path));
                at
            }
        };
        let Some(file) = self.files.get_mut(at) else { return false };
        if let Some(watch) = watch
            && file.path.is_symlink()
        {
            watch.file(&file.path);
        }
        match (file.read(scan, self.rendered), &self.target) {
            (Ok(changed), _) => changed,
            // Gone since it was listed, or a link to nothing: not a file of the directory.
            (Err(error), Target::Directory(_)) if error.kind() == io::ErrorKind::NotFound => {
                self.files.remove(at).digest.is_some()
            }
            (Err(error), _) => file.set_missing(&error),
        }
    }

    /// Looks after the files that objects refer to.
    fn follow_references(&mut self, watch: &mut Option<&mut Watch>) -> bool {
        let wanted: BTreeSet<&PathBuf> = self.files.iter().flat_map(|file| &file.references).collect();
        let mut changed = HashSet::new();
        let mut seen = HashMap::with_capacity(wanted.len());
        for path in wanted {
            if let Some(watch) = watch {
                watch.file(path);
            }
            let stamp = Stamp::of(path).ok();
            if self.references.get(path).is_some_and(|before| *before != stamp) {
                changed.insert(path.clone());
            }
            seen.insert(path.clone(), stamp);
        }
        self.references = seen;
        if !changed.is_empty() {
            self.files.iter_mut().for_each(|file| references::renew(&mut file.config, &changed));
        }
        !changed.is_empty()
    }

    fn merged(&self) -> DynamicConfig {
        let mut config = merge(self.files.iter().map(|file| &file.config));
        config.problems.extend(self.faults().cloned());
        config
    }
}

impl File {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            stamp: None,
            digest: None,
            is_template: false,
            config: DynamicConfig::default(),
            references: BTreeSet::new(),
            missing: None,
            broken: None,
        }
    }

    /// Takes over what changed; the error is why there are no bytes.
    fn read(&mut self, scan: Scan, rendered: Rendered) -> io::Result<bool> {
        let stamp = Stamp::of(&self.path)?;
        let again = scan == Scan::Everything;
        if !again
            && self.missing.is_none()
            && self.stamp.is_some_and(|before| before == stamp && before.is_settled)
        {
            return Ok(false);
        }
        let bytes = load::bytes(&self.path)?;
        let back = self.missing.take().is_some();
        self.stamp = Some(stamp);
        let digest = digest(&SHA256, &bytes);
        let same = self.digest.is_some_and(|before| before.as_ref() == digest.as_ref());
        if same && !(again && self.is_template) {
            return Ok(back);
        }
        self.digest = Some(digest);
        self.is_template = std::str::from_utf8(&bytes).is_ok_and(template::is_template);
        Ok(match load::read(&self.path.to_string_lossy(), &bytes, rendered) {
            Ok(mut config) => {
                config.reuse_unchanged(&self.config);
                self.references = references::collect(&config);
                self.config = config;
                self.broken = None;
                true
            }
            Err(problem) => report(&mut self.broken, Some(*problem)) || back,
        })
    }

    fn set_missing(&mut self, error: &io::Error) -> bool {
        self.stamp = None;
        let kept = if self.digest.is_some() { KEPT } else { "" };
        let message = unreadable("file", error, kept);
        report(&mut self.missing, Some(problem(&self.path, message)))
    }

    fn faults(&self) -> impl Iterator<Item = &Problem> {
        self.missing.iter().chain(&self.broken)
    }
}

fn show(watch: &mut Option<&mut Watch>, path: &Path) -> io::Result<()> {
    match watch {
        Some(watch) => watch.only_file(path),
        None => Ok(()),
    }
}

/// Why a target is not read.
fn why(target: &Target, error: &io::Error, kept: &str) -> String {
    match target {
        Target::File(_) => unreadable("file", error, kept),
        Target::Directory(_) => unreadable("directory", error, kept),
    }
}

/// The same words for everything that may be missing; `kept` is what is said behind them.
pub(crate) fn unreadable(kind: &str, error: &io::Error, kept: &str) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("the {kind} does not exist{kept}"),
        _ => format!("cannot read the {kind}{kept}: {error}"),
    }
}

fn problem(path: &Path, message: String) -> Problem {
    Problem::error(message).at(&Source::file(&path.to_string_lossy()), Mark::default())
}

/// Remembers a fault, and says whether it is news. It is logged by whoever takes over the configuration that has it.
fn report(slot: &mut Option<Problem>, fault: Option<Problem>) -> bool {
    if *slot == fault {
        return false;
    }
    *slot = fault;
    true
}

/// What is said of something that was readable before.
const KEPT: &str = ", its last configuration stays";
