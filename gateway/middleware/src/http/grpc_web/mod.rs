//! `grpcWeb`: lets browsers call gRPC servers.
//!
//! ```yaml
//! grpcWeb:
//!   allowOrigins:
//!     - https://app.example.com
//! ```
//!
//! A POST whose type begins with `application/grpc-web` becomes a gRPC request; with `application/grpc-web-text` its body
//! is taken out of base64, and that of the answer is put into it. The trailers of the answer follow its body as one more
//! message. A preflight that asks for `x-grpc-web` is answered here. An origin is allowed when it is listed, or with `*`.

use serde::{Deserialize, Serialize};

use windrose_http::trailers::Rules;
use windrose_http::{Body, Exchange, Headers, Id, Method, Reply};

use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod body;
mod cors;
#[cfg(test)]
mod tests;

use body::{Decoded, Framed};
use cors::Origins;

/// Lets browsers call gRPC servers.
#[derive(Debug)]
pub struct GrpcWeb {
    origins: Origins,
}

/// The options of `grpcWeb`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The origins whose pages may call; `*` is any.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_origins: Vec<Box<str>>,
}

/// How bodies are written towards the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Binary,
    /// In base64.
    Text,
}

impl Form {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Binary => "application/grpc-web",
            Self::Text => "application/grpc-web-text",
        }
    }
}

impl Kind for GrpcWeb {
    const NAME: &'static str = "grpcWeb";
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.allow_origins.is_empty() {
            cx.warn(BuildError::new(
                "allowOrigins is empty, so pages of other origins cannot call; write them",
            ));
        }
        Ok(Stage::around(Self { origins: Origins::new(options.allow_origins) }))
    }
}

impl Around for GrpcWeb {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let asks = cors::asks_for_grpc_web(ex);
        if asks && cors::is_preflight(ex) {
            return Box::pin(std::future::ready(self.origins.preflight(ex)));
        }
        let Some(form) = form(ex).or_else(|| asks.then_some(Form::Binary)) else {
            return Box::pin(next.run(ex));
        };
        Box::pin(async move {
            let origin = ex.headers.get(Id::ORIGIN).map(Box::<[u8]>::from);
            to_grpc(ex, form);
            let mut reply = next.run(ex).await;
            from_grpc(&mut reply, form);
            self.origins.allow(origin.as_deref(), &mut reply.headers);
            expose(&mut reply.headers);
            reply
        })
    }
}

/// The form of a request for gRPC; `None` when it is something else.
fn form(ex: &Exchange) -> Option<Form> {
    let media_type = ex.headers.get(Id::CONTENT_TYPE).filter(|_| ex.method == Method::Post)?;
    let is = |form: &Form| media_type.starts_with(form.media_type().as_bytes());
    [Form::Text, Form::Binary].into_iter().find(is)
}

/// Makes a request one of gRPC.
fn to_grpc(ex: &mut Exchange, form: Form) {
    if let Some(rest) =
        ex.headers.get_str(Id::CONTENT_TYPE).and_then(|name| name.strip_prefix(form.media_type()))
    {
        let name = format!("{GRPC}{rest}");
        ex.headers.set(Id::CONTENT_TYPE, name);
    }
    let body = std::mem::take(&mut ex.body);
    ex.body = match body {
        Body::Empty => Body::Empty,
        body => Body::Stream(Box::new(Decoded::new(body, form))),
    };
}

/// Makes an answer of gRPC one that a page can read.
fn from_grpc(reply: &mut Reply, form: Form) {
    reply.headers.take(Id::TRAILER);
    if let Some(name) = reply.headers.get_str(Id::CONTENT_TYPE)
        && name.contains(GRPC)
    {
        let name = name.replacen(GRPC, form.media_type(), 1);
        reply.headers.set(Id::CONTENT_TYPE, name);
    }
    // A message after the last one would not fit into the length that a server told.
    let is_closed = reply.body.length().is_some() && reply.failure.is_none();
    if reply.upgrade.is_some() || (is_closed && (form == Form::Binary || reply.body.is_empty())) {
        return;
    }
    let rules = Rules::of_answer(&reply.headers, &reply.body);
    let body = std::mem::take(&mut reply.body);
    reply.body = Body::Stream(Box::new(Framed::new(body, form, rules)));
}

/// Lets pages read every field, and what a server may say at the end.
fn expose(headers: &mut Headers) {
    let mut names: Vec<String> = Vec::new();
    for field in headers.iter() {
        let name = cors::canonical(field.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.extend(["grpc-status", "grpc-message"].map(str::to_owned));
    headers.set(Id::ACCESS_CONTROL_EXPOSE_HEADERS, names.join(", "));
}

const GRPC: &str = "application/grpc";
