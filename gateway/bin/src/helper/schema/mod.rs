//! `windrose schema`: what editors know of our files, made of what the decoders ask for.
//!
//! Invariant: what a decoder would not accept as a key is not accepted here. Spellings are those of the reference, although
//! any case is read.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};
use windrose_config::dynamic_config::{
    Router, ServersTransport, Service, TcpRouter, TcpServersTransport, TcpService, TlsCertificate,
    TlsOptions, TlsStore, UdpRouter, UdpService,
};
use windrose_config::{Shape, StaticConfig};
use windrose_middleware::list::{KINDS, UNSUPPORTED};
use windrose_middleware::tcp;
use windrose_provider_docker::SwarmOptions;

use crate::arguments::Document;

/// The schema of a document.
pub(super) fn of(document: Document) -> Value {
    let (title, schema) = match document {
        Document::Install => ("Windrose: install configuration", schema(&install())),
        Document::Routing => ("Windrose: routing configuration", routing()),
    };
    let mut whole = json!({"$schema": "http://json-schema.org/draft-07/schema#", "title": title});
    if let (Value::Object(whole), Value::Object(schema)) = (&mut whole, schema) {
        whole.extend(schema);
    }
    whole
}

/// What the install configuration asks for, the options of providers included.
pub(super) fn install() -> Shape {
    let shape = StaticConfig::shape();
    let Some(providers) = shape.child("providers").cloned() else { return shape };
    let providers = providers
        .with("file", windrose_provider_file::Options::shape())
        .with("docker", SwarmOptions::shape())
        .with("swarm", SwarmOptions::shape());
    shape.with("providers", providers)
}

fn routing() -> Value {
    let kinds = KINDS.iter().map(|kind| (kind.name, schema(&(kind.shape)())));
    let kinds = one_of(kinds.chain(UNSUPPORTED.map(|name| (name, json!(true)))));
    let gates = one_of(tcp::KINDS.iter().map(|kind| (kind.name, schema(&(kind.shape)()))));
    section([
        (
            "http",
            section([
                ("routers", named(&Shape::of::<Router>())),
                ("services", named(&Shape::of::<Service>())),
                ("middlewares", map(&kinds)),
                ("serversTransports", named(&Shape::of::<ServersTransport>())),
            ]),
        ),
        (
            "tcp",
            section([
                ("routers", named(&Shape::of::<TcpRouter>())),
                ("services", named(&Shape::of::<TcpService>())),
                ("middlewares", map(&gates)),
                ("serversTransports", named(&Shape::of::<TcpServersTransport>())),
            ]),
        ),
        (
            "udp",
            section([
                ("routers", named(&Shape::of::<UdpRouter>())),
                ("services", named(&Shape::of::<UdpService>())),
            ]),
        ),
        (
            "tls",
            section([
                ("certificates", list(&schema(&Shape::of::<TlsCertificate>()))),
                ("options", named(&Shape::of::<TlsOptions>())),
                ("stores", named(&Shape::of::<TlsStore>())),
            ]),
        ),
    ])
}

/// A table of objects by their names.
fn named(object: &Shape) -> Value {
    map(&schema(object))
}

fn schema(shape: &Shape) -> Value {
    match shape {
        Shape::Open => json!({}),
        Shape::Boolean => json!({"type": ["boolean", "null"]}),
        Shape::Scalar => json!({"type": ["string", "number", "boolean", "null"]}),
        Shape::List(item) => list(&schema(item)),
        Shape::Map(item) => map(&schema(item)),
        Shape::Section(fields) => section(fields.iter().map(|(name, shape)| (*name, schema(shape)))),
    }
}

fn section(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let fields = fields.into_iter().map(|(name, schema)| (name.to_owned(), schema));
    let properties: Map<String, Value> = fields.collect();
    json!({"type": ["object", "null"], "properties": properties, "additionalProperties": false})
}

/// One of several tables, each below its name.
fn one_of(kinds: impl Iterator<Item = (&'static str, Value)>) -> Value {
    let mut one = section(kinds);
    if let Value::Object(one) = &mut one {
        one.insert("minProperties".to_owned(), json!(1));
        one.insert("maxProperties".to_owned(), json!(1));
    }
    one
}

fn map(item: &Value) -> Value {
    json!({"type": ["object", "null"], "additionalProperties": item})
}

/// A list; one that is written as a text is separated by commas.
fn list(item: &Value) -> Value {
    json!({"type": ["array", "string", "null"], "items": item})
}
