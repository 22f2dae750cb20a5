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

use tokio::time::timeout;

use windrose_http::body::Gathered;
use windrose_http::{Body, Exchange, Frame, Id, Name, Reply};
use windrose_rule::regex::Regex;

use crate::Callee;
use crate::chain::Next;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};

pub(crate) mod address;
mod cookies;
pub(crate) mod options;
mod question;
mod relay;
mod taken;
#[cfg(test)]
mod tests;

use address::Address;
pub use options::{ClientTls, Options};
use options::{most, names, transport};
use question::Question;
use taken::Taken;

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

impl Kind for ForwardAuth {
    const NAME: &'static str = "forwardAuth";
    const SPAN: Option<&'static str> = Some("ForwardAuth");
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
            if let Some(watch) = ex.course.watcher() {
                watch.asking(&mut question, &self.question.address.server);
            }
            let asked = async {
                let mut answer = next.ask(&self.server, &mut question).await;
                let read = self.read(&mut answer).await;
                (answer, read)
            };
            let heard = timeout(LONGEST, asked).await.ok().filter(|(answer, _)| answer.failure.is_none());
            if let Some(watch) = ex.course.watcher() {
                watch.told(heard.as_ref().map(|(answer, _)| answer.status));
            }
            let Some((answer, read)) = heard else { return Reply::empty(500) };
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

async fn drain(body: &mut Body) -> Result<(), Unreadable> {
    while let Some(frame) = body.frame().await {
        if let Frame::Trailers(_) = frame.map_err(|_| Unreadable::Broken)? {
            break;
        }
    }
    *body = Body::Empty;
    Ok(())
}

/// How long an answer may take, its body included.
const LONGEST: Duration = Duration::from_secs(30);
/// Up to so many bytes the body of an answer is read before its head is passed on.
const SHORT: usize = 16 << 10;
