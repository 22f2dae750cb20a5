//! A service that answers with the request as it arrived, and prints it.

use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use windrose_http::{Blame, Exchange, Failure, Id, Protocol, Reply};
use windrose_upstream::service::Internal;

use super::terminal;

/// Answers with the request as it arrived.
pub(crate) struct Whoami {
    /// What the machine is called.
    pub(crate) host_name: Arc<str>,
}

impl Internal for Whoami {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(async move {
            let head = self.head(ex);
            terminal::show(&head);
            match ex.body.collect(LONGEST_BODY, Blame::Client).await {
                Ok(body) => {
                    let body = String::from_utf8_lossy(&body);
                    let mut reply = Reply::with_body(200, format!("{head}\n{body}"));
                    reply.headers.append(Id::CONTENT_TYPE, "text/plain; charset=utf-8");
                    reply
                }
                Err(error) => Failure::from(error).reply(),
            }
        })
    }
}

impl Whoami {
    fn head(&self, ex: &Exchange) -> String {
        let protocol = match ex.protocol {
            Protocol::Http10 => "HTTP/1.0",
            Protocol::Http11 => "HTTP/1.1",
            Protocol::Http2 => "HTTP/2.0",
            Protocol::Http3 => "HTTP/3.0",
        };
        let mut head = format!("Hostname: {}\nRemoteAddr: {}\n", self.host_name, ex.conn.peer);
        let _ = writeln!(head, "{} {} {protocol}", ex.method.as_str(), ex.target.as_str());
        let _ = writeln!(head, "Host: {}", ex.host.as_str());
        for field in ex.headers.iter() {
            let (name, value) = (String::from_utf8_lossy(field.name), String::from_utf8_lossy(field.value));
            let _ = writeln!(head, "{name}: {value}");
        }
        head
    }
}

/// The longest body that is printed; a longer one is refused.
const LONGEST_BODY: usize = 1 << 20;
