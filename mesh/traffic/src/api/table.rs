//! Figures in columns, for whoever reads them on a screen.

use serde_json::{Value, json};

use super::place_of;
use crate::shown::{Direction, Frame, Item, millis};

/// A table of items. `link` makes a path of its end.
pub(super) fn table(frame: &Frame<'_>, items: &[Item], link: &dyn Fn(&str) -> String) -> Value {
    let column = |(name, kind, description): &(&str, &str, &str)| {
        let format = if *name == "Name" { "name" } else { "" };
        json!({"name": name, "type": kind, "format": format, "description": description, "priority": 0})
    };
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": COLUMNS.iter().map(column).collect::<Vec<Value>>(),
        "rows": items.iter().map(|item| row(frame, item, link)).collect::<Vec<Value>>(),
    })
}

fn row(frame: &Frame<'_>, item: &Item, link: &dyn Fn(&str) -> String) -> Value {
    let figures = &item.figures;
    let all = figures.success.saturating_add(figures.failure);
    let peer = match (&item.edge.resource, &item.backend) {
        (Some(peer), _) if peer.key.namespace.is_empty() => peer.key.name.to_string(),
        (Some(peer), _) => format!("{}/{}", peer.key.namespace, peer.key.name),
        (None, Some((_, backend, weight))) => format!("{} ({weight})", backend.name),
        (None, None) => "*".to_owned(),
    };
    let direction = match item.edge.direction {
        Direction::To => "to",
        Direction::From if item.backend.is_some() => "to",
        Direction::From => "from",
    };
    let latency = |of_thousand| match figures.latency.quantile(of_thousand) {
        0 => "-".to_owned(),
        micros if micros < 1000 || micros.is_multiple_of(1000) => format!("{}ms", decimal(micros)),
        micros => format!("{}ms", micros / 1000),
    };
    let mut object = frame.object(item, &link(&place_of(item)));
    let metadata = object["metadata"].take();
    json!({
        "cells": [
            &*item.resource.key.name,
            direction,
            peer,
            if all == 0 { "-".to_owned() } else { format!("{}%", hundredths(figures.success, all)) },
            rate(all, frame.span.seconds),
            latency(500),
            latency(900),
            latency(990),
            figures.denied,
        ],
        "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata},
    })
}

/// Microseconds as milliseconds.
fn decimal(micros: u64) -> String {
    if micros < 1000 { format!("0.{micros:03}") } else { millis(micros) }
}

/// A part of a whole in percent, with two digits behind the point; never 100 where something is missing.
fn hundredths(part: u64, whole: u64) -> String {
    let of_ten_thousand = u128::from(part) * 10_000 / u128::from(whole.max(1));
    format!("{}.{:02}", of_ten_thousand / 100, of_ten_thousand % 100)
}

/// So many a second, with one digit behind the point.
fn rate(count: u64, seconds: u64) -> String {
    let tenths = u128::from(count) * 10 / u128::from(seconds.max(1));
    format!("{}.{}", tenths / 10, tenths % 10)
}

const COLUMNS: &[(&str, &str, &str)] = &[
    ("Name", "string", "What the figures are about."),
    ("Direction", "string", "Whether it was asked (from) or asked others (to)."),
    ("Peer", "string", "The other end; all of them are a star."),
    ("Success", "string", "How much of what was answered went well."),
    ("RPS", "string", "Requests, or connections of TCP, a second."),
    ("P50", "string", "Half of all requests were over within this time."),
    ("P90", "string", "Nine of ten were."),
    ("P99", "string", "All but one of a hundred were."),
    ("Denied", "integer", "What policies refused."),
];
