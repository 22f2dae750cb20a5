//! What was seen on a side, as a flat list of facts, and where two such lists disagree.
//!
//! Owns the names of facts (`answer.1.status`, `received.1.header.host` …), which `differences.yaml` refers to.
//! Invariant: equal behaviour gives equal facts, whatever the ports and the time of day.

mod json;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    backend::Received,
    client::Heard,
    group::Case,
    message::{End, Fault, Message},
    text::{self, Names},
};

mod unpack;

/// Facts by name.
pub type Facts = BTreeMap<String, String>;

/// A fact on which the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Name of the fact.
    pub fact: String,
    /// What Traefik did; `-` if there is no such fact.
    pub traefik: String,
    /// What Windrose did; `-` if there is no such fact.
    pub windrose: String,
}

/// Lists the facts that differ, without those that only follow from another: of answers with different statuses
/// nothing else is told, and of a request that only one side passed on, only its first line.
#[must_use]
pub fn disagreements(traefik: &Facts, windrose: &Facts) -> Vec<Disagreement> {
    let names: BTreeSet<_> = traefik.keys().chain(windrose.keys()).collect();
    let differs = |name: &str| traefik.get(name) != windrose.get(name);
    let follows = |name: &str| {
        let Some((subject, part)) = part_of(name) else { return false };
        let status = format!("{subject}.status");
        let request = format!("{subject}.request");
        let one_sided = traefik.contains_key(&request) != windrose.contains_key(&request);
        (part != "status" && differs(&status)) || (part != "request" && one_sided)
    };
    let value = |facts: &Facts, name: &str| facts.get(name).map_or_else(|| ABSENT.to_owned(), Clone::clone);
    names
        .into_iter()
        .filter(|name| differs(name) && !follows(name))
        .map(|name| Disagreement {
            fact: name.clone(),
            traefik: value(traefik, name),
            windrose: value(windrose, name),
        })
        .collect()
}

/// The facts of one conversation.
#[must_use]
pub fn facts(case: &Case, names: &Names, heard: &[Heard], received: &[Received]) -> Facts {
    let mut writer = Writer { case, names, facts: Facts::new() };
    for (number, heard) in heard.iter().enumerate() {
        writer.heard(&format!("answer.{}", number + 1), heard);
    }
    writer.put("received.count".to_owned(), received.len().to_string());
    for (number, received) in received.iter().enumerate() {
        let prefix = format!("received.{}", number + 1);
        writer.put(format!("{prefix}.server"), received.server.clone());
        writer.put(format!("{prefix}.request"), received.message.start.clone());
        writer.message(&prefix, &received.message);
    }
    writer.facts
}

/// The facts of many conversations of one case: how often each outcome came, and how many requests each server got.
#[must_use]
pub fn tally(outcomes: &[Facts]) -> Facts {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in outcomes {
        let part = |name: &str| outcome.get(name).map_or(ABSENT, String::as_str);
        *counts.entry(format!("{} {}", part("answer.1.status"), part("answer.1.body"))).or_default() += 1;
        let servers = (1..).map_while(|number| outcome.get(&format!("received.{number}.server")));
        servers.for_each(|server| *counts.entry(format!("received by {server}")).or_default() += 1);
    }
    counts.into_iter().map(|(outcome, count)| (format!("tally.{outcome}"), count.to_string())).collect()
}

/// The final statuses of a conversation, 0 where no answer came.
#[must_use]
pub fn statuses(heard: &[Heard]) -> Vec<u16> {
    heard
        .iter()
        .filter_map(|heard| match heard {
            Heard::Answer(message) => Some(message.status().unwrap_or(0)),
            Heard::Fault(_) => Some(0),
            Heard::Bytes(_) | Heard::Extra(_) => None,
        })
        .filter(|status| !matches!(status, 100 | 102..=199))
        .collect()
}

struct Writer<'a> {
    case: &'a Case,
    names: &'a Names,
    facts: Facts,
}

impl Writer<'_> {
    fn put(&mut self, name: String, value: String) {
        self.facts.insert(name, text::shorten(self.names.hide(&value)));
    }

    fn heard(&mut self, prefix: &str, heard: &Heard) {
        match heard {
            Heard::Answer(message) => {
                let (version, status) = message.start.split_once(' ').unwrap_or((&message.start, ""));
                self.put(format!("{prefix}.version"), version.to_owned());
                let (status, reason) = status.split_once(' ').unwrap_or((status, ""));
                self.put(format!("{prefix}.status"), status.to_owned());
                self.put(format!("{prefix}.reason"), reason.to_owned());
                self.message(prefix, message);
            }
            Heard::Bytes(bytes) => self.put(format!("{prefix}.bytes"), text::show(bytes)),
            Heard::Extra(bytes) => self.put(format!("{prefix}.extra"), text::show(bytes)),
            Heard::Fault(Fault::Closed) => self.put(format!("{prefix}.status"), "closed".to_owned()),
            Heard::Fault(Fault::Silence) => self.put(format!("{prefix}.status"), "silence".to_owned()),
            Heard::Fault(Fault::Garbage(bytes)) => {
                self.put(format!("{prefix}.status"), format!("garbage {}", text::show(bytes)));
            }
        }
    }

    fn message(&mut self, prefix: &str, message: &Message) {
        for (kind, fields) in [("header", &message.headers), ("trailer", &message.trailers)] {
            let mut joined: BTreeMap<String, Vec<Cow<'_, str>>> = BTreeMap::new();
            for (name, value) in fields.iter().filter(|(name, _)| !self.is_framing(name)) {
                let known = if self.case.exact_names { name.clone() } else { name.to_ascii_lowercase() };
                joined.entry(known).or_default().push(self.visible(name, value));
            }
            for (name, values) in joined {
                self.put(format!("{prefix}.{kind}.{name}"), values.join(" | "));
            }
        }
        if self.case.json
            && let Some(values) = json::values(&message.body)
        {
            for (name, value) in values {
                self.put(self.names.hide(&format!("{prefix}.json{name}")), value);
            }
        } else {
            self.put(format!("{prefix}.body"), unpack::shown(message));
        }
        let end = match message.end {
            End::Complete => "complete",
            End::WithConnection => "with the connection",
            End::Cut => "cut",
        };
        self.put(format!("{prefix}.end"), end.to_owned());
    }

    /// Whether a field only says how long a text is whose values are compared.
    fn is_framing(&self, name: &str) -> bool {
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        self.case.json && ["content-length", "transfer-encoding"].iter().any(is)
    }

    fn visible<'v>(&self, name: &str, value: &'v str) -> Cow<'v, str> {
        if self.case.mask.iter().any(|masked| masked.eq_ignore_ascii_case(name)) {
            "masked".into()
        } else if name.eq_ignore_ascii_case("date") && value.ends_with(" GMT") {
            "a date".into()
        } else if name.eq_ignore_ascii_case("www-authenticate") && value.starts_with("Digest ") {
            without_nonce(value).into()
        } else {
            value.into()
        }
    }
}

/// A challenge without what is made anew for each.
fn without_nonce(challenge: &str) -> String {
    let parameters = challenge.split(", ").map(|parameter| match parameter.split_once("=\"") {
        Some((name @ ("nonce" | "opaque"), _)) => format!("{name}=masked"),
        _ => parameter.to_owned(),
    });
    parameters.collect::<Vec<_>>().join(", ")
}

/// Splits `answer.1.header.x` into `answer.1` and `header.x`.
fn part_of(name: &str) -> Option<(&str, &str)> {
    let (kind, rest) = name.split_once('.')?;
    let (number, part) = rest.split_once('.')?;
    Some((name.get(..kind.len() + 1 + number.len())?, part))
}

const ABSENT: &str = "-";

#[cfg(test)]
mod tests;
