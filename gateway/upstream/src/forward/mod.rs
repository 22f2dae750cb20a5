//! One request to one server: connect or reuse, send, read the answer, hand its body on.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use windrose_http::exchange::Upgrade;
use windrose_http::{Body, Exchange, Failure, Method, Reply};

use crate::connect::Needs;
use crate::endpoint::{Endpoint, Scheme};
use crate::pool::Local;
use crate::service::PassHost;

mod accept;
mod fresh;
pub(crate) mod h1;
pub(crate) mod h2;
mod head;

use fresh::Way;

/// Why an attempt gave no answer.
#[derive(Debug)]
pub(crate) struct Broken {
    failure: Failure,
    again: Again,
}

/// Whether another attempt tells the truth about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// This one has.
    Never,
    /// A kept connection had ended; the server may have seen the request.
    Stale,
    /// The server says that it has not looked at the request.
    Unseen,
    /// Nothing of the request was sent, and its body is where it was.
    Unsent,
}

impl Again {
    /// Whether the request may be sent again, given what is left of its body.
    fn allows(self, ex: &Exchange, replay: Option<&Body>) -> bool {
        match self {
            Self::Never => false,
            Self::Stale => ex.method.is_idempotent() && replay.is_some(),
            Self::Unseen => replay.is_some(),
            Self::Unsent => true,
        }
    }
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self { failure, again: Again::Never }
    }
}

/// Sends a request to a server and gives its answer, whose body may still be on its way.
///
/// Dropping the future closes the connection, unless other requests share it.
#[expect(
    clippy::manual_async_fn,
    reason = "that keeps its arguments twice, and every connection has room for this"
)]
pub(crate) fn forward<'a>(
    ex: &'a mut Exchange,
    to: &'a Arc<Endpoint>,
    pass_host: PassHost,
    local: &'a Rc<Local>,
) -> impl Future<Output = Result<Reply, Failure>> + use<'a> {
    async move {
        if ex.method == Method::Connect && to.scheme != Scheme::H2c {
            return Err(Failure::ConnectMethod);
        }
        let needs = if ex.offer.chosen().is_none() { Needs::Any } else { Needs::Http1 };
        // Another attempt trusts no connection that was there before.
        let mut since = None;
        loop {
            let replay = match &ex.body {
                Body::Empty => Some(Body::Empty),
                Body::Full(bytes) => Some(Body::Full(bytes.clone())),
                Body::Stream(_) => None,
            };
            match attempt(ex, to, pass_host, needs, since, local).await {
                Ok(reply) => return Ok(taken_down(ex, reply)),
                Err(broken) if since.is_none() && broken.again.allows(ex, replay.as_ref()) => {
                    since = Some(local.opened());
                    if broken.again != Again::Unsent {
                        ex.body = replay.unwrap_or_default();
                    }
                }
                Err(broken) => {
                    tracing::debug!(server = %to.url, failure = %broken.failure, "forwarding failed");
                    ex.course.failed(broken.failure);
                    return Err(broken.failure);
                }
            }
        }
    }
}

/// Takes down that a server has answered.
fn taken_down(ex: &mut Exchange, mut reply: Reply) -> Reply {
    ex.course.record.origin_status = reply.status;
    ex.course.attempted(&mut reply);
    reply
}

async fn attempt(
    ex: &mut Exchange,
    to: &Arc<Endpoint>,
    pass_host: PassHost,
    needs: Needs,
    since: Option<u64>,
    local: &Rc<Local>,
) -> Result<Reply, Broken> {
    if ex.offer.chosen() == Some(&Upgrade::WebSocket)
        && to.scheme == Scheme::H2c
        // On the heap, so that other requests need not have room for it.
        && let Some(sender) = Box::pin(h2::web_socket::sender(to, local)).await
    {
        return Box::pin(h2::web_socket::send(&sender, ex, to, pass_host)).await;
    }
    if since.is_none() {
        if (to.scheme != Scheme::H2c || needs == Needs::Http1)
            && let Some(client) = local.take_h1(to)
        {
            return h1::send(client, ex, to, pass_host, local).await;
        }
        if to.scheme != Scheme::Http
            && needs == Needs::Any
            && let Some(sender) = local.take_h2(to, None)
        {
            return h2::send(&sender, ex, to, pass_host).await;
        }
    }
    // In a box: few requests make a connection, and every connection of a client would have the room for it.
    let limit = ex.limits.connect();
    let way = Box::pin(async move {
        let connecting = fresh::connect(to, needs, since, local);
        match limit {
            None => connecting.await,
            Some(limit) => tokio::time::timeout(limit, connecting)
                .await
                .unwrap_or_else(|_| Err(Failure::ConnectTimeout.into())),
        }
    })
    .await?;
    match way {
        Way::Http1(client) => h1::send(client, ex, to, pass_host, local).await,
        Way::Http2(sender) => h2::send(&sender, ex, to, pass_host).await,
    }
}

/// Interim answers that a server may send before its answer.
const MOST_INTERIMS: u32 = 32;
