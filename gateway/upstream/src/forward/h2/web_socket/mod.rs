//! WebSocket to a server of HTTP/2 without TLS (RFC 8441): a stream takes the place of a connection.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use h2::ext::Protocol;
use windrose_http::trailers::Rules;
use windrose_http::{Blame, Body, Exchange, Failure, Id, Reply};

use windrose_stream::h2::{ByteStream, Received, Sending, Share};

use super::upload::Upload;
use super::{Place, Sender, load, read_answer, reply, request};
use crate::connect::Needs;
use crate::endpoint::Endpoint;
use crate::forward::accept::accept;
use crate::forward::fresh::{self, Way};
use crate::forward::{Again, Broken};
use crate::pool::Local;
use crate::service::PassHost;

/// A connection whose server offers it. Nothing when it does not, or is no server of HTTP/2: then HTTP/1.1 is the way
/// to change the protocol.
pub(in crate::forward) async fn sender(to: &Arc<Endpoint>, local: &Rc<Local>) -> Option<Rc<Sender>> {
    let found = async {
        let sender = match local.take_h2(to, None) {
            Some(sender) => sender,
            None => match Box::pin(fresh::connect(to, Needs::Any, None, local)).await {
                Ok(Way::Http2(sender)) => sender,
                Ok(Way::Http1(_)) | Err(_) => return None,
            },
        };
        sender.settled().await;
        Some(sender)
    };
    let sender = tokio::time::timeout(PATIENCE, found).await.ok()??;
    sender.send.is_extended_connect_protocol_enabled().then_some(sender)
}

/// Asks for a WebSocket. The answer is as if the server spoke HTTP/1.1: 101, with the right proof.
pub(in crate::forward) async fn send(
    sender: &Rc<Sender>,
    ex: &mut Exchange,
    to: &Arc<Endpoint>,
    pass_host: PassHost,
) -> Result<Reply, Broken> {
    let place = Place::new(sender, ex);
    let mut request = request(ex, to, pass_host).ok_or(Failure::BadRequest)?;
    *request.method_mut() = http::Method::CONNECT;
    request.headers_mut().remove(http::header::SEC_WEBSOCKET_KEY);
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    let key = ex.headers.get(Id::SEC_WEBSOCKET_KEY).ok_or(Failure::BadRequest)?;
    let proof = accept(key);
    let mut send = sender.send.clone().ready().await.map_err(|error| sender.unsent(&error))?;
    let (mut response, stream) = send.send_request(request, false).map_err(|error| sender.unsent(&error))?;
    let sending = Sending::new(stream, Share::new(&sender.backlog), Rules::of(ex));
    let mut upload = Upload { body: Body::Empty, sending, interims: 0, done: true };
    let limit = ex.limits.first_byte(to.connector.answer_timeout);
    let response = read_answer(&mut response, ex, &mut upload, limit).await;
    let response = response.map_err(|broken| {
        // A kept connection that had ended says nothing about the server, and nothing has begun (RFC 6455 §4).
        let is_stale = broken.again == Again::Stale && sender.is_used.get();
        Broken { again: if is_stale { Again::Stale } else { Again::Never }, ..broken }
    })?;
    sender.is_used.set(true);
    if !response.status().is_success() {
        upload.sending.send_end();
        return reply(response, ex, upload, place);
    }
    let (parts, receive) = response.into_parts();
    let mut headers = std::mem::take(&mut ex.spare);
    load(&parts.headers, &mut headers)?;
    headers.set(Id::SEC_WEBSOCKET_ACCEPT, proof);
    let mut reply = Reply { headers, ..Reply::empty(101) };
    let (send, share) = upload.sending.into_parts();
    let received = Received::new(receive, None, Blame::Upstream);
    reply.upgrade = Some(Box::new(ByteStream::new(send, share, received, place)));
    Ok(reply)
}

/// How long a server may take to say what it offers.
const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
