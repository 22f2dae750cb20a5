//! `rest@internal`: takes the routing that somebody sends, for the REST provider.
//!
//! Knows nothing of what is sent: whoever makes the service says who takes it. Statuses are those of Traefik.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use windrose_http::body::Gathered;
use windrose_http::{Exchange, Id, Method, Reply};
use windrose_upstream::service::Internal;

/// Takes a body, and gives it back as it was understood; the error is told to whoever sent it.
pub type Put = Arc<dyn Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync>;

/// Takes `PUT /api/providers/rest`.
pub struct Rest {
    put: Put,
}

impl Rest {
    /// Hands every body to `put`.
    #[must_use]
    pub const fn new(put: Put) -> Self {
        Self { put }
    }
}

impl Internal for Rest {
    /// A body is read on a thread that may take its time: a large one must not hold up the requests of others.
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(async move {
            let provider = ex.target.path().strip_prefix("/api/providers/");
            let provider = provider.filter(|name| !name.is_empty() && !name.contains('/'));
            let Some(is_rest) = provider.map(|name| name == "rest") else {
                return Reply::error(404, "404 page not found\n");
            };
            if ex.method != Method::Put {
                return Reply::empty(405);
            }
            if !is_rest {
                return told(400, "Only 'rest' provider can be updated through the REST API");
            }
            let body = match ex.body.gather(LARGEST).await {
                Ok(Gathered::Whole(body)) => body,
                Ok(Gathered::Longer) => {
                    return told(413, &format!("the body is longer than {LARGEST} bytes"));
                }
                Err(error) => return told(400, &error.to_string()),
            };
            let put = Arc::clone(&self.put);
            match tokio::task::spawn_blocking(move || put(&body)).await {
                Ok(Ok(echo)) => {
                    let mut reply = Reply::with_body(200, Bytes::from(echo));
                    reply.headers.append(Id::CONTENT_TYPE, "application/json; charset=UTF-8");
                    reply
                }
                Ok(Err(why)) => told(400, &why),
                Err(_) => windrose_http::Failure::Internal.reply(),
            }
        })
    }
}

fn told(status: u16, why: &str) -> Reply {
    let mut reply = Reply::with_body(status, format!("{why}\n"));
    reply.headers.append(Id::CONTENT_TYPE, "text/plain; charset=utf-8");
    reply.headers.append(Id::X_CONTENT_TYPE_OPTIONS, "nosniff");
    reply
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").finish_non_exhaustive()
    }
}

/// As much as is read of a routing file.
const LARGEST: usize = 512 << 20;
