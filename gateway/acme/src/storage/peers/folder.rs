//! Gateways that share a folder: files beside the one in which certificates are kept.
//!
//! `claims` has a file for each right that is taken or rests, `here` one for each gateway, `proofs` one for each proof.
//! The system's locks on files say what is alive. Where the folder cannot be made, as beside a file that is mounted
//! alone, nobody else can be there either.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use super::{Alone, Claim, Claimed, Peers, Proof, Right, name_of};

/// A folder that gateways share.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Made when it is first needed; nothing where it cannot be made.
    place: OnceLock<Option<Place>>,
}

/// The folder, and this gateway in it.
#[derive(Debug)]
struct Place {
    claims: PathBuf,
    here: PathBuf,
    proofs: PathBuf,
    /// This gateway's own file, locked as long as it lives: from when it first looks at what others post.
    own: Mutex<Option<(PathBuf, File)>>,
    seen: Mutex<Seen>,
}

/// What was seen of proofs when they were last looked at.
#[derive(Debug, Default)]
struct Seen {
    stamp: Option<(SystemTime, i64)>,
    posted: BTreeSet<String>,
    /// Those that this gateway has posted itself.
    mine: BTreeSet<String>,
}

/// The lock on a file of `claims`.
struct Locked {
    path: PathBuf,
    file: File,
    /// Whether the file says until when nobody is to try.
    keep: AtomicBool,
}

impl Folder {
    /// The folder beside the file at this path.
    #[must_use]
    pub fn beside(path: &Path) -> Self {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".shared");
        Self { path: path.with_file_name(name), place: OnceLock::new() }
    }

    fn place(&self) -> Option<&Place> {
        let made = self.place.get_or_init(|| {
            let made = Place::make(&self.path);
            let told = |error: &io::Error| {
                let path = self.path.display();
                tracing::debug!(%path, %error, "certificates are not shared with other gateways");
            };
            made.inspect_err(told).ok()
        });
        made.as_ref()
    }
}

impl Place {
    fn make(path: &Path) -> io::Result<Self> {
        let below = |name: &str| -> io::Result<PathBuf> {
            let path = path.join(name);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
            Ok(path)
        };
        let (claims, here, proofs) = (below("claims")?, below("here")?, below("proofs")?);
        Ok(Self { claims, here, proofs, own: Mutex::default(), seen: Mutex::default() })
    }

    /// Is there from now on.
    fn join(&self) -> io::Result<()> {
        let mut own = self.own();
        if own.is_some() {
            return Ok(());
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let path = self.here.join(data_encoding::HEXLOWER.encode(&random));
        let file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&path)?;
        file.lock()?;
        *own = Some((path, file));
        Ok(())
    }

    /// The proofs that are posted, without those whose owner must be gone.
    fn all(&self) -> io::Result<Vec<(String, PathBuf)>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.proofs)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.contains('.') {
                continue;
            }
            let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > FORGOTTEN) {
                let _ = fs::remove_file(entry.path());
                continue;
            }
            all.push((name, entry.path()));
        }
        Ok(all)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self) -> MutexGuard<'_, Option<(PathBuf, File)>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((path, _)) = &*self.own() {
            let _ = fs::remove_file(path);
        }
    }
}

impl Peers for Folder {
    fn claim(&self, what: &str) -> io::Result<Claimed> {
        let Some(place) = self.place() else { return Alone.claim(what) };
        let free = |file: &File| match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        };
        let Some(locked) = Locked::at(place.claims.join(name_of(what)), free)? else {
            return Ok(Claimed::Elsewhere);
        };
        let rests = locked.rests_until()?;
        // One that lies very far ahead was written by a clock that is wrong.
        let now = SystemTime::now();
        if rests > now && rests < now + LONGEST_REST {
            locked.keep.store(true, Relaxed);
            return Ok(Claimed::Resting(rests));
        }
        Ok(Claimed::Mine(Claim(Box::new(locked))))
    }

    fn wait(&self, what: &str) -> io::Result<Claim> {
        let Some(place) = self.place() else { return Alone.wait(what) };
        let locked = Locked::at(place.claims.join(name_of(what)), |file| file.lock().map(|()| true))?;
        locked.map(|locked| Claim(Box::new(locked))).ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }

    fn post(&self, proof: &Proof) -> io::Result<()> {
        let Some(place) = self.place() else { return Ok(()) };
        let path = place.proofs.join(proof.id());
        place.seen().mine.insert(proof.id());
        let new = path.with_extension("new");
        let text = serde_json::to_vec(proof)?;
        let made = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(&new);
        made?.write_all(&text)?;
        fs::rename(&new, &path)
    }

    fn withdraw(&self, proof: &Proof) {
        if let Some(place) = self.place() {
            let _ = fs::remove_file(place.proofs.join(proof.id()));
            place.seen().mine.remove(&proof.id());
        }
    }

    fn posted(&self) -> Option<Vec<Proof>> {
        let place = self.place()?;
        place.join().ok()?;
        let data = fs::metadata(&place.proofs).ok()?;
        let stamp = Some((data.modified().ok()?, data.mtime_nsec()));
        let mut seen = place.seen();
        // A folder that changed just now may change again without looking different.
        let is_settled = stamp.is_some_and(|(at, _)| at.elapsed().is_ok_and(|age| age > SETTLED));
        if is_settled && seen.stamp == stamp {
            return None;
        }
        let mut all = place.all().ok()?;
        all.retain(|(name, _)| !seen.mine.contains(name));
        let names: BTreeSet<String> = all.iter().map(|(name, _)| name.clone()).collect();
        seen.stamp = stamp;
        if names == seen.posted {
            return None;
        }
        seen.posted = names;
        let read =
            |path: PathBuf| serde_json::from_slice(&windrose_sys::read_file(&path, LARGEST).ok()?).ok();
        Some(all.into_iter().filter_map(|(_, path)| read(path)).collect())
    }

    fn showing(&self, proofs: &BTreeSet<String>) -> io::Result<()> {
        let Some(place) = self.place() else { return Ok(()) };
        let mut own = place.own();
        let Some((_, file)) = &mut *own else { return Ok(()) };
        let text: String = proofs.iter().map(|proof| format!("{proof}\n")).collect();
        // Longer or shorter than before: what is read meanwhile is a part of one of them, and asked for again.
        io::Seek::rewind(file)?;
        file.set_len(0)?;
        file.write_all(text.as_bytes())
    }

    fn is_shown(&self, proof: &Proof) -> bool {
        let Some(place) = self.place() else { return true };
        let own = place.own().as_ref().map(|(path, _)| path.clone());
        let id = proof.id();
        let Ok(entries) = fs::read_dir(&place.here) else { return false };
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| Some(path) != own.as_ref()) {
            // One that has just gone shows nothing to anybody.
            let Ok(file) = OpenOptions::new().write(true).open(&path) else { continue };
            if file.try_lock().is_ok() {
                let _ = fs::remove_file(&path);
                continue;
            }
            let shown = windrose_sys::read_file(&path, LARGEST).unwrap_or_default();
            if !shown.split(|byte| *byte == b'\n').any(|line| line == id.as_bytes()) {
                return false;
            }
        }
        true
    }
}

impl Locked {
    /// The lock on the file at this path, which is made if need be; nothing if `lock` does not give it.
    fn at(path: PathBuf, lock: impl Fn(&File) -> io::Result<bool>) -> io::Result<Option<Self>> {
        loop {
            let mut options = OpenOptions::new();
            let file =
                options.read(true).write(true).create(true).truncate(false).mode(PRIVATE).open(&path)?;
            if !lock(&file)? {
                return Ok(None);
            }
            // Whoever had it may have removed the file meanwhile, and the lock is one on nothing.
            let had = file.metadata()?;
            if fs::metadata(&path).is_ok_and(|there| (had.dev(), had.ino()) == (there.dev(), there.ino())) {
                return Ok(Some(Self { path, file, keep: AtomicBool::new(false) }));
            }
        }
    }

    fn rests_until(&self) -> io::Result<SystemTime> {
        let mut text = String::new();
        (&self.file).read_to_string(&mut text)?;
        let seconds = text.trim().parse().unwrap_or_default();
        Ok(SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH))
    }
}

impl Right for Locked {
    fn rest(&self, until: SystemTime) {
        let seconds = until.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut file = &self.file;
        let written = file.set_len(0).and_then(|()| io::Seek::rewind(&mut file));
        let written = written.and_then(|()| file.write_all(seconds.to_string().as_bytes()));
        self.keep.store(written.is_ok(), Relaxed);
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Nothing is left of what went well. It goes before the lock does.
        if !self.keep.load(Relaxed) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

const PRIVATE: u32 = 0o600;
/// A proof is a few hundred bytes.
const LARGEST: u64 = 64 << 10;
/// No proof is posted for longer.
const FORGOTTEN: Duration = Duration::from_secs(3600);
const LONGEST_REST: Duration = Duration::from_secs(8 * 24 * 3600);
/// Times of files are coarse on some systems.
const SETTLED: Duration = Duration::from_secs(3);
