//! Logging in: the way to the provider and back (OpenID Connect Core §3.1, RFC 7636, RFC 9207).
//!
//! A login belongs to the browser that began it: what it has to bring back is sealed in a cookie of its own, and so is the
//! path to go on with, which no parameter can change.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;

use windrose_http::path::parameter;
use windrose_http::{Exchange, Id, Method, Reply};

use super::options::{Options, SameSite};
use super::provider::{NotGiven, Unbelieved, form};
use super::seal::{Purpose, random};
use super::session::{Session, State};
use super::{Oidc, due, lead, now, plain, precise};
use crate::chain::Next;
use crate::jose::Fault;
use crate::kind::BuildError;
use crate::remote::unavailable;

/// How a login is asked for.
pub(super) struct Login {
    scopes: Box<str>,
    more: Box<[(Box<str>, Box<str>)]>,
    who: Who,
}

/// Who is sent to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Navigating,
    Nobody,
}

impl Login {
    pub(super) fn new(options: &Options) -> Result<Self, BuildError> {
        if !options.scopes.iter().any(|scope| **scope == *"openid") {
            return Err(BuildError::new("scopes: openid must be among them"));
        }
        if let Some(name) = options.auth_params.keys().find(|name| OURS.contains(&&***name)) {
            return Err(BuildError::new(format!("authParams: {name} cannot be changed")));
        }
        Ok(Self {
            scopes: options.scopes.join(" ").into(),
            more: options.auth_params.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            who: if options.disable_login { Who::Nobody } else { Who::Navigating },
        })
    }
}

impl Oidc {
    /// Sends somebody to log in, if that is a browser that goes somewhere.
    pub(super) async fn begin(&self, ex: &Exchange, next: Next<'_>) -> Reply {
        let mut reply = if self.login.who == Who::Navigating && is_navigation(ex) {
            match self.provider.known(ex, next).await {
                Ok(known) => self.lead_to(&known.authorization, ex),
                Err(reply) => return *reply,
            }
        } else {
            let mut reply = plain(401, "Unauthorized\n");
            reply.headers.append("WWW-Authenticate", "Bearer realm=\"oidc\"");
            reply
        };
        if self.jar.has_session(&ex.headers) {
            self.jar.take(&ex.headers, &mut reply);
        }
        reply
    }

    fn lead_to(&self, authorization: &str, ex: &Exchange) -> Reply {
        let (Some(state), Some(nonce), Some(verifier)) = (random(), random(), random()) else {
            return plain(500, "Internal Server Error\n");
        };
        let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
        let callback = self.paths.callback.address(ex);
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", self.provider.client_id()),
            ("redirect_uri", &callback),
            ("scope", &self.login.scopes),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        parameters.extend(self.login.more.iter().map(|(name, value)| (&**name, &**value)));
        let mark = if authorization.contains('?') { '&' } else { '?' };
        let mut reply = lead(&format!("{authorization}{mark}{}", form(&parameters)));
        reply.status = 302;
        let begun = now();
        let kept = State { path: self.way_back(ex), state, nonce, verifier, begun };
        let text = serde_json::to_vec(&kept).unwrap_or_default();
        let Some(sealed) = self.seals.seal(Purpose::State, &text) else {
            return plain(500, "Internal Server Error\n");
        };
        self.jar.give_state(&ex.headers, &mut reply, mark_of(&kept.state), &sealed, LOGIN);
        reply
    }

    /// The path to go on with. One that would lead to another site, or is too long to be kept, is the first page.
    fn way_back(&self, ex: &Exchange) -> String {
        let whole = ex.target.as_str();
        let is_ours = is_path(whole) && whole.len() <= LONGEST && !self.paths.are_own(ex.target.path());
        if is_ours { whole.to_owned() } else { "/".to_owned() }
    }

    /// Somebody comes back from the provider.
    pub(super) async fn callback(&self, ex: &Exchange, next: Next<'_>) -> Reply {
        match self.complete(ex, next).await {
            Ok(reply) => reply,
            Err(refusal) => refusal.reply(),
        }
    }

    async fn complete(&self, ex: &Exchange, next: Next<'_>) -> Result<Reply, Refusal> {
        if ex.method != Method::Get {
            return Err(Refusal::Odd("it is no GET"));
        }
        let told = Told::read(ex.target.query().unwrap_or_default())?;
        let mark = mark_of(&told.state);
        let sealed =
            self.jar.state(&ex.headers, mark).ok_or(Refusal::Odd("this browser has begun no such login"))?;
        let opened = self.seals.open(Purpose::State, sealed);
        let begun: State = opened
            .and_then(|text| serde_json::from_slice(&text).ok())
            .ok_or(Refusal::Odd("what it has begun does not open"))?;
        if verify_slices_are_equal(begun.state.as_bytes(), told.state.as_bytes()).is_err() {
            return Err(Refusal::Odd("it is another login"));
        }
        let now = now();
        if begun.begun.saturating_add(LOGIN) <= now {
            return Err(Refusal::Odd("it took too long"));
        }
        let known = self.provider.known(ex, next).await.map_err(Refusal::Reply)?;
        match &told.issuer {
            Some(issuer) if **issuer != *self.provider.issuer() => {
                return Err(Refusal::Odd("it comes from another provider"));
            }
            None if known.names_itself => {
                return Err(Refusal::Odd("it does not say which provider it comes from"));
            }
            _ => {}
        }
        let Some(code) = told.code else { return Err(Refusal::Denied) };
        let callback = self.paths.callback.address(ex);
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", &callback),
            ("code_verifier", &begun.verifier),
        ];
        let given = match self.provider.tokens(&known, &next, &ex.conn, &parameters).await {
            Ok(given) => given,
            Err(NotGiven::Refused) => return Err(Refusal::Odd("the provider does not know its code")),
            Err(NotGiven::Unreachable(error)) => {
                tracing::warn!(%error, issuer = self.provider.issuer(), "the OpenID provider gives no tokens");
                return Err(Refusal::Reply(Box::new(unavailable(std::time::Duration::ZERO))));
            }
        };
        let id_token = given.id_token.ok_or(Refusal::Odd("the provider gives no identity token"))?;
        let claims = match self.provider.identity(&known, &id_token, precise(now), ex, next).await {
            Ok(claims) => claims,
            Err(Unbelieved::Keys(reply)) => return Err(Refusal::Reply(reply)),
            Err(Unbelieved::Fault(fault)) => return Err(Refusal::Token(fault)),
        };
        let nonce = claims.text("nonce").unwrap_or_default();
        if verify_slices_are_equal(begun.nonce.as_bytes(), nonce.as_bytes()).is_err() {
            return Err(Refusal::Token(Fault::Nonce));
        }
        if !self.allowed.lets(&claims) {
            return Err(Refusal::Denied);
        }
        let session = Session {
            id: random().ok_or(Refusal::Odd("the system has no random numbers"))?,
            id_token,
            refresh_token: given.refresh_token.filter(|_| self.lasts.refresh),
            begun: now,
            used: now,
            due: due(given.expires_in, now),
        };
        let path = if is_path(&begun.path) { &begun.path } else { "/" };
        // The provider has led here, so browsers hold back a strict cookie until a page of ours leads on.
        let mut reply = if self.jar.same_site() == SameSite::Strict { page_to(path) } else { lead(path) };
        self.jar.take_state(&mut reply, mark);
        // Without it the browser would be sent round and round.
        self.keep(&session, &mut reply).map_err(|_| Refusal::Odd("the session is too long for cookies"))?;
        Ok(reply)
    }
}

/// What a browser brings back.
struct Told {
    state: Box<str>,
    code: Option<Box<str>>,
    issuer: Option<Box<str>>,
}

impl Told {
    fn read(query: &str) -> Result<Self, Refusal> {
        let parameters = || query.split('&').map(parameter);
        let single = |name: &str| {
            let mut found = parameters().filter(|(known, _)| **known == *name.as_bytes());
            let (first, second) = (found.next(), found.next());
            if second.is_some() {
                return Err(Refusal::Odd("it says something twice"));
            }
            let text =
                |value: &[u8]| std::str::from_utf8(value).ok().filter(|text| !text.is_empty()).map(Box::from);
            Ok(first.and_then(|(_, value)| text(&value)))
        };
        let error = single("error")?;
        Ok(Self {
            state: single("state")?.ok_or(Refusal::Odd("it has no state"))?,
            code: single("code")?.filter(|_| error.is_none()),
            issuer: single("iss")?,
        })
    }
}

/// Why a login does not end well.
enum Refusal {
    /// It is none that was begun here.
    Odd(&'static str),
    /// The token is not believed.
    Token(Fault),
    /// The provider, or whoever wrote the options, does not want this one.
    Denied,
    /// Something else is to be answered.
    Reply(Box<Reply>),
}

impl Refusal {
    /// What the browser is told: nothing that somebody else has written.
    fn reply(self) -> Reply {
        match self {
            Self::Odd(why) => {
                tracing::debug!(why, "a login is refused");
                plain(400, "The login could not be completed. Go back and try again.\n")
            }
            Self::Token(fault) => {
                tracing::debug!(%fault, "an identity token is not believed");
                plain(400, "The login could not be completed. Go back and try again.\n")
            }
            Self::Denied => plain(403, "You may not use this site.\n"),
            Self::Reply(reply) => *reply,
        }
    }
}

/// Whether a browser goes to a page, and does not ask for a part of one.
fn is_navigation(ex: &Exchange) -> bool {
    let says = |name: &'static str| ex.headers.get(name);
    if ex.method != Method::Get || !ex.offer.protocols().is_empty() {
        return false;
    }
    if let Some(mode) = says("Sec-Fetch-Mode") {
        let is_whole = says("Sec-Fetch-Dest").is_none_or(|to| to == b"document");
        return mode == b"navigate" && is_whole;
    }
    let wants_page = ex.headers.get_str(Id::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    wants_page && says("X-Requested-With").is_none()
}

/// Whether a text is a path of this site: a browser takes `//` and `/\` for the beginning of another.
fn is_path(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A page that leads to a path of this site.
fn page_to(path: &str) -> Reply {
    let mut text = String::from("<!doctype html><meta http-equiv=\"refresh\" content=\"0;url=");
    for char in path.chars() {
        match char {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            // Here the address could be in quotes of its own.
            '\'' => text.push_str("%27"),
            char => text.push(char),
        }
    }
    text.push_str("\">");
    let mut reply = Reply::with_body(200, text);
    reply.headers.append(Id::CONTENT_TYPE, "text/html; charset=utf-8");
    reply.headers.append(Id::X_CONTENT_TYPE_OPTIONS, "nosniff");
    reply.headers.append(Id::CACHE_CONTROL, "no-store");
    reply
}

/// What tells the logins of a browser apart.
fn mark_of(state: &str) -> &str {
    state.get(..8).unwrap_or_default()
}

/// How long a login may take, in seconds.
const LOGIN: u64 = 600;
/// The longest path that is kept.
const LONGEST: usize = 2048;
/// Parameters that make a login what it is.
const OURS: [&str; 9] = [
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];
