//! Learning that something may have changed on disk.
//!
//! Directories are watched, never files: files are replaced, linked and swapped, directories stay. Owns the inotify
//! watches and what counts as interesting; must not read any file. Every place is watched before it is read, and
//! under its real name, because the system knows one watch per directory.

mod settle;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::files::is_configuration;

pub(crate) use settle::Changes;
use settle::{Interest, Write};

/// The watched directories of one provider.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    /// Device and inode of each watched directory, by its real path.
    watched: HashMap<PathBuf, (u64, u64)>,
    wanted: HashSet<PathBuf>,
    changes: Arc<Changes>,
}

impl Watch {
    /// A watch on nothing, which will tell `changes`.
    pub(crate) fn new(changes: Arc<Changes>) -> notify::Result<Self> {
        let told = changes.clone();
        let watcher = notify::recommended_watcher(move |event| hear(&told, event))?;
        Ok(Self { watcher, watched: HashMap::new(), wanted: HashSet::new(), changes })
    }

    /// Begins a round: places that are not shown until [`Self::finish`] are forgotten.
    pub(crate) fn begin(&mut self) {
        self.wanted.clear();
    }

    /// Shows the target directory. It may be replaced as a whole, so its parent is watched too, or what there is of it.
    pub(crate) fn root(&mut self, directory: &Path) -> io::Result<()> {
        self.nearest(directory);
        let real = fs::canonicalize(directory)?;
        self.add(&real)?;
        self.changes.interest(|interest| interest.trees.insert(real));
        Ok(())
    }

    /// Shows a directory below the target.
    pub(crate) fn directory(&mut self, directory: &Path) {
        let Ok(real) = fs::canonicalize(directory) else { return };
        self.add_or_warn(&real);
        self.changes.interest(|interest| interest.trees.insert(real));
    }

    /// Shows the one file that is the target.
    pub(crate) fn only_file(&mut self, file: &Path) -> io::Result<()> {
        self.nearest(file);
        let parent = real_parent(file)?;
        self.add(&parent)
    }

    /// Shows the first part of a path that is missing, or all of it.
    fn nearest(&mut self, path: &Path) {
        for _ in path.components() {
            let Some(part) = first_missing(path) else { return };
            self.file(part);
            // It may have come between the look and the watch, which has not seen it then.
            if part == path || !part.exists() {
                return;
            }
        }
    }

    /// Shows a file whose changes matter, wherever it is and whether it exists or not.
    pub(crate) fn file(&mut self, file: &Path) {
        let target = fs::canonicalize(file).ok();
        for path in [Some(file), target.as_deref()].into_iter().flatten() {
            let (Ok(parent), Some(name)) = (real_parent(path), path.file_name()) else { continue };
            self.add_or_warn(&parent);
            self.changes.interest(|interest| {
                interest.files.insert(parent.join(name));
                interest.around.insert(parent);
            });
        }
    }

    /// Whether it is noticed when this file or directory comes or goes, or the first part of the way to it.
    pub(crate) fn sees(&self, path: &Path) -> bool {
        let parent = first_missing(path).map(real_parent);
        parent.is_some_and(|parent| parent.is_ok_and(|parent| self.watched.contains_key(&parent)))
    }

    /// Ends a round.
    pub(crate) fn finish(&mut self) {
        let wanted = &self.wanted;
        let left: Vec<_> = self.watched.keys().filter(|path| !wanted.contains(*path)).cloned().collect();
        for path in left {
            self.watched.remove(&path);
            // It fails when the directory is gone, and the watch with it.
            let _ = self.watcher.unwatch(&path);
        }
        let known = |path: &PathBuf| wanted.contains(path);
        self.changes.interest(|interest| {
            interest.trees.retain(known);
            interest.around.retain(known);
            interest.files.retain(|path| path.parent().is_some_and(|parent| wanted.contains(parent)));
        });
    }

    fn add_or_warn(&mut self, real: &Path) {
        match self.add(real) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(
                directory = %real.display(),
                %error,
                "cannot watch a directory, its changes need a reload; fs.inotify.max_user_watches may be too low"
            ),
        }
    }

    fn add(&mut self, real: &Path) -> io::Result<()> {
        let metadata = fs::metadata(real)?;
        let identity = (metadata.dev(), metadata.ino());
        self.wanted.insert(real.to_owned());
        match self.watched.insert(real.to_owned(), identity) {
            Some(before) if before == identity => return Ok(()),
            // Another directory under the same name: the old watch went with the old one.
            Some(_) => drop(self.watcher.unwatch(real)),
            None => {}
        }
        self.watcher.watch(real, RecursiveMode::NonRecursive).map_err(|error| {
            self.watched.remove(real);
            io::Error::other(error)
        })
    }
}

/// Sorts what the system tells.
fn hear(changes: &Changes, event: notify::Result<Event>) {
    let event = match event {
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(%error, "watching files failed, looking at all of them");
            return changes.happened();
        }
    };
    if event.need_rescan() {
        return changes.happened();
    }
    for path in &event.paths {
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                changes.written(path, Write::Finished, Interest::content);
            }
            EventKind::Access(_) => {}
            EventKind::Modify(ModifyKind::Data(_)) => changes.written(path, Write::Open, Interest::content),
            EventKind::Modify(ModifyKind::Metadata(_)) => {
                changes.written(path, Write::Whole, Interest::content)
            }
            EventKind::Create(CreateKind::File) => changes.written(path, Write::Open, Interest::name),
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                changes.written(path, Write::Finished, Interest::name);
            }
            _ => changes.written(path, Write::Whole, Interest::name),
        }
    }
}

impl Interest {
    /// Whether the content of the file matters.
    fn content(&self, path: &Path) -> bool {
        self.files.contains(path)
            || (is_configuration(path) && path.parent().is_some_and(|parent| self.trees.contains(parent)))
    }

    /// Whether it matters that the name came, went or was given to another file.
    fn name(&self, path: &Path) -> bool {
        self.files.contains(path)
            || self.trees.contains(path)
            || path.parent().is_some_and(|parent| self.trees.contains(parent) || self.around.contains(parent))
    }
}

/// The longest part of a path of which the folder is there.
fn first_missing(path: &Path) -> Option<&Path> {
    path.ancestors().filter(|part| part.file_name().is_some()).find(|part| real_parent(part).is_ok())
}

fn real_parent(path: &Path) -> io::Result<PathBuf> {
    match path.parent() {
        Some(parent) if parent != Path::new("") => fs::canonicalize(parent),
        _ => fs::canonicalize("."),
    }
}
