//! Putting a log file aside when it has become too large, and what becomes of those that were put aside.
//!
//! They are called as Traefik calls them: `name-2026-11-27T19-10-37.123.ext`, in UTC, with `.gz` behind it when packed.
//! What else is in the folder is never touched.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// When a log file is put aside, and how long it is kept then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The largest it may become, unless a single line is larger.
    pub most_bytes: u64,
    /// How many days files are kept that were put aside; for ever without.
    pub most_days: Option<u32>,
    /// How many of them are kept; all without.
    pub most_files: Option<u32>,
    /// Whether they are packed.
    pub packs: bool,
}

/// A file that was put aside.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Aside {
    at: DateTime,
    path: PathBuf,
}

impl Rotation {
    /// Whether a line of `more` bytes would make the file too large.
    pub(super) fn is_due(&self, file: &File, more: usize) -> bool {
        let Ok(metadata) = file.metadata() else { return false };
        metadata.is_file() && metadata.len() > 0 && metadata.len() + more as u64 > self.most_bytes
    }

    /// Puts a file aside.
    pub(super) fn put_aside(&self, path: &Path, now: SystemTime) -> io::Result<()> {
        let time = Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut at = time.to_zoned(TimeZone::UTC).datetime();
        loop {
            let aside = name(path, at);
            // Two within a millisecond must not be one.
            if !aside.exists() && !packed(&aside).exists() {
                return fs::rename(path, aside);
            }
            at = at.checked_add(Duration::from_millis(1)).map_err(io::Error::other)?;
        }
    }

    /// Removes what is not to be kept any longer, and packs the rest, on a thread of its own. What cannot be done is
    /// tried again the next time.
    pub(super) fn tidy(self, path: &Path) {
        let path = path.to_owned();
        let tidy = move || {
            // One at a time, and each sees what the one before has left.
            static ONE: Mutex<()> = Mutex::new(());
            let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = self.tidy_now(&path, SystemTime::now());
        };
        let _ = thread::Builder::new().name("log rotation".into()).spawn(tidy);
    }

    fn tidy_now(&self, path: &Path, now: SystemTime) -> io::Result<()> {
        let mut all = asides(path)?;
        all.sort_unstable_by(|one, other| other.cmp(one));
        let oldest = self.most_days.and_then(|days| {
            let age = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
            let oldest = Timestamp::try_from(now.checked_sub(age)?).ok()?;
            Some(oldest.to_zoned(TimeZone::UTC).datetime())
        });
        let most = self.most_files.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
        for (place, aside) in all.iter().enumerate() {
            if place >= most || oldest.is_some_and(|oldest| aside.at < oldest) {
                fs::remove_file(&aside.path)?;
            } else if self.packs && aside.path.extension().is_none_or(|extension| extension != "gz") {
                pack(&aside.path)?;
            }
        }
        Ok(())
    }
}

/// What a file is called that is put aside.
fn name(path: &Path, at: DateTime) -> PathBuf {
    let (stem, extension) = parts(path);
    path.with_file_name(format!("{stem}-{}{extension}", at.strftime(FORMAT)))
}

/// The name without extension, and the extension with its dot.
fn parts(path: &Path) -> (String, String) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match name.rfind('.') {
        Some(dot) => {
            (name.get(..dot).unwrap_or_default().to_owned(), name.get(dot..).unwrap_or_default().to_owned())
        }
        None => (name, String::new()),
    }
}

/// The files that were put aside for the one at `path`.
fn asides(path: &Path) -> io::Result<Vec<Aside>> {
    let (stem, extension) = parts(path);
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let rest = name.strip_suffix(".gz").unwrap_or(&name);
        let time = rest.strip_prefix(&*stem).and_then(|rest| rest.strip_prefix('-'));
        let time = time.and_then(|rest| rest.strip_suffix(&*extension));
        if let Some(at) = time.and_then(|time| DateTime::strptime(FORMAT, time).ok()) {
            found.push(Aside { at, path: entry.path() });
        }
    }
    Ok(found)
}

/// Packs a file. It is there as a whole until it is packed as a whole.
fn pack(path: &Path) -> io::Result<()> {
    let mut from = windrose_sys::open_file(path)?;
    let to = packed(path);
    let permissions = from.metadata()?.permissions();
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(&to)?;
    let packing = || {
        file.set_permissions(permissions)?;
        let mut packer = GzEncoder::new(&file, Compression::default());
        io::copy(&mut from, &mut packer)?;
        packer.finish()?;
        file.sync_all()
    };
    if let Err(error) = packing() {
        let _ = fs::remove_file(&to);
        return Err(error);
    }
    fs::remove_file(path)
}

fn packed(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".gz");
    name.into()
}

const FORMAT: &str = "%Y-%m-%dT%H-%M-%S.%3f";

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::time::UNIX_EPOCH;

    use flate2::read::GzDecoder;
    use windrose_kit::temp::TempDir;

    use super::*;

    const DAY: u64 = 24 * 60 * 60;
    const NEVER: Rotation = Rotation { most_bytes: 10, most_days: None, most_files: None, packs: false };

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_file_is_put_aside_under_the_name_that_traefik_gives_it() {
        let folder = TempDir::new();
        let path = folder.path().join("gateway.log");
        let now = UNIX_EPOCH + Duration::from_millis(1_795_806_637_123);
        for text in ["one", "two"] {
            fs::write(&path, text).unwrap();
            NEVER.put_aside(&path, now).unwrap();
        }
        let expected = ["gateway-2026-11-27T19-10-37.123.log", "gateway-2026-11-27T19-10-37.124.log"];
        assert_eq!(names(folder.path()), expected);
        assert_eq!(fs::read_to_string(folder.path().join(expected[1])).unwrap(), "two");
    }

    #[test]
    fn a_line_that_would_make_the_file_too_large_goes_to_a_new_one() {
        let folder = TempDir::new();
        let path = folder.path().join("log");
        fs::write(&path, "").unwrap();
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        assert!(!NEVER.is_due(&file, 100), "there is nothing to put aside");
        fs::write(&path, "12345678").unwrap();
        assert!(!NEVER.is_due(&file, 2));
        assert!(NEVER.is_due(&file, 3));
    }

    #[test]
    fn files_that_are_too_old_or_too_many_go_and_others_are_packed() {
        let folder = TempDir::new();
        let path = folder.path().join("a.log");
        let now = UNIX_EPOCH + Duration::from_secs(100 * DAY);
        let at = |days: u64| now - Duration::from_secs(days * DAY);
        for days in [0, 1, 2, 9] {
            fs::write(&path, format!("{days}")).unwrap();
            NEVER.put_aside(&path, at(days)).unwrap();
        }
        folder.write("a-notes.log", "kept");
        folder.write("a.log", "now");
        let rotation = Rotation { most_days: Some(5), packs: true, ..NEVER };
        rotation.tidy_now(&path, now).unwrap();
        let packed: Vec<_> = names(folder.path());
        assert_eq!(packed.iter().filter(|name| name.ends_with(".log.gz")).count(), 3, "{packed:?}");
        assert_eq!(packed.len(), 5, "{packed:?}");
        let newest = packed.iter().rfind(|name| name.ends_with(".gz")).unwrap();
        let mut text = String::new();
        GzDecoder::new(File::open(folder.path().join(newest)).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "0");
        Rotation { most_files: Some(1), ..rotation }.tidy_now(&path, now).unwrap();
        assert_eq!(names(folder.path()), [newest, "a-notes.log", "a.log"]);
    }
}
