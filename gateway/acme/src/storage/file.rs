//! `acme.json`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::peers::Folder;
use super::{Kept, Peers, Store, StoreError};

/// A file that several resolvers may share.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    /// What it holds; nothing before it was read.
    content: Mutex<Option<Read>>,
    folder: Folder,
}

/// What was read or written, and what the system said of the file then.
#[derive(Debug)]
struct Read {
    content: Map<String, Value>,
    stamp: Option<Stamp>,
}

/// Time, length and number of a file: they change when its content does.
type Stamp = (SystemTime, u64, u64);

impl File {
    /// The file at this path. It is not touched before something is asked of it.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { folder: Folder::beside(&path), path, content: Mutex::new(None) }
    }

    fn system(&self, verb: &'static str) -> impl FnOnce(io::Error) -> StoreError {
        let path = self.path.clone();
        move |source| StoreError::System { path, verb, source }
    }

    /// What the file holds: what is known, unless somebody else has changed it.
    fn newest(&self, known: &mut Option<Read>) -> Result<Read, StoreError> {
        let stamp = self.stamp();
        match known.take().filter(|read| read.stamp.is_some() && read.stamp == stamp) {
            Some(read) => Ok(read),
            None => Ok(Read { content: self.read()?, stamp: self.stamp() }),
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        let metadata = fs::metadata(&self.path).ok()?;
        Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
    }

    /// Reads the file, which is made when there is none.
    fn read(&self) -> Result<Map<String, Value>, StoreError> {
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&self.path);
                made.map_err(self.system("made"))?;
                return Ok(Map::new());
            }
            Err(error) => return Err(self.system("read")(error)),
        };
        let mode = metadata.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            return Err(StoreError::TooOpen { path: self.path.clone(), mode });
        }
        let bytes = windrose_sys::read_file(&self.path, LARGEST).map_err(self.system("read"))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&bytes) {
            Ok(content) => Ok(content),
            Err(error) => self.put_aside(&bytes, &error),
        }
    }

    /// Keeps what cannot be read under another name, and begins anew.
    fn put_aside(&self, bytes: &[u8], why: &serde_json::Error) -> Result<Map<String, Value>, StoreError> {
        let mut last = None;
        for number in 1..MOST_ASIDE {
            let aside = beside(&self.path, &format!("damaged-{number}"));
            let made = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&aside);
            match made.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all())) {
                Ok(()) => {
                    tracing::error!(
                        path = %self.path.display(),
                        keptAs = %aside.display(),
                        error = %why,
                        "stored certificates cannot be read and are kept aside; new ones are obtained"
                    );
                    return Ok(Map::new());
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(error),
                Err(error) => return Err(self.system("kept aside, and it cannot be read as JSON")(error)),
            }
        }
        let error = last.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into());
        Err(self.system("kept aside, and it cannot be read as JSON")(error))
    }

    /// Writes all of it beside the file and puts it in its place. A file that is mounted alone cannot be replaced, so
    /// it is written over.
    fn write(&self, content: &Map<String, Value>) -> Result<(), StoreError> {
        let text = serde_json::to_vec_pretty(content)
            .map_err(|error| self.system("written")(io::Error::other(error)))?;
        // A link stays a link.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let new = beside(&path, "new");
        let replaced = write_whole(&new, &text).and_then(|()| fs::rename(&new, &path));
        if replaced.is_ok() {
            return Ok(());
        }
        // It may never have been there.
        let _ = fs::remove_file(&new);
        write_whole(&path, &text).map_err(self.system("written"))
    }

    fn part(&self, content: &Map<String, Value>, resolver: &str) -> Result<Kept, StoreError> {
        let Some(part) = content.get(resolver).filter(|part| !part.is_null()) else {
            return Ok(Kept::default());
        };
        serde_json::from_value(part.clone()).map_err(|error| StoreError::Form {
            path: self.path.clone(),
            resolver: resolver.to_owned(),
            cause: error.to_string(),
        })
    }
}

impl Store for File {
    fn load(&self, resolver: &str) -> Result<Kept, StoreError> {
        let mut known = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.newest(&mut known)?;
        self.part(&known.insert(read).content, resolver)
    }

    fn change(&self, resolver: &str, change: &mut dyn FnMut(&mut Kept)) -> Result<Kept, StoreError> {
        let mut known = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        // Two gateways that read and then write would lose what one of them has.
        let _turn = self.folder.wait(WRITING).map_err(self.system("locked"))?;
        let read = self.newest(&mut known)?;
        let mut next = known.insert(read).content.clone();
        let mut kept = self.part(&next, resolver)?;
        change(&mut kept);
        let part =
            serde_json::to_value(&kept).map_err(|error| self.system("written")(io::Error::other(error)))?;
        next.insert(resolver.to_owned(), part);
        self.write(&next)?;
        *known = Some(Read { content: next, stamp: self.stamp() });
        Ok(kept)
    }

    fn exists(&self) -> bool {
        self.path.exists()
    }

    fn is_changed(&self) -> bool {
        let known = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().is_some_and(|read| read.stamp != self.stamp())
    }

    fn peers(&self) -> &dyn Peers {
        &self.folder
    }
}

fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(end);
    path.with_file_name(name)
}

const PRIVATE: u32 = 0o600;
const OTHERS: u32 = 0o077;
/// Far more than thousands of certificates need.
const LARGEST: u64 = 256 << 20;
const MOST_ASIDE: u32 = 100;
/// What gateways that share the file call the right to write it.
const WRITING: &str = "writing";
