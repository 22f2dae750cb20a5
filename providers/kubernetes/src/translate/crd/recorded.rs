//! Metrics and Tracings: what is recorded of requests, in place of what was written at the start. Ours.
//!
//! Of several of a kind the oldest counts, in whichever namespace: there is one program.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use windrose_config::dynamic_config::{Name, Router};
use windrose_config::static_config::{Prometheus, Tracing};
use windrose_config::{Problem, Source, decode};

use super::Context;
use crate::objects::{Both, Spec, World};
use crate::translate::{Scribe, Translated, tree};

impl Context<'_> {
    pub(super) fn recorded(&self, world: &World, out: &mut Translated) {
        let only = &*self.options.recording_namespace;
        each((METRICS, only), &world.metrics, out, |scribe, name, spec| {
            let wanted = prometheus(scribe, spec)?;
            if !wanted.manual_routing {
                self.shown(scribe, name, &wanted);
            }
            let wanted = scribe.stamped(wanted);
            scribe.wanted().metrics = Some(wanted);
            Some(())
        });
        each((TRACING, only), &world.tracings, out, |scribe, _, spec| {
            let wanted = tracing(scribe, spec)?;
            let wanted = scribe.stamped(wanted);
            scribe.wanted().tracing = Some(wanted);
            Some(())
        });
    }

    /// A router to the metrics, where the object does not leave that to others.
    fn shown(&self, scribe: &mut Scribe<'_>, name: &Arc<str>, wanted: &Prometheus) {
        let object = self.names.naming.object(&scribe.namespace(), name);
        let router = Router {
            entry_points: Box::new([Name::from(Arc::clone(&wanted.entry_point))]),
            rule: Name::from(Arc::from("PathPrefix(`/metrics`)")),
            rule_syntax: Some("v3".into()),
            service: Some(Name::from(Arc::from("prometheus@internal"))),
            priority: HIGHEST,
            ..Router::default()
        };
        scribe.router(format!("{object}-metrics").into(), router, "spec.prometheus.entryPoint");
    }
}

/// Takes the oldest object that can be used.
fn each(
    (kind, only): (&'static str, &str),
    objects: &Both<Spec>,
    out: &mut Translated,
    take: impl Fn(&mut Scribe<'_>, &Arc<str>, &Value) -> Option<()>,
) {
    let mut first: Option<String> = None;
    for object in objects.by_age() {
        let Some((mut scribe, body)) = out.begin(kind, object) else { continue };
        if !only.is_empty() && *object.meta.namespace != *only {
            let message = format!("what is recorded is decided in namespace {only}, see recordingNamespace");
            scribe.wrong("metadata.namespace", message);
        } else if let Some(first) = &first {
            scribe.wrong("spec", format!("{kind} {first} is older and counts"));
        } else if take(&mut scribe, &object.meta.name, &body.0).is_some() {
            first = Some(format!("{}/{}", object.meta.namespace, object.meta.name));
        }
    }
}

fn prometheus(scribe: &mut Scribe<'_>, spec: &Value) -> Option<Prometheus> {
    for other in
        spec.as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| *name != "prometheus")
    {
        scribe.wrong(
            format!("spec.{other}"),
            "is decided at the start; write it into the install configuration",
        );
    }
    let written = spec.get("prometheus").filter(|written| !written.is_null());
    let Some(written) = written else {
        scribe.wrong("spec.prometheus", "is missing, write what Prometheus is to be shown");
        return None;
    };
    read(scribe, "spec.prometheus", written)
}

fn tracing(scribe: &mut Scribe<'_>, spec: &Value) -> Option<Tracing> {
    let mut written = spec.clone();
    if let Some(limit) = written.as_object_mut().and_then(|fields| fields.remove("spanNameLimit"))
        && limit.as_u64().is_none_or(|limit| limit != 0 && limit < LONGEST_NAME)
    {
        scribe.odd(
            "spec.spanNameLimit",
            "names of spans are not cut; they are methods of requests and names of kinds",
        );
    }
    if let Some(field) = file_of_ours(&written) {
        scribe.wrong(field, "names a file of the gateway, which an object may not; write the PEM text");
        return None;
    }
    // What says nothing asks for what is usual.
    let written = if written.is_null() { Value::Object(serde_json::Map::new()) } else { written };
    read(scribe, "spec", &written)
}

/// Where options of TLS hold something else than PEM, which would be read as the name of a file.
fn file_of_ours(spec: &Value) -> Option<String> {
    let each = |way: &'static str| {
        let tls = spec.get("otlp")?.get(way)?.get("tls")?;
        let names_file = |key: &&str| {
            tls.get(*key)
                .and_then(Value::as_str)
                .is_some_and(|text| !text.is_empty() && !text.contains("-----BEGIN"))
        };
        let key = ["ca", "cert", "key"].into_iter().find(names_file)?;
        Some(format!("spec.otlp.{way}.tls.{key}"))
    };
    ["http", "grpc"].into_iter().find_map(each)
}

/// Options as an install configuration has them.
fn read<T: DeserializeOwned>(scribe: &mut Scribe<'_>, field: &str, written: &Value) -> Option<T> {
    let read = decode(&tree::of(written), &Source::other("spec"));
    let tell = |problems: Vec<Problem>| {
        problems.into_iter().for_each(|problem| scribe.wrong(field, problem.message));
    };
    read.map_err(tell).ok()
}

/// The highest that an object may ask for.
const HIGHEST: i64 = i64::MAX - 1000;
const METRICS: &str = "Metrics";
const TRACING: &str = "Tracing";
/// No usual method and no name of a kind is as long.
const LONGEST_NAME: u64 = 32;
