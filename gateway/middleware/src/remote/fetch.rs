//! Asking somebody for something short.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use windrose_config::Located;
use windrose_http::body::Gathered;
use windrose_http::exchange::Conn;
use windrose_http::{Body, Exchange, Headers, Id, Method, Protocol};

use super::client::Client;
use crate::callee::Callee;
use crate::chain::Asks;
use crate::http::forward_auth::address::Address;

/// Somebody to fetch from.
pub(crate) struct Remote {
    address: Address,
    callee: Callee,
    client: Client,
}

/// What is asked.
#[derive(Clone, Copy, Default)]
pub(crate) struct Question<'q> {
    /// A form to send; without one it is asked by GET.
    pub(crate) form: Option<&'q str>,
    /// Who asks, as Authorization says it.
    pub(crate) authorization: Option<&'q str>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    /// How long it may be kept, if it says so.
    pub(crate) max_age: Option<Duration>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreachable {
    #[error("{0:?} cannot be asked")]
    Address(String),
    #[error("it cannot be reached")]
    Failed,
    #[error("its answer took too long")]
    Slow,
    #[error("its answer is longer than {LONGEST} bytes")]
    Long,
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("its answer is not understood: {0}")]
    Odd(String),
}

impl Remote {
    /// # Errors
    /// It is no address.
    pub(crate) fn new(url: &str, client: &Client) -> Result<Self, Unreachable> {
        let wrong = || Unreachable::Address(url.to_owned());
        let address = Address::new(&Located::from(Box::from(url))).map_err(|_| wrong())?;
        let callee = client.dial.endpoint(&address.server).map_err(|_| wrong())?;
        Ok(Self { address, callee, client: client.clone() })
    }

    /// Asks, once. Redirects are not followed.
    pub(crate) async fn ask(
        &self,
        asks: &dyn Asks,
        conn: &Rc<Conn>,
        question: Question<'_>,
    ) -> Result<Answer, Unreachable> {
        let mut ex = self.exchange(conn, question);
        let asked = async {
            let mut reply = asks.ask(&self.callee, &mut ex).await;
            if reply.failure.is_some() {
                return Err(Unreachable::Failed);
            }
            let body = match reply.body.gather(LONGEST).await {
                Ok(Gathered::Whole(bytes)) => bytes,
                Ok(Gathered::Longer) => return Err(Unreachable::Long),
                Err(_) => return Err(Unreachable::Failed),
            };
            Ok(Answer { status: reply.status, body, max_age: max_age(&reply.headers) })
        };
        timeout(self.client.timeout, asked).await.unwrap_or(Err(Unreachable::Slow))
    }

    /// Fetches something, again a few times when that failed.
    pub(crate) async fn get(&self, asks: &dyn Asks, conn: &Rc<Conn>) -> Result<Answer, Unreachable> {
        let mut tries = 0;
        loop {
            let answer = self.ask(asks, conn, Question::default()).await;
            let failed = match answer {
                Ok(answer) if answer.status == 200 => return Ok(answer),
                Ok(answer) => Unreachable::Status(answer.status),
                Err(failed) => failed,
            };
            // What is refused stays refused.
            if tries >= self.client.retries || matches!(failed, Unreachable::Status(400..500)) {
                return Err(failed);
            }
            tokio::time::sleep(PAUSE * 2_u32.pow(tries)).await;
            tries += 1;
        }
    }

    fn exchange(&self, conn: &Rc<Conn>, question: Question<'_>) -> Exchange {
        let mut ex = Exchange::new(Rc::clone(conn));
        ex.protocol = Protocol::Http11;
        ex.target = self.address.target.clone();
        ex.appends_peer = false;
        ex.headers.append(Id::ACCEPT, "application/json");
        let authorization = question.authorization.or(self.address.authorization.as_deref());
        if let Some(authorization) = authorization {
            ex.headers.append(Id::AUTHORIZATION, authorization);
        }
        if let Some(form) = question.form {
            ex.method = Method::Post;
            ex.headers.append(Id::CONTENT_TYPE, "application/x-www-form-urlencoded");
            ex.body = Body::from(Bytes::copy_from_slice(form.as_bytes()));
        }
        ex
    }
}

/// How long an answer may be kept (RFC 9111 §5.2.2), if it says so.
fn max_age(headers: &Headers) -> Option<Duration> {
    let words = headers.get_all(Id::CACHE_CONTROL).filter_map(|value| std::str::from_utf8(value).ok());
    let mut words = words.flat_map(|value| value.split(',')).map(|word| word.trim().to_ascii_lowercase());
    words.find_map(|word| {
        if word == "no-store" || word == "no-cache" {
            return Some(Duration::ZERO);
        }
        let seconds = word.strip_prefix("max-age=")?.trim_matches('"').parse().ok()?;
        Some(Duration::from_secs(seconds))
    })
}

/// The longest answer that is read.
const LONGEST: usize = 256 << 10;
/// Before the first retry; each later pause is twice as long.
const PAUSE: Duration = Duration::from_millis(100);
