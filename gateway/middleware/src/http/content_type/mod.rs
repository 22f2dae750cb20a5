//! `contentType`: names the type of answers that do not.
//!
//! ```yaml
//! contentType: {}
//! ```
//!
//! An answer with a body and without `Content-Type` gets the one that its first bytes look like. Answers to HEAD, and those
//! that have a `Content-Encoding`, are left as they are.

use bytes::BytesMut;
use serde::{Deserialize, Serialize};
use tokio::time::{Duration, timeout};

use windrose_config::Located;
use windrose_http::{Body, Exchange, Frame, Id, Method, Reply};

use crate::bodies::{First, peek, resumed};
use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::media::{ENOUGH, sniff};
use crate::stage::{Around, LocalBoxFuture, Stage};

#[cfg(test)]
mod tests;

/// Names the type of answers that do not.
#[derive(Debug)]
pub struct ContentType;

/// The options of `contentType`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Deprecated: `false` switches the middleware off, and `true` is what it does anyway.
    #[serde(skip_serializing_if = "is_default")]
    pub auto_detect: Option<Located<bool>>,
}

impl Kind for ContentType {
    const NAME: &'static str = "contentType";
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let Some(detects) = options.auto_detect else { return Ok(Stage::around(Self)) };
        let message = "autoDetect is deprecated, remove it, or the middleware where it is false".to_owned();
        cx.warn(BuildError { message, mark: Some(detects.mark), length: 0 });
        Ok(if detects.value { Stage::around(Self) } else { Stage::Many(std::sync::Arc::default()) })
    }
}

impl Around for ContentType {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        Box::pin(async move {
            ex.names_types = true;
            let mut reply = next.run(ex).await;
            let has = |id: Id| reply.headers.get(id).is_some_and(|value| !value.is_empty());
            let is_left = ex.method == Method::Head
                || reply.upgrade.is_some()
                || reply.headers.contains(Id::CONTENT_TYPE)
                || has(Id::CONTENT_ENCODING);
            if !is_left && !reply.body.is_empty() {
                name(&mut reply).await;
            }
            reply
        })
    }
}

/// Looks at the first bytes and puts them back.
async fn name(reply: &mut Reply) {
    let first = match &reply.body {
        Body::Full(bytes) => {
            reply.headers.set(Id::CONTENT_TYPE, sniff(bytes));
            return;
        }
        Body::Stream(stream) if stream.length().is_some() => beginning(&mut reply.body).await,
        // Traefik sends the first piece of such an answer on as it comes.
        _ => (peek(&mut reply.body).await, None),
    };
    if let Some(Ok(Frame::Data(bytes))) = &first.0 {
        reply.headers.set(Id::CONTENT_TYPE, sniff(bytes));
    }
    let rest = std::mem::take(&mut reply.body);
    let rest = match first.1 {
        None => rest,
        then => resumed(then, rest),
    };
    reply.body = resumed(first.0, rest);
}

/// The first bytes, as many as are looked at or come in a while, and what else was read.
async fn beginning(body: &mut Body) -> (First, First) {
    let mut first = peek(body).await;
    let Some(Ok(Frame::Data(bytes))) = &mut first else { return (first, None) };
    if bytes.len() >= ENOUGH {
        return (first, None);
    }
    let mut read = BytesMut::from(&**bytes);
    let mut then = None;
    // What is late is not waited for; a piece is not lost when the time is over, since it is only taken when it is there.
    let gathering = async {
        while read.len() < ENOUGH {
            match peek(body).await {
                Some(Ok(Frame::Data(more))) => read.extend_from_slice(&more),
                other => {
                    then = other;
                    break;
                }
            }
        }
    };
    let _ = timeout(LATENCY, gathering).await;
    (Some(Ok(Frame::Data(read.freeze()))), then)
}

/// How long Traefik holds back the first bytes of an answer of known length.
const LATENCY: Duration = Duration::from_millis(100);
