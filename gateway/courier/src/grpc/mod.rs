//! Unary calls of gRPC: one message there, a status back.
//!
//! Every call has a connection of its own and one limit of time. Invariant: what is read of an answer is bounded, and a
//! call without a status has failed.

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::poll_fn;
use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::{SendRequest, handshake};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;
use windrose_tls::{ClientTls, ClientTlsError, ClientTlsOptions, Files};

use crate::https::{HttpError, Limits, connect, parse};

/// Calls servers.
#[derive(Clone)]
pub struct Grpc {
    tls: ClientTls,
    limits: Limits,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// 0 is well.
    pub code: u32,
    /// What the server says of it, for people.
    pub message: String,
}

impl Grpc {
    /// Trusts whom these options name.
    ///
    /// # Errors
    /// The options cannot be used.
    pub fn new(
        trust: &ClientTlsOptions<'_>,
        files: &dyn Files,
        limits: Limits,
    ) -> Result<Self, ClientTlsError> {
        Ok(Self { tls: ClientTls::compile(trust, files)?.value, limits })
    }

    /// Calls a method of the server at `url`, `http` without TLS, with a message that is packed by gzip. Its answer is
    /// not looked at but for the status.
    ///
    /// # Errors
    /// There is no status.
    pub async fn unary(
        &self,
        url: &str,
        path: &str,
        metadata: &[(&str, &str)],
        packed: &[u8],
    ) -> Result<Status, HttpError> {
        let url = parse(url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let call = async {
            let tcp = connect::tcp(&url).await?;
            let request = request(&url, path, metadata)?;
            match url.scheme() {
                "http" => call(tcp, request, packed, &host).await,
                _ => call(connect::tls_http2(&self.tls, &url, tcp).await?, request, packed, &host).await,
            }
        };
        tokio::time::timeout(self.limits.whole, call)
            .await
            .unwrap_or_else(|_| Err(HttpError::Late(host.clone())))
    }
}

impl fmt::Debug for Grpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grpc").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn request(url: &Url, path: &str, metadata: &[(&str, &str)]) -> Result<http::Request<()>, HttpError> {
    let authority = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let mut request = http::Request::post(format!("{}://{authority}{path}", url.scheme()))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-encoding", "gzip")
        .header("user-agent", crate::https::AGENT);
    for (name, value) in metadata {
        let valid = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).ok();
        let pair = valid.zip(HeaderValue::from_str(value.trim()).ok());
        let (valid, value) = pair.ok_or_else(|| HttpError::Field((*name).to_owned()))?;
        request = request.header(valid, value);
    }
    request.body(()).map_err(|_| HttpError::Url(url.to_string()))
}

/// Makes the call while the connection is looked after.
async fn call(
    io: impl AsyncRead + AsyncWrite + Unpin,
    request: http::Request<()>,
    packed: &[u8],
    host: &str,
) -> Result<Status, HttpError> {
    let broken = |error: h2::Error| HttpError::Broken(host.to_owned(), io::Error::other(error));
    let (client, connection) = handshake(io).await.map_err(broken)?;
    tokio::select! {
        status = exchange(client, request, packed, host) => status,
        ended = connection => match ended {
            Ok(()) => Err(HttpError::Broken(host.to_owned(), io::ErrorKind::UnexpectedEof.into())),
            Err(error) => Err(broken(error)),
        },
    }
}

async fn exchange(
    client: SendRequest<Bytes>,
    request: http::Request<()>,
    packed: &[u8],
    host: &str,
) -> Result<Status, HttpError> {
    let broken = |error: h2::Error| HttpError::Broken(host.to_owned(), io::Error::other(error));
    let mut client = client.ready().await.map_err(broken)?;
    let (answer, mut out) = client.send_request(request, false).map_err(broken)?;
    let mut message = framed(packed, host)?;
    while !message.is_empty() {
        out.reserve_capacity(message.len());
        let room = match poll_fn(|cx| out.poll_capacity(cx)).await {
            Some(room) => room.map_err(broken)?,
            // The server has answered and wants no more.
            None => break,
        };
        let piece = message.split_to(room.min(message.len()));
        out.send_data(piece, message.is_empty()).map_err(broken)?;
    }
    let answer = answer.await.map_err(broken)?;
    let (head, mut body) = answer.into_parts();
    if let Some(status) = status(&head.headers) {
        return Ok(status);
    }
    if head.status != http::StatusCode::OK {
        let message = format!("the answer is {}, not one of gRPC", head.status.as_u16());
        return Ok(Status { code: of_http(head.status.as_u16()), message });
    }
    let mut read = 0;
    while let Some(piece) = body.data().await {
        let piece = piece.map_err(broken)?;
        read += piece.len();
        let _ = body.flow_control().release_capacity(piece.len());
        if read > LARGEST {
            return Err(HttpError::TooLarge(host.to_owned(), LARGEST));
        }
    }
    let trailers = body.trailers().await.map_err(broken)?;
    trailers.as_ref().and_then(status).ok_or_else(|| HttpError::NoStatus(host.to_owned()))
}

/// A message with what stands before it: that it is packed, and how long it is.
fn framed(packed: &[u8], host: &str) -> Result<Bytes, HttpError> {
    let length =
        u32::try_from(packed.len()).map_err(|_| HttpError::TooLarge(host.to_owned(), u32::MAX as usize))?;
    let mut framed = BytesMut::with_capacity(packed.len() + 5);
    framed.put_u8(1);
    framed.put_u32(length);
    framed.put_slice(packed);
    Ok(framed.freeze())
}

fn status(fields: &HeaderMap) -> Option<Status> {
    let text =
        |name: &str| fields.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let code = text("grpc-status")?.trim().parse().unwrap_or(UNKNOWN);
    let message = text("grpc-message").unwrap_or_default();
    Some(Status { code, message: message.chars().take(SHOWN).collect() })
}

/// What a status of HTTP means where one of gRPC is missing, as its specification has it.
const fn of_http(status: u16) -> u32 {
    match status {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => UNKNOWN,
    }
}

const UNKNOWN: u32 = 2;
const LARGEST: usize = 4 << 20;
const SHOWN: usize = 300;
