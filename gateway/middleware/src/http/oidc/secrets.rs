//! The secrets that cookies are sealed with.

use std::sync::{Arc, Mutex, PoisonError};

use super::options::SessionOptions;
use super::seal::{self, Seals};
use crate::kind::{BuildContext, BuildError};

/// What is kept of secrets over reloads.
#[derive(Default)]
pub(super) struct Kept {
    /// One of our own, where none is written.
    made: Mutex<Option<Arc<str>>>,
    /// Those of the file when it was good last.
    read: Mutex<Option<Vec<u8>>>,
}

/// What is kept of these secrets, for as long as somebody holds it.
pub(super) fn keep(options: &SessionOptions, whom: &str, cx: &BuildContext<'_>) -> Arc<Kept> {
    cx.keep(&format!("secrets {} of {whom}", options.secrets_file.value), Kept::default)
}

/// Seals by the secrets that are written, else by one that nobody knows and that ends with the process.
///
/// # Errors
/// One of them could be guessed, or their file was never good.
pub(super) fn seals(
    options: &SessionOptions,
    whom: &str,
    kept: &Kept,
    cx: &BuildContext<'_>,
) -> Result<Seals, BuildError> {
    let path = &options.secrets_file;
    if path.value.is_empty() {
        if !options.secrets.is_empty() {
            let written = options.secrets.iter().map(|secret| secret.value.expose().as_bytes());
            return Seals::new(written, whom);
        }
        cx.warn(BuildError::new(
            "sessions end with this process, as no secret is written in session.secrets or session.secretsFile",
        ));
        let mut made = kept.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_none() {
            let random = seal::random().ok_or_else(|| BuildError::new("the system has no random numbers"))?;
            *made = Some(random.into());
        }
        return Seals::new(made.iter().map(|made| made.as_bytes()), whom);
    }
    let of = |content: &[u8]| {
        let lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let lines = lines.filter(|line| !line.is_empty() && line.first() != Some(&b'#'));
        let all: Vec<&[u8]> =
            options.secrets.iter().map(|secret| secret.value.expose().as_bytes()).chain(lines).collect();
        Seals::new(all.into_iter(), whom)
    };
    let read = cx.resolve.file(path).and_then(|content| of(&content).map(|seals| (content, seals)));
    let mut last = kept.read.lock().unwrap_or_else(PoisonError::into_inner);
    match (read, &*last) {
        (Ok((content, seals)), _) => {
            *last = Some(content);
            Ok(seals)
        }
        (Err(error), Some(content)) => {
            let message = format!("{}; its secrets stay as they were", error.message);
            cx.warn(BuildError { message, ..error });
            of(content)
        }
        (Err(error), None) => Err(error),
    }
}
