//! `apiKey`: lets in who shows a key.
//!
//! ```yaml
//! apiKey:
//!   keySource:
//!     header: X-Api-Key
//!   keys:
//!     - "shop:{SHA256}9027afd51b2cc5c65a1d95ef344e5293b5521abc3f20da288acaacf84b3ca999"
//!   headerField: X-Consumer
//! ```
//!
//! Only hashes of keys are known here. A key by its SHA-256 digest is found in a microsecond, however many there are; one by
//! a hash that is made to be slow is tried off the workers, and that it was right is remembered for a few minutes. What the
//! client shows does not reach the server unless that is wanted.

use std::borrow::Cow;
use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

use windrose_http::{Exchange, Name, Reply};

use crate::chain::Next;
use crate::credential::{Place, Places, field_name};
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};
use crate::users::passing::unauthorized;
use crate::users::{self, Form, LastGood};

mod keys;
mod options;
#[cfg(test)]
mod tests;

pub use crate::credential::SourceOptions;
pub(crate) use keys::is_hash;
use keys::{Keys, Verdict};
pub use options::Options;

/// Lets in who shows a key.
pub struct ApiKey {
    keys: Arc<Keys>,
    places: Places,
    encoding: Encoding,
    field: Option<Name>,
    forwarding: Forwarding,
    challenge: Box<str>,
    /// For the time when the file of keys is bad.
    _file: Option<Arc<LastGood>>,
}

/// How a key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// As it is.
    Plain,
    /// In base64.
    Base64,
    /// Either way.
    Any,
}

/// What becomes of a key that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forwarding {
    /// The server does not see it.
    Removed,
    /// It stays in the request.
    Kept,
}

impl Kind for ApiKey {
    const NAME: &'static str = "apiKey";
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let read = users::read(cx, &options.keys, &options.keys_file, Form::Key)?;
        let keys = Keys::new(read.all, &options.secret_values)?;
        if keys.is_empty() {
            return Err(BuildError::new(
                "nobody could pass, write a hash of a key in secretValues, keys or keysFile",
            ));
        }
        if keys.slow() > SLOW {
            cx.warn(BuildError::new(format!(
                "a wrong key is tried with all {} hashes that are slow; for keys that are long and random use {{SHA256}}",
                keys.slow()
            )));
        }
        let places = options.key_source.places("keySource")?;
        if places.is_empty() {
            return Err(BuildError::new("keySource is missing, write a header, a cookie or a query"));
        }
        let places = Places::new(places);
        Ok(Stage::around(Self {
            keys: Arc::new(keys),
            challenge: challenge(&places),
            places,
            encoding: match options.secret_non_base64_encoded {
                None => Encoding::Any,
                Some(true) => Encoding::Plain,
                Some(false) => Encoding::Base64,
            },
            field: match options.header_field.is_empty() {
                true => None,
                false => Some(field_name(&options.header_field, "headerField")?),
            },
            forwarding: if options.forward_key { Forwarding::Kept } else { Forwarding::Removed },
            _file: read.file,
        }))
    }
}

impl Around for ApiKey {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let tried = match self.places.find(ex) {
            Ok(Some(shown)) if shown.len() <= LONGEST => self.encoding.read(shown),
            _ => Vec::new(),
        };
        match self.keys.ask(ex.started, tried) {
            Verdict::Right(key) => self.admit(key, ex, next),
            Verdict::Wrong => Box::pin(ready(unauthorized(&self.challenge))),
            Verdict::Long(question) => Box::pin(async move {
                let (keys, conn) = (Arc::clone(&self.keys), Rc::clone(&ex.conn));
                match conn.desk.compute(move || keys.answer(&question)).await {
                    Ok(Some(key)) => self.admit(key, ex, next).await,
                    Ok(None) => unauthorized(&self.challenge),
                    Err(failure) => failure.reply(),
                }
            }),
        }
    }
}

impl ApiKey {
    fn admit<'a>(&'a self, key: usize, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let name = self.keys.name(key);
        ex.course.named(name);
        if self.forwarding == Forwarding::Removed {
            self.places.clear(ex);
        }
        if let Some(field) = &self.field {
            ex.headers.remove(field);
            if !name.is_empty() {
                ex.headers.append(field, name);
            }
        }
        Box::pin(next.run(ex))
    }
}

impl Encoding {
    /// The keys that what was shown may be.
    fn read(self, shown: Cow<'_, [u8]>) -> Vec<Box<[u8]>> {
        let decoded = || {
            let alphabets = [BASE64, BASE64_NOPAD, BASE64URL_NOPAD];
            alphabets.iter().find_map(|alphabet| alphabet.decode(&shown).ok())
        };
        let mut tried = Vec::with_capacity(2);
        if self != Self::Plain
            && let Some(key) = decoded()
        {
            tried.push(key.into());
        }
        if self != Self::Base64 {
            tried.push(shown.into_owned().into());
        }
        tried
    }
}

/// Says what is asked for (RFC 9110 §11.6.1): a scheme that is registered where one is written.
fn challenge(places: &Places) -> Box<str> {
    let scheme = places.iter().find_map(|place| match place {
        Place::Field(_, scheme) if !scheme.is_empty() => Some(&**scheme),
        _ => None,
    });
    format!("{} realm=\"api\"", scheme.unwrap_or("ApiKey")).into()
}

/// The longest key that is looked at.
const LONGEST: usize = 4096;
/// With more slow hashes than these a wrong key costs more than a login should.
const SLOW: usize = 16;
