//! `errors`: shows pages of a service in place of answers with certain statuses.
//!
//! ```yaml
//! errors:
//!   status:
//!     - "404"
//!     - 500-599
//!   service: error-pages
//!   query: /{status}.html?was={originalStatus}&url={url}
//!   statusRewrites:
//!     "418": 404
//! ```
//!
//! What the server said is thrown away, and the service is asked by GET for the page, with the fields of the request as
//! it was sent on. The client gets the page with the status that the server gave, or the one it is rewritten to. A HEAD
//! gets the fields of the page.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::path::{Cleaning, Semicolons};
use windrose_http::reply::text;
use windrose_http::{Body, Exchange, Headers, Id, Method, Name, Protocol, Reply};

use crate::Callee;
use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod query;
#[cfg(test)]
mod tests;

/// Shows pages of a service in place of answers with certain statuses.
pub struct Errors {
    statuses: Box<[RangeInclusive<u16>]>,
    rewrites: Box<[(RangeInclusive<u16>, u16)]>,
    service: Callee,
    query: Box<str>,
    /// The fields that the service gets; all when there are none.
    fields: Box<[Name]>,
}

/// The options of `errors`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Statuses, and ranges such as `500-599`, whose answers are replaced.
    #[serde(skip_serializing_if = "is_default")]
    pub status: Vec<Located<Box<str>>>,
    /// Statuses and ranges that become another status.
    #[serde(skip_serializing_if = "is_default")]
    pub status_rewrites: IndexMap<Box<str>, Located<u16>>,
    /// The service that has the pages; required.
    #[serde(skip_serializing_if = "is_default")]
    pub service: Located<Arc<str>>,
    /// The page to ask for: `{status}`, `{originalStatus}` and `{url}` are put in.
    #[serde(skip_serializing_if = "is_default")]
    pub query: Located<Box<str>>,
    /// The fields of the request that the service gets; all when there are none.
    #[serde(skip_serializing_if = "is_default")]
    pub error_request_headers: Vec<Located<Box<str>>>,
}

impl Kind for Errors {
    const NAME: &'static str = "errors";
    const SPAN: Option<&'static str> = Some("CustomError");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.service.value.is_empty() {
            return Err(BuildError::new("service is missing, name the one that has the pages"));
        }
        if options.status.is_empty() {
            cx.warn(BuildError::new("no answer is ever replaced, write the statuses"));
        }
        let mut statuses = Vec::new();
        for written in &options.status {
            let range = range(written).map_err(|message| BuildError::at(written, message))?;
            if range.is_empty() {
                cx.warn(BuildError::at(written, "no status is in this range, write the lower one first"));
            }
            statuses.push(range);
        }
        let mut rewrites = Vec::new();
        for (written, to) in &options.status_rewrites {
            let wrong = |message| BuildError::new(format!("statusRewrites: {written}: {message}"));
            let range = range(written).map_err(wrong)?;
            if !(200..=999).contains(&to.value) {
                let message = format!("{} is no status to answer with, write for example 404", to.value);
                return Err(BuildError { message, mark: Some(to.mark), length: 0 });
            }
            rewrites.push((range, to.value));
        }
        let field = |written: &Located<Box<str>>| {
            Name::new(written)
                .map_err(|error| BuildError::at(written, format!("errorRequestHeaders: {error}")))
        };
        Ok(Stage::around(Self {
            statuses: statuses.into(),
            rewrites: rewrites.into(),
            service: cx.resolve.service(&options.service)?,
            query: options.query.value,
            fields: options.error_request_headers.iter().map(field).collect::<Result<_, BuildError>>()?,
        }))
    }
}

impl Around for Errors {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        Box::pin(async move {
            let held = ex.course.held();
            let reply = next.run(ex).await;
            if reply.status < 200 || !self.statuses.iter().any(|range| range.contains(&reply.status)) {
                return reply;
            }
            let original = reply.status;
            // A connection that still sends what nobody wants is closed before the page is asked for.
            drop((reply.body, reply.upgrade));
            ex.spare = reply.headers;
            ex.course.give_back(held);
            self.page(original, ex, next).await
        })
    }
}

impl Errors {
    async fn page(&self, original: u16, ex: &mut Exchange, next: Next<'_>) -> Reply {
        let mut rewrites = self.rewrites.iter();
        let status = rewrites.find(|(range, _)| range.contains(&original)).map_or(original, |(_, to)| *to);
        let query = query::fill(&self.query, status, original, ex);
        let mut page = Exchange::new(Rc::clone(&ex.conn));
        page.method = Method::Get;
        page.protocol = Protocol::Http11;
        page.host = ex.host.clone();
        page.started = ex.started;
        page.spare = std::mem::take(&mut ex.spare);
        // Nobody has connected to ask for it.
        page.appends_peer = false;
        if page.target.parse(query.as_bytes(), Cleaning::Keep, Semicolons::Separate).is_err() {
            return plain(status);
        }
        page.headers = self.headers(&ex.headers);
        let reply = next.ask(&self.service, &mut page).await;
        ex.course.adopt(page.course);
        // A page that is no content is an empty one under another status.
        Reply { status, upgrade: None, ..reply }
    }

    fn headers(&self, of: &Headers) -> Headers {
        let mut headers = of.clone();
        headers.retain(|field| !matches!(field.id, Id::TRAILER | Id::EXPECT));
        if !self.fields.is_empty() {
            headers.retain(|field| {
                self.fields.iter().any(|name| name.as_str().as_bytes().eq_ignore_ascii_case(field.name))
            });
        }
        headers
    }
}

/// What is said when there can be no page.
fn plain(status: u16) -> Reply {
    let mut reply = Reply::error(status, "");
    reply.body = Body::from(format!("{}\n", text(status)));
    reply
}

/// One status, or two with a dash between.
fn range(written: &str) -> Result<RangeInclusive<u16>, Cow<'static, str>> {
    let (first, last) = written.split_once('-').unwrap_or((written, written));
    let status = |text: &str| text.parse::<u16>().ok().filter(|_| !text.starts_with('+'));
    match (status(first), status(last)) {
        (Some(first), Some(last)) => Ok(first..=last),
        _ => Err("no status and no range, write for example 503 or 500-599".into()),
    }
}
