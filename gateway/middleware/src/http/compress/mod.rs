//! `compress`: packs answers for clients that can unpack them.
//!
//! ```yaml
//! compress:
//!   encodings:
//!     - zstd
//!     - br
//!     - gzip
//!   defaultEncoding: gzip
//!   minResponseBodyBytes: 1400
//!   excludedContentTypes:
//!     - text/event-stream
//! ```
//!
//! `Accept-Encoding` decides, then the order of `encodings`; without that field it is `defaultEncoding`, and nothing is
//! done when that is not set. Left as they are: answers to HEAD, to requests of an excluded type, answers that have a
//! `Content-Encoding`, those of an excluded or not included type, and those known to be shorter than
//! `minResponseBodyBytes`. gRPC is always excluded. An answer of unknown length is packed from its first byte on, and what
//! is there goes to the client when the server has nothing more for now.

use std::future::poll_fn;
use std::task::Poll;

use serde::{Deserialize, Serialize};
use tokio::time::Duration;

use windrose_config::Located;
use windrose_http::{Body, BodyError, Exchange, Failure, Frame, Headers, Id, Method, Reply};

use crate::bodies::{peek, resumed};
use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::media::sniff;
use crate::stage::{Around, LocalBoxFuture, Stage};

mod accept;
mod decide;
mod encoder;
mod packed;
#[cfg(test)]
mod tests;

use accept::{Coding, Offered};
use decide::Types;
use packed::{Pace, Packed};

/// Packs answers for clients that can unpack them.
#[derive(Debug)]
pub struct Compress {
    offered: Offered,
    types: Types,
    least: u64,
}

/// The options of `compress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Types of requests and answers that are left as they are.
    #[serde(skip_serializing_if = "is_default")]
    pub excluded_content_types: Vec<Located<Box<str>>>,
    /// The only types of answers that are packed; not with `excludedContentTypes`.
    #[serde(skip_serializing_if = "is_default")]
    pub included_content_types: Vec<Located<Box<str>>>,
    /// Shorter answers are left as they are; 0 means 1024.
    pub min_response_body_bytes: i64,
    /// What may be used, the preferred one first: `gzip`, `br`, `zstd`. All three when it is empty.
    pub encodings: Vec<Located<Box<str>>>,
    /// What clients get that do not say what they can unpack; one of `encodings`.
    #[serde(skip_serializing_if = "is_default")]
    pub default_encoding: Located<Box<str>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            excluded_content_types: Vec::new(),
            included_content_types: Vec::new(),
            min_response_body_bytes: LEAST,
            encodings: Coding::ALL.iter().map(|coding| Located::from(Box::from(coding.name()))).collect(),
            default_encoding: Located::default(),
        }
    }
}

impl Kind for Compress {
    const NAME: &'static str = "compress";
    const SPAN: Option<&'static str> = Some("Compress");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        Ok(Stage::around(Self {
            offered: Offered::new(&options.encodings, &options.default_encoding)?,
            types: Types::new(&options.included_content_types, &options.excluded_content_types)?,
            least: u64::try_from(options.min_response_body_bytes)
                .ok()
                .filter(|least| *least > 0)
                .unwrap_or(LEAST.unsigned_abs()),
        }))
    }
}

impl Around for Compress {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let is_left = ex.method == Method::Head || self.types.excludes_request(&ex.headers);
        let choice = if is_left { None } else { self.offered.choose(&ex.headers) };
        match choice {
            None => Box::pin(next.run(ex)),
            Some(coding) => Box::pin(self.pack(coding, ex, next)),
        }
    }
}

impl Compress {
    async fn pack(&self, coding: Coding, ex: &mut Exchange, next: Next<'_>) -> Reply {
        // Traefik's gzip looks for itself whether the client names it, and only on the first line.
        let is_asked = coding != Coding::Gzip || accept::names_gzip(&ex.headers);
        let names_types = ex.names_types;
        let mut reply = next.run(ex).await;
        vary(&mut reply.headers);
        let may = is_asked && self.types.may_pack(coding, &reply, self.least);
        if coding == Coding::Gzip {
            reply.headers.take(NO_GZIP);
        }
        if may && !reply.body.is_empty() {
            self.pack_body(coding, names_types, &mut reply).await;
        }
        reply
    }

    /// `names_types`: an answer without a type is to get the one it looks like.
    async fn pack_body(&self, coding: Coding, names_types: bool, reply: &mut Reply) {
        let length = reply.body.length();
        let mut body = std::mem::take(&mut reply.body);
        let first = peek(&mut body).await;
        let packs = match &first {
            Some(Ok(Frame::Data(bytes))) => {
                if names_types && coding == Coding::Gzip && !reply.headers.contains(Id::CONTENT_TYPE) {
                    // Nobody could tell from what is packed.
                    reply.headers.set(Id::CONTENT_TYPE, sniff(bytes));
                }
                self.types.packs_bytes(coding, &reply.headers, bytes)
            }
            Some(Err(error)) => {
                *reply = Failure::from(*error).reply();
                return;
            }
            _ => false,
        };
        body = resumed(first, body);
        if !packs {
            reply.body = body;
            return;
        }
        let pace = if length.is_some() { Pace::Every(LATENCY) } else { Pace::AtOnce };
        let Ok(packed) = Packed::new(coding, body, length, pace) else {
            *reply = Failure::Internal.reply();
            return;
        };
        reply.headers.set(Id::CONTENT_ENCODING, coding.name());
        if coding == Coding::Gzip {
            reply.headers.remove(Id::ACCEPT_RANGES);
        }
        let packed = Body::Stream(Box::new(packed));
        reply.body = match length {
            None => packed,
            Some(_) => match short(packed).await {
                Ok(packed) => packed,
                // The head has not gone out yet.
                Err(error) => {
                    *reply = Failure::from(error).reply();
                    return;
                }
            },
        };
    }
}

/// Waits for as much as Traefik's server holds back before it sends a head: a body that ends within it has a length.
async fn short(mut packed: Body) -> Result<Body, BodyError> {
    let first = peek(&mut packed).await.transpose()?;
    let is_short = matches!(&first, Some(Frame::Data(bytes)) if bytes.len() <= HELD_BACK);
    let first = first.map(Ok);
    if !is_short {
        return Ok(resumed(first, packed));
    }
    // So little comes at the end, or when it was time for what was there.
    Ok(match poll_fn(|cx| Poll::Ready(packed.poll_frame(cx))).await {
        Poll::Ready(None) => resumed(first, Body::Empty),
        Poll::Ready(then) => resumed(first, resumed(then, packed)),
        Poll::Pending => resumed(first, packed),
    })
}

/// Says that the answer depends on what the client accepts, before what the server says of that.
fn vary(headers: &mut Headers) {
    let theirs: Vec<Box<[u8]>> = headers.get_all(Id::VARY).map(Box::from).collect();
    headers.take(Id::VARY);
    headers.append(Id::VARY, Id::ACCEPT_ENCODING.text());
    theirs.iter().for_each(|value| headers.append(Id::VARY, value));
}

/// An answer that is shorter than this is not worth the work.
const LEAST: i64 = 1024;

/// How long packed bytes may wait for more, where the length of the answer is known.
const LATENCY: Duration = Duration::from_millis(100);

/// What Traefik's server holds back before the head goes out.
const HELD_BACK: usize = 2048;

/// A field with which a server says that an answer must not be packed with gzip; it stays here.
const NO_GZIP: &str = "No-Gzip-Compression";
