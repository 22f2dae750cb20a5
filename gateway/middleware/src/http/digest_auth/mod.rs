//! `digestAuth`: lets in who shows that it knows a password, without sending it (RFC 7616).
//!
//! ```yaml
//! digestAuth:
//!   users:
//!     - "admin:traefik:77aecdc524b12e6de38750ee956a5c2b"
//!   headerField: X-User
//!   removeHeader: true
//! ```
//!
//! MD5 and `qop=auth` alone, as Traefik has it; the hash of a user is MD5 of `name:realm:password`. A nonce is signed by
//! the gateway, and only those that somebody has used with a right answer take memory ([`nonces`]), so that nobody is
//! thrown out by strangers who ask for many. They outlive a reload.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::redact::Secret;
use windrose_http::{Exchange, Id};

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};
use crate::users::passing::{Passing, realm, unauthorized};
use crate::users::{self, Form, LastGood};

mod answer;
mod nonces;
#[cfg(test)]
mod tests;

use answer::Answer;
use nonces::{Nonces, Use};

/// Lets in who shows that it knows a password.
pub struct DigestAuth {
    /// Hashes by name, of this realm only.
    users: IndexMap<Box<[u8]>, Box<[u8]>>,
    realm: Box<str>,
    passing: Passing,
    nonces: Arc<Nonces>,
    /// For the time when the file of users is bad.
    _file: Option<Arc<LastGood>>,
}

/// The options of `digestAuth`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Users as `name:realm:hash`.
    #[serde(skip_serializing_if = "is_default")]
    pub users: Vec<Located<Secret>>,
    /// A file with a user on each line.
    #[serde(skip_serializing_if = "is_default")]
    pub users_file: Located<Arc<str>>,
    /// Whether the server does not see the answer.
    #[serde(skip_serializing_if = "is_default")]
    pub remove_header: bool,
    /// What browsers show when they ask; `traefik` when nothing is written.
    #[serde(skip_serializing_if = "is_default")]
    pub realm: Located<Box<str>>,
    /// The field of the request that takes the name.
    #[serde(skip_serializing_if = "is_default")]
    pub header_field: Located<Box<str>>,
}

impl Kind for DigestAuth {
    const NAME: &'static str = "digestAuth";
    const SPAN: Option<&'static str> = Some("digestAuth");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let realm = realm(&options.realm)?;
        let read = users::read(cx, &options.users, &options.users_file, Form::Digest)?;
        let of_realm = |name: &[u8]| {
            let name = name.strip_suffix(realm.as_bytes())?.strip_suffix(b":")?;
            Some(Box::<[u8]>::from(name))
        };
        let users: IndexMap<_, _> = read
            .all
            .iter()
            .filter_map(|(name, hash)| Some((of_realm(name)?, hash.clone())))
            .filter(|(_, hash)| !hash.is_empty())
            .collect();
        if users.len() < read.all.len() {
            let others = read.all.len() - users.len();
            cx.warn(BuildError::new(format!(
                "{others} of {} users can never log in, as they have another realm than {realm} or no hash",
                read.all.len()
            )));
        }
        let nonces = cx.keep(realm, Nonces::new);
        if !nonces.is_usable() {
            return Err(BuildError::new("the system has no random numbers"));
        }
        Ok(Stage::filter(Self {
            users,
            realm: realm.into(),
            passing: Passing::new(&options.header_field, options.remove_header)?,
            nonces,
            _file: read.file,
        }))
    }
}

impl Filter for DigestAuth {
    fn request(&self, ex: &mut Exchange) -> Flow {
        let Some(answer) = ex.headers.get(Id::AUTHORIZATION).and_then(Answer::read) else {
            return self.ask("");
        };
        ex.course.named(answer.get("username"));
        match self.check(&answer, ex) {
            Use::Fresh => {
                self.passing.edit(&mut ex.headers, answer.get("username"));
                Flow::Continue
            }
            Use::Again => self.ask("stale=\"true\", "),
            Use::Unknown => self.ask(""),
        }
    }
}

impl DigestAuth {
    fn check(&self, answer: &Answer, ex: &Exchange) -> Use {
        let is_meant = answer.get("opaque") == self.nonces.opaque().as_bytes()
            && matches!(answer.find("algorithm"), None | Some(b"MD5"))
            && answer.get("qop") == b"auth"
            && answer.asks_for(&ex.target);
        let user = answer.get("username");
        if !is_meant || user.is_empty() {
            return Use::Unknown;
        }
        // Nobody's answer costs what somebody's does, and is never right: no digest has this length.
        let hash = self.users.get(user).map_or(&b""[..], |hash| hash);
        let is_right = answer.is_right(hash, ex.method.as_str());
        let count = answer.count();
        match count.filter(|_| is_right && !hash.is_empty()) {
            Some(count) => self.nonces.make_use(answer.get("nonce"), count),
            None => Use::Unknown,
        }
    }

    fn ask(&self, stale: &str) -> Flow {
        let challenge = format!(
            "Digest realm=\"{}\", nonce=\"{}\", opaque=\"{}\", {stale}algorithm=\"MD5\", qop=\"auth\"",
            self.realm,
            self.nonces.issue(),
            self.nonces.opaque(),
        );
        Flow::reply(unauthorized(&challenge))
    }
}
