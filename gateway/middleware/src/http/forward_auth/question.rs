//! What the server is asked: a request of its own that says which one it is about.

use std::rc::Rc;

use windrose_http::body::Gathered;
use windrose_http::{Body, Exchange, Failure, Headers, Id, Method, Name, Protocol, Reply};

use super::address::Address;
use super::options::{Options, most, names};
use crate::kind::BuildError;

/// How a question is made.
pub(super) struct Question {
    pub(super) address: Address,
    trust: Trust,
    fields: Box<[Name]>,
    body: Send,
    method: Asking,
}

/// What becomes of X-Forwarded fields that the request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// Those that say what is asked for are written anew, the others go to the server.
    Unset,
    /// All of them are written anew.
    No,
    /// They go to the server.
    Yes,
}

enum Send {
    Head,
    /// The body, too, if it is no longer.
    Body(Option<usize>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    Get,
    ByItsMethod,
}

impl Question {
    pub(super) fn new(options: &Options, address: Address) -> Result<Self, BuildError> {
        Ok(Self {
            address,
            trust: match options.trust_forward_header {
                None => Trust::Unset,
                Some(false) => Trust::No,
                Some(true) => Trust::Yes,
            },
            fields: names(&options.auth_request_headers)?,
            body: if options.forward_body { Send::Body(most(options.max_body_size)) } else { Send::Head },
            method: if options.preserve_request_method { Asking::ByItsMethod } else { Asking::Get },
        })
    }

    /// The question about a request, or what its client is told because there is none.
    pub(super) async fn of(&self, ex: &mut Exchange) -> Result<Exchange, Box<Reply>> {
        let body = match self.body {
            Send::Head => Body::Empty,
            Send::Body(most) => match ex.body.gather(most.unwrap_or(usize::MAX)).await {
                Ok(Gathered::Whole(bytes)) => {
                    // The client was told to go on when its body was asked for.
                    ex.expects_continue = false;
                    ex.body = Body::from(bytes.clone());
                    Body::from(bytes)
                }
                Ok(Gathered::Longer) => return Err(Box::new(Reply::empty(401))),
                Err(error) => return Err(Box::new(Failure::from(error).reply())),
            },
        };
        let mut question = Exchange::new(Rc::clone(&ex.conn));
        question.protocol = Protocol::Http11;
        question.started = ex.started;
        question.method = match self.method {
            Asking::Get => Method::Get,
            Asking::ByItsMethod => ex.method.clone(),
        };
        question.target = self.address.target.clone();
        question.headers = self.headers(ex);
        question.body = body;
        // It is said here.
        question.appends_peer = false;
        Ok(question)
    }

    fn headers(&self, ex: &Exchange) -> Headers {
        let mut headers = Headers::new();
        for field in ex.headers.iter() {
            let goes = match field.id {
                Id::TE | Id::TRAILER | Id::EXPECT => false,
                // Whom it is for is not said, and Traefik gives it to the server.
                Id::PROXY_AUTHORIZATION => true,
                id if is_managed(id) && self.trust == Trust::No => false,
                _ => !ex.headers.is_withheld(field.name),
            };
            if goes && self.is_wanted(field.id, field.name) {
                headers.receive(field.name, field.value);
            }
        }
        self.forward(ex, &mut headers);
        if let Some(authorization) = &self.address.authorization
            && !headers.contains(Id::AUTHORIZATION)
        {
            headers.set(Id::AUTHORIZATION, &**authorization);
        }
        headers
    }

    fn is_wanted(&self, id: Id, name: &[u8]) -> bool {
        self.fields.is_empty()
            || self.trust == Trust::Yes && is_managed(id)
            || self.fields.iter().any(|wanted| wanted.as_str().as_bytes().eq_ignore_ascii_case(name))
    }

    /// Says which request it is about.
    fn forward(&self, ex: &Exchange, headers: &mut Headers) {
        let told = |id: Id| {
            let told = ex.headers.get(id).filter(|value| !value.is_empty() && self.trust == Trust::Yes);
            told.map(<[u8]>::to_vec)
        };
        let by = match told(Id::X_FORWARDED_FOR) {
            Some(before) => [&*before, b", ", ex.conn.peer_ip.as_bytes()].concat(),
            None => ex.conn.peer_ip.as_bytes().to_vec(),
        };
        headers.set(Id::X_FORWARDED_FOR, by);
        let anew = [
            (Id::X_FORWARDED_METHOD, ex.method.as_str()),
            (Id::X_FORWARDED_PROTO, ex.scheme()),
            (Id::X_FORWARDED_HOST, ex.host.as_str()),
            (Id::X_FORWARDED_URI, ex.target.as_str()),
        ];
        for (id, value) in anew {
            match told(id) {
                Some(told) => headers.set(id, told),
                None if value.is_empty() => {
                    headers.remove(id);
                }
                None => headers.set(id, value),
            }
        }
        if self.trust != Trust::Unset {
            let usual = if ex.is_secure() { 443 } else { 80 };
            let port = ex.host.port().unwrap_or(usual);
            let port = told(Id::X_FORWARDED_PORT).unwrap_or_else(|| port.to_string().into_bytes());
            headers.set(Id::X_FORWARDED_PORT, port);
        }
    }
}

/// What gateways say of a request, and clients could forge.
fn is_managed(id: Id) -> bool {
    [
        Id::X_FORWARDED_FOR,
        Id::X_FORWARDED_PROTO,
        Id::X_FORWARDED_HOST,
        Id::X_FORWARDED_PORT,
        Id::X_FORWARDED_SERVER,
        Id::X_FORWARDED_URI,
        Id::X_FORWARDED_METHOD,
        Id::X_FORWARDED_PREFIX,
        Id::X_FORWARDED_TLS_CLIENT_CERT,
        Id::X_FORWARDED_TLS_CLIENT_CERT_INFO,
        Id::X_REAL_IP,
    ]
    .contains(&id)
}
