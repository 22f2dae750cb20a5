//! `basicAuth`: lets in who knows a name and its password.
//!
//! ```yaml
//! basicAuth:
//!   users:
//!     - "admin:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"
//!   realm: staff only
//!   headerField: X-User
//!   removeHeader: true
//! ```
//!
//! Hashes are those of `htpasswd`: bcrypt (`$2a$`, `$2b$`, `$2x$`, `$2y$`), MD5 (`$apr1$`, `$1$`) and SHA-1 (`{SHA}`).
//! What takes long to compute is computed off the workers; that a password was right is then remembered for a few
//! minutes ([`remembered`]). A name that nobody has costs what one costs that somebody has.

use std::future::ready;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::redact::Secret;
use windrose_http::{Exchange, Id, Reply};

use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};
use crate::users::passing::{Passing, realm, unauthorized};
use crate::users::{self, Form, LastGood};

pub(in crate::http) mod credentials;
pub(in crate::http) mod hash;
mod md5_crypt;
pub(in crate::http) mod remembered;
#[cfg(test)]
mod tests;

use credentials::Credentials;
use hash::{Cost, Hash};
use remembered::{Memory, Slot};

/// Lets in who knows a name and its password.
pub struct BasicAuth {
    guard: Arc<Guard>,
    challenge: Box<str>,
    passing: Passing,
    /// For the time when the file of users is bad.
    _file: Option<Arc<LastGood>>,
}

/// Who may log in.
struct Guard {
    users: IndexMap<Box<[u8]>, User, RandomState>,
    memory: Memory,
}

struct User {
    hash: Hash,
    known: Slot,
}

/// The options of `basicAuth`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Users as `name:hash`.
    #[serde(skip_serializing_if = "is_default")]
    pub users: Vec<Located<Secret>>,
    /// A file with a user on each line.
    #[serde(skip_serializing_if = "is_default")]
    pub users_file: Located<Arc<str>>,
    /// What browsers show when they ask; `traefik` when nothing is written.
    #[serde(skip_serializing_if = "is_default")]
    pub realm: Located<Box<str>>,
    /// Whether the server does not see the password.
    #[serde(skip_serializing_if = "is_default")]
    pub remove_header: bool,
    /// The field of the request that takes the name.
    #[serde(skip_serializing_if = "is_default")]
    pub header_field: Located<Box<str>>,
}

impl Kind for BasicAuth {
    const NAME: &'static str = "basicAuth";
    const SPAN: Option<&'static str> = Some("BasicAuth");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let read = users::read(cx, &options.users, &options.users_file, Form::Basic)?;
        let users: IndexMap<_, _, _> = read
            .all
            .into_iter()
            .map(|(name, hash)| (name, User { hash: Hash::parse(&hash), known: Slot::default() }))
            .collect();
        let useless = users.values().filter(|user| user.hash == Hash::None).count();
        if useless > 0 {
            let message = format!(
                "{useless} of {} users can never log in, as their hashes are none that htpasswd makes with -B, -m or -s",
                users.len()
            );
            cx.warn(BuildError::new(message));
        }
        Ok(Stage::around(Self {
            guard: Arc::new(Guard { users, memory: Memory::new()? }),
            challenge: format!("Basic realm=\"{}\"", realm(&options.realm)?).into(),
            passing: Passing::new(&options.header_field, options.remove_header)?,
            _file: read.file,
        }))
    }
}

impl Around for BasicAuth {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let Some(credentials) = ex.headers.get(Id::AUTHORIZATION).and_then(Credentials::read) else {
            ex.course.named(b"");
            return Box::pin(ready(unauthorized(&self.challenge)));
        };
        ex.course.named(credentials.name());
        match self.guard.ask(&credentials, ex) {
            Verdict::Right => self.admit(&credentials, ex, next),
            Verdict::Wrong => Box::pin(ready(unauthorized(&self.challenge))),
            Verdict::Long(question) => Box::pin(async move {
                let (guard, conn) = (Arc::clone(&self.guard), Rc::clone(&ex.conn));
                let asked = credentials.clone();
                match conn.desk.compute(move || guard.answer(&question, &asked)).await {
                    Ok(true) => self.admit(&credentials, ex, next).await,
                    Ok(false) => unauthorized(&self.challenge),
                    Err(failure) => failure.reply(),
                }
            }),
        }
    }
}

impl BasicAuth {
    fn admit<'a>(
        &'a self,
        credentials: &Credentials,
        ex: &'a mut Exchange,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Reply> {
        self.passing.edit(&mut ex.headers, credentials.name());
        Box::pin(next.run(ex))
    }
}

/// What is known of a password without computing for long.
enum Verdict {
    Right,
    Wrong,
    Long(Question),
}

/// What has to be computed.
struct Question {
    /// Whose hash it is computed with; of a name that nobody has, anybody's.
    user: usize,
    is_known: bool,
    proof: remembered::Proof,
}

impl Guard {
    fn ask(&self, credentials: &Credentials, ex: &Exchange) -> Verdict {
        let found =
            self.users.get_index_of(credentials.name()).filter(|index| self.hash(*index) != &Hash::None);
        let Some(user) = found.or_else(|| self.stand_in(credentials.name())) else { return Verdict::Wrong };
        let hash = self.hash(user);
        if hash.cost() == Cost::Little {
            // No more than what remembering would cost.
            let is_right = hash.verify(credentials.password()) && found.is_some();
            return if is_right { Verdict::Right } else { Verdict::Wrong };
        }
        let proof = self.memory.prove(ex.started, credentials);
        let question = Question { user, is_known: found.is_some(), proof };
        if question.is_known && self.is_remembered(&question) {
            return Verdict::Right;
        }
        Verdict::Long(question)
    }

    fn answer(&self, question: &Question, credentials: &Credentials) -> bool {
        // Many requests of a page come at once, and one of them may have been first.
        if question.is_known && self.is_remembered(question) {
            return true;
        }
        let is_right = self.hash(question.user).verify(credentials.password()) && question.is_known;
        if is_right && let Some((_, user)) = self.users.get_index(question.user) {
            user.known.keep(&question.proof);
        }
        is_right
    }

    fn is_remembered(&self, question: &Question) -> bool {
        self.users.get_index(question.user).is_some_and(|(_, user)| user.known.holds(&question.proof))
    }

    fn hash(&self, user: usize) -> &Hash {
        self.users.get_index(user).map_or(&Hash::None, |(_, user)| &user.hash)
    }

    /// Somebody with a hash, always the same for a name, who is asked in place of nobody: so the time that a wrong name
    /// takes is that of a right one, and does not change from one try to the next.
    fn stand_in(&self, name: &[u8]) -> Option<usize> {
        let count = self.users.len();
        let first = usize::try_from(self.users.hasher().hash_one(name)).unwrap_or(0) % count.max(1);
        (first..count).chain(0..first).find(|user| self.hash(*user) != &Hash::None)
    }
}
