//! A new connection for a request.
//!
//! Where the server speaks HTTP/2, or may do so, requests that need a connection at the same time wait for the same
//! one: a cold server gets one connection for a burst, not one for each request. An attempt runs in a task of its own
//! and ends within the connector's time for connecting; its failure is the failure of all that wait for it, so that a
//! server in trouble is not asked by each of them in turn.

use std::rc::Rc;
use std::sync::Arc;

use windrose_http::Failure;

use super::{Broken, h1, h2};
use crate::connect::{self, Needs, Speaks};
use crate::endpoint::Endpoint;
use crate::pool::{Attempt, Local, Outcome};

/// What a request travels by.
pub(super) enum Way {
    /// A connection of its own.
    Http1(Box<h1::Client>),
    /// One that has room for it, until the next await.
    Http2(Rc<h2::Sender>),
}

/// Makes a connection, or waits for one that others need too.
///
/// Dropping the future ends only what is made for this request alone.
pub(super) async fn connect(
    to: &Arc<Endpoint>,
    needs: Needs,
    since: Option<u64>,
    local: &Rc<Local>,
) -> Result<Way, Broken> {
    if needs == Needs::Http1 || to.speaks() == Some(Speaks::Http1) {
        return alone(to, needs, local).await;
    }
    let mut seat = None;
    let mut rounds = 0;
    loop {
        if let Some(sender) = local.take_h2(to, since) {
            return Ok(Way::Http2(sender));
        }
        if let Some(sender) = local.shut_h2(to, since) {
            seat = None;
            // Another connection would be shut as well.
            if rounds >= MOST_ROUNDS {
                return Err(Failure::ConnectTimeout.into());
            }
            rounds += 1;
            let opened = tokio::time::timeout(to.connector.dial_timeout, sender.opened()).await;
            opened.unwrap_or(Err(Failure::ConnectTimeout))?;
            continue;
        }
        let waiting = seat.get_or_insert_with(|| local.join(to, |attempt| start(attempt, to, local)));
        match waiting.outcome() {
            Outcome::Pending => waiting.changed().await,
            Outcome::Failed(failure) => return Err(failure.into()),
            Outcome::Http1(Some(client)) => return Ok(Way::Http1(client)),
            Outcome::Http2 if rounds < MOST_ROUNDS => {
                rounds += 1;
                seat = None;
            }
            // There is nothing to share, or others were quicker each time.
            Outcome::Http1(None) | Outcome::Http2 => return alone(to, needs, local).await,
        }
    }
}

async fn alone(to: &Arc<Endpoint>, needs: Needs, local: &Rc<Local>) -> Result<Way, Broken> {
    let (io, speaks) = connect::connect(to, needs).await?;
    Ok(match speaks {
        Speaks::Http1 => Way::Http1(h1::Client::new(io)),
        Speaks::Http2 => Way::Http2(h2::open(io, to, local).await?),
    })
}

/// Starts the task that makes a connection for all that wait.
fn start(attempt: &Rc<Attempt>, to: &Arc<Endpoint>, local: &Rc<Local>) {
    let underway =
        Underway { attempt: Some(Rc::clone(attempt)), to: Arc::clone(to), local: Rc::clone(local) };
    let task = async move {
        let outcome = underway.make().await.unwrap_or_else(|broken| Outcome::Failed(broken.failure));
        underway.end(outcome);
    };
    local.spawn("upstream connect", Box::pin(task));
}

/// An attempt that ends whatever becomes of its task.
struct Underway {
    attempt: Option<Rc<Attempt>>,
    to: Arc<Endpoint>,
    local: Rc<Local>,
}

impl Underway {
    async fn make(&self) -> Result<Outcome, Broken> {
        let (io, speaks) = connect::connect(&self.to, Needs::Any).await?;
        if speaks == Speaks::Http1 {
            return Ok(Outcome::Http1(Some(h1::Client::new(io))));
        }
        let sender = h2::open(io, &self.to, &self.local).await?;
        if let Some(attempt) = &self.attempt {
            attempt.advance();
        }
        let patience = self.to.connector.dial_timeout;
        let is_settled = tokio::time::timeout(patience, sender.settled()).await;
        match is_settled {
            Ok(()) if sender.is_alive() => Ok(Outcome::Http2),
            Ok(()) => Err(Failure::Connect.into()),
            Err(_) => Err(Failure::ConnectTimeout.into()),
        }
    }

    fn end(mut self, outcome: Outcome) {
        self.conclude(outcome);
    }

    fn conclude(&mut self, outcome: Outcome) {
        let Some(attempt) = self.attempt.take() else { return };
        self.local.leave(&self.to, &attempt);
        if let Some(client) = attempt.end(outcome) {
            self.local.keep_h1(&self.to, client);
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.conclude(Outcome::Failed(Failure::Internal));
    }
}

/// How often a request waits for a connection that others then fill.
const MOST_ROUNDS: u32 = 3;

#[cfg(test)]
mod shut;
#[cfg(test)]
mod tests;
