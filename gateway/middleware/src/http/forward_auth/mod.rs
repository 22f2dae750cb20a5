//! `forwardAuth`: asks another server whether a request may pass.
//!
//! ```yaml
//! forwardAuth:
//!   address: https://auth.example.com/check
//!   trustForwardHeader: false
//!   authResponseHeaders:
//!     - X-User
//!   authRequestHeaders:
//!     - Cookie
//!   maxResponseBodySize: 65536
//! ```
//!
//! An answer from 200 to 299 lets the request pass, with the fields named taken from the answer and from nowhere else. Any
//! other answer goes to the client as it is; redirects are not followed. Whoever cannot be asked, or does not answer in
//! 30 seconds, lets nobody pass. What the server says is never held in memory whole, unless a limit is written.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use windrose_config::Located;
use windrose_config::dynamic_config::{ServersTransport, TlsKeyPair};
use windrose_config::redact::FileOrContent;
use windrose_http::body::Gathered;
use windrose_http::{Body, Exchange, Frame, Headers, Id, Name, Reply};
use windrose_rule::regex::Regex;

use crate::Callee;
use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod address;
mod cookies;
mod question;
mod relay;
#[cfg(test)]
mod tests;

use address::Address;
use question::Question;

/// Asks another server whether a request may pass.
pub struct ForwardAuth {
    server: Callee,
    question: Question,
    most_answer: Option<usize>,
    location: Location,
    sign_in: Option<Box<str>>,
    taken: Taken,
    cookies: Box<[Box<str>]>,
    user: Option<Name>,
}

/// What becomes of the place that an answer sends the client to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Location {
    /// It is relative to the address of who answered.
    Resolved,
    /// It stands as it is.
    Kept,
}

/// Fields of the request that the answer alone may fill.
struct Taken {
    names: Box<[Name]>,
    matching: Option<Regex>,
}

/// The options of `forwardAuth`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The address to ask; required.
    #[serde(skip_serializing_if = "is_default")]
    pub address: Located<Box<str>>,
    /// How the server is reached by TLS.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTls>,
    /// Whether X-Forwarded fields of the request are believed; unset is as Traefik was before there was a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_forward_header: Option<bool>,
    /// Fields of the answer that the request gets.
    #[serde(skip_serializing_if = "is_default")]
    pub auth_response_headers: Vec<Located<Box<str>>>,
    /// An expression for names of more such fields.
    #[serde(skip_serializing_if = "is_default")]
    pub auth_response_headers_regex: Located<Box<str>>,
    /// Fields of the request that the server gets; all when there are none.
    #[serde(skip_serializing_if = "is_default")]
    pub auth_request_headers: Vec<Located<Box<str>>>,
    /// Cookies that the answer gives to the client.
    #[serde(skip_serializing_if = "is_default")]
    pub add_auth_cookies_to_response: Vec<Box<str>>,
    /// The field of the answer that says who the user is, for logs.
    #[serde(skip_serializing_if = "is_default")]
    pub header_field: Located<Box<str>>,
    /// Whether the server gets the body of the request.
    #[serde(skip_serializing_if = "is_default")]
    pub forward_body: bool,
    /// The longest body that it gets; a longer one is refused. Below 0 is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_body_size: Option<i64>,
    /// The longest body that it may answer; after a longer one nobody passes. Below 0 is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_response_body_size: Option<i64>,
    /// Whether the place that an answer sends the client to stays as it is.
    #[serde(skip_serializing_if = "is_default")]
    pub preserve_location_header: bool,
    /// Whether it is asked by the method of the request and not by GET.
    #[serde(skip_serializing_if = "is_default")]
    pub preserve_request_method: bool,
    /// Where clients are sent that the server answers with 401.
    #[serde(rename = "authSigninURL", skip_serializing_if = "is_default")]
    pub auth_signin_url: Located<Box<str>>,
}

/// How a server is reached by TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientTls {
    /// An authority to trust in place of the system's.
    #[serde(skip_serializing_if = "is_default")]
    pub ca: FileOrContent,
    /// Deprecated, no effect.
    #[serde(skip_serializing_if = "is_default")]
    pub ca_optional: bool,
    /// The certificate to show.
    #[serde(skip_serializing_if = "is_default")]
    pub cert: Located<FileOrContent>,
    /// Its key.
    #[serde(skip_serializing_if = "is_default")]
    pub key: Located<FileOrContent>,
    /// Do not verify the server's certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
}

impl Kind for ForwardAuth {
    const NAME: &'static str = "forwardAuth";
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let address = Address::new(&options.address)?;
        let transport = options.tls.as_ref().map(transport).transpose()?.unwrap_or_default();
        if options.tls.as_ref().is_some_and(|tls| tls.ca_optional) {
            cx.warn(BuildError::new("caOptional is deprecated and has no effect, remove it"));
        }
        if options.forward_body && most(options.max_body_size).is_none() {
            cx.warn(BuildError::new(
                "the whole body of any request is held in memory, write the longest one as maxBodySize",
            ));
        }
        let expression = &options.auth_response_headers_regex;
        let matching =
            || Regex::new(expression).map_err(|error| BuildError::at(expression, error.to_string()));
        Ok(Stage::around(Self {
            server: cx.resolve.endpoint(&address.server, &transport)?,
            most_answer: most(options.max_response_body_size),
            location: if options.preserve_location_header { Location::Kept } else { Location::Resolved },
            sign_in: (!options.auth_signin_url.is_empty()).then(|| options.auth_signin_url.value.clone()),
            taken: Taken {
                names: names(&options.auth_response_headers)?,
                matching: if expression.is_empty() { None } else { Some(matching()?) },
            },
            user: names(std::slice::from_ref(&options.header_field))?.into_iter().next(),
            cookies: options.add_auth_cookies_to_response.clone().into(),
            question: Question::new(&options, address)?,
        }))
    }
}

impl Around for ForwardAuth {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        Box::pin(async move {
            let mut question = match self.question.of(ex).await {
                Ok(question) => question,
                Err(reply) => return *reply,
            };
            let asked = async {
                let mut answer = next.ask(&self.server, &mut question).await;
                let read = self.read(&mut answer).await;
                (answer, read)
            };
            let (answer, read) = match timeout(LONGEST, asked).await {
                Ok((answer, read)) if answer.failure.is_none() => (answer, read),
                Ok(_) | Err(_) => return Reply::empty(500),
            };
            match read {
                Ok(()) => {}
                Err(Unreadable::TooLong) => return Reply::empty(401),
                Err(Unreadable::Broken) => return Reply::empty(500),
            }
            if let Some(user) = self.user.as_ref().and_then(|user| answer.headers.get(user)) {
                ex.course.named(user);
            }
            if !(200..300).contains(&answer.status) {
                ex.course.adopt(question.course);
                return self.refuse(answer);
            }
            self.taken.fill(&mut ex.headers, &answer.headers);
            let mut reply = next.run(ex).await;
            if !self.cookies.is_empty() {
                cookies::replace(&mut reply.headers, &answer.headers, &self.cookies);
            }
            reply
        })
    }
}

/// Why an answer is of no use.
enum Unreadable {
    TooLong,
    Broken,
}

impl ForwardAuth {
    /// Reads the body of an answer as far as it has to be read before anything is decided: to its end where it is
    /// thrown away or must not be too long.
    async fn read(&self, answer: &mut Reply) -> Result<(), Unreadable> {
        let is_thrown_away = (200..300).contains(&answer.status);
        match self.most_answer {
            Some(most) => match answer.body.gather(most).await {
                Ok(Gathered::Whole(bytes)) => answer.body = Body::from(bytes),
                Ok(Gathered::Longer) => return Err(Unreadable::TooLong),
                Err(_) => return Err(Unreadable::Broken),
            },
            None if is_thrown_away => drain(&mut answer.body).await?,
            // What is short arrives whole, so that it has a length.
            None => match answer.body.gather(SHORT).await {
                Ok(Gathered::Whole(bytes)) => answer.body = Body::from(bytes),
                Ok(Gathered::Longer) => {}
                Err(_) => return Err(Unreadable::Broken),
            },
        }
        Ok(())
    }

    /// The answer of the server to the client.
    fn refuse(&self, mut answer: Reply) -> Reply {
        if answer.status == 401
            && let Some(place) = &self.sign_in
        {
            let mut reply = Reply::empty(302);
            reply.headers.append(Id::LOCATION, &**place);
            return reply;
        }
        match relay::tidy(&mut answer, &self.question.address, self.location) {
            Ok(()) => answer,
            Err(relay::NoPlace) => Reply::empty(500),
        }
    }
}

impl Taken {
    /// Takes the fields from the answer; what the client wrote in them goes, whatever its spelling.
    fn fill(&self, request: &mut Headers, answer: &Headers) {
        let allowed = |id: Id| !id.is_framing() && !id.is_hop_by_hop() && id != Id::HOST;
        for name in self.names.iter().filter(|name| allowed(name.id())) {
            request.remove(name);
            for value in answer.get_all(name) {
                request.append(name, value);
            }
        }
        let Some(matching) = &self.matching else { return };
        // A server may take any mark in a name for a dash, so a name matches if it does with dashes.
        let is_meant = |name: &[u8]| {
            matching.is_match(&canonical(name)) || matching.is_match(&canonical(&with_dashes(name)))
        };
        let mut forged: Vec<Box<[u8]>> = Vec::new();
        forged.extend(
            request
                .iter()
                .filter(|field| allowed(field.id) && is_meant(field.name))
                .map(|field| field.name.into()),
        );
        for name in &forged {
            request.remove(&**name);
        }
        let found = answer.iter().filter(|field| allowed(field.id)).map(|field| canonical(field.name));
        let mut names: Vec<String> = found.filter(|name| matching.is_match(name)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            request.remove(&*name);
            for value in answer.get_all(&*name) {
                request.append(&*name, value);
            }
        }
    }
}

async fn drain(body: &mut Body) -> Result<(), Unreadable> {
    while let Some(frame) = body.frame().await {
        if let Frame::Trailers(_) = frame.map_err(|_| Unreadable::Broken)? {
            break;
        }
    }
    *body = Body::Empty;
    Ok(())
}

/// A name as Go writes it: the first letter and each behind a dash are capital.
fn canonical(name: &[u8]) -> String {
    let mut is_first = true;
    let letters = name.iter().map(|byte| {
        let letter = if is_first { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        is_first = *byte == b'-';
        char::from(letter)
    });
    letters.collect()
}

fn with_dashes(name: &[u8]) -> Vec<u8> {
    name.iter().map(|byte| if byte.is_ascii_alphanumeric() { *byte } else { b'-' }).collect()
}

fn names(written: &[Located<Box<str>>]) -> Result<Box<[Name]>, BuildError> {
    let written = written.iter().filter(|name| !name.is_empty());
    let name = |name: &Located<Box<str>>| {
        Name::new(name).map_err(|error| BuildError::at(name, format!("{}: {error}", name.value)))
    };
    written.map(name).collect()
}

/// A limit where below 0 and nothing mean none.
fn most(written: Option<i64>) -> Option<usize> {
    usize::try_from(written?).ok()
}

fn transport(tls: &ClientTls) -> Result<ServersTransport, BuildError> {
    if tls.cert.is_empty() != tls.key.is_empty() {
        return Err(BuildError::new("tls needs both cert and key, or neither"));
    }
    let pair = TlsKeyPair { cert_file: tls.cert.clone(), key_file: tls.key.clone() };
    Ok(ServersTransport {
        insecure_skip_verify: tls.insecure_skip_verify,
        root_cas: (!tls.ca.is_empty()).then(|| tls.ca.clone()).into_iter().collect(),
        certificates: (!tls.cert.is_empty()).then_some(pair).into_iter().collect(),
        ..ServersTransport::default()
    })
}

/// How long an answer may take, its body included.
const LONGEST: Duration = Duration::from_secs(30);
/// Up to so many bytes the body of an answer is read before its head is passed on.
const SHORT: usize = 16 << 10;
