//! Who may log in: the options `users` and `usersFile`, which `basicAuth` and `digestAuth` share, and `keys` and
//! `keysFile` of `apiKey`.
//!
//! A file that cannot be read, or holds a line that is no user, costs nobody the login: the lines that were good last
//! stay in force, and that is told. A file in which nobody is left means nobody. Nothing here shows a hash, not even in
//! what it says is wrong.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use windrose_config::Located;
use windrose_config::redact::Secret;

use crate::http::api_key;
use crate::kind::{BuildContext, BuildError};

pub(crate) mod passing;
#[cfg(test)]
mod tests;

/// Who may log in.
pub(crate) struct Users {
    /// The hashes by name, which for `digestAuth` has the realm behind a colon.
    pub(crate) all: Hashes,
    /// Kept as long as somebody uses it, for the time when the file is bad.
    pub(crate) file: Option<Arc<LastGood>>,
}

/// A name and a hash.
type Named = (Box<[u8]>, Box<[u8]>);

/// Hashes by name.
pub(crate) type Hashes = IndexMap<Box<[u8]>, Box<[u8]>>;

/// The users of a file when it was good last.
#[derive(Default)]
pub(crate) struct LastGood(Mutex<Option<Hashes>>);

/// How many parts a user has, with colons between; the last one is the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `name:hash`
    Basic,
    /// `name:realm:hash`
    Digest,
    /// `name:hash`, where the hash is that of a key
    Key,
}

/// The users of both options; those of `users` go before those of the same name in the file.
///
/// # Errors
/// One of `users` is none, the file was never good, or there is nobody; keys may come from elsewhere too.
pub(crate) fn read(
    cx: &BuildContext<'_>,
    users: &[Located<Secret>],
    path: &Located<Arc<str>>,
    form: Form,
) -> Result<Users, BuildError> {
    let (mut all, file) = if path.value.is_empty() {
        (Hashes::new(), None)
    } else {
        let kept = cx.keep(&format!("{form:?} {}", path.value), LastGood::default);
        (kept.renew(cx, path, form)?, Some(kept))
    };
    for (index, written) in users.iter().enumerate() {
        let (one, many) = form.words();
        let (name, hash) = form.parse(written.value.expose().as_bytes()).ok_or_else(|| BuildError {
            message: format!("{one} {} of {many} is not written as {}", index + 1, form.text()),
            mark: Some(written.mark),
            length: 0,
        })?;
        all.insert(name, hash);
    }
    if all.is_empty() && form != Form::Key {
        return Err(BuildError::new("nobody could log in, name somebody in users or usersFile"));
    }
    Ok(Users { all, file })
}

impl LastGood {
    /// The users of the file as it is, else as it was.
    fn renew(
        &self,
        cx: &BuildContext<'_>,
        path: &Located<Arc<str>>,
        form: Form,
    ) -> Result<Hashes, BuildError> {
        let read = cx.resolve.file(path).and_then(|content| {
            form.lines(&content).map_err(|line| {
                let message = format!("line {line} of {} is not written as {}", path.value, form.text());
                BuildError::at(path, message)
            })
        });
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (read, &*last) {
            (Ok(users), _) => {
                *last = Some(users.clone());
                Ok(users)
            }
            (Err(error), Some(users)) => {
                let message = format!("{}; its {} stay as they were", error.message, form.words().1);
                cx.warn(BuildError { message, ..error });
                Ok(users.clone())
            }
            (Err(error), None) => Err(error),
        }
    }
}

impl Form {
    /// The users of a file, or the number of the first line that is none. Empty lines and those that begin with `#` are
    /// left out.
    fn lines(self, content: &[u8]) -> Result<Hashes, usize> {
        let mut users = Hashes::new();
        for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if !line.is_empty() && line.first() != Some(&b'#') {
                let (name, hash) = self.parse(line).ok_or(index + 1)?;
                users.insert(name, hash);
            }
        }
        Ok(users)
    }

    fn parse(self, text: &[u8]) -> Option<Named> {
        let colons = text.iter().filter(|byte| **byte == b':').count();
        let wanted = match self {
            Self::Basic | Self::Key => 1,
            Self::Digest => 2,
        };
        let cut = text.iter().rposition(|byte| *byte == b':').filter(|_| colons == wanted)?;
        let (name, hash) = text.split_at_checked(cut)?;
        let hash = hash.get(1..)?;
        let is_fine = self != Self::Key || is_shown(name) && api_key::is_hash(hash);
        is_fine.then(|| (name.into(), hash.into()))
    }

    /// What one is called, and several.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Basic | Self::Digest => ("user", "users"),
            Self::Key => ("key", "keys"),
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Basic => "name:hash",
            Self::Digest => "name:realm:hash",
            Self::Key => "name:hash, with {SHA256} and the digest of the key, or as htpasswd makes it",
        }
    }
}

/// Whether a name can go into a field.
fn is_shown(name: &[u8]) -> bool {
    !name.is_empty() && !name.iter().any(u8::is_ascii_control)
}
