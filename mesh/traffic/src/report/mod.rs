//! What nodes send, and what they are answered.
//!
//! A node cuts time into slices of [`SECONDS`], by its clock, and counts anew in each. A slice that has been sent is
//! known by the node's run and the slice's number, so sending it again changes nothing; a node keeps the last few and
//! sends those that a controller does not have, so one that comes back has the same as the others.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::latency::Latencies;

/// Slices of one node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The run of the node, unlike all others.
    pub run: Arc<str>,
    /// In order.
    pub slices: Vec<Slice>,
}

/// What passed in one slice of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The seconds since 1970 at its beginning, by [`SECONDS`].
    pub number: u64,
    /// What passed, each key once.
    pub flows: Vec<Flow>,
}

/// What passed between two ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Who asked; none in a flow that stands for what there was no room to tell apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<IpAddr>,
    /// The Service that was asked, as `namespace/name`.
    #[serde(default)]
    pub service: Arc<str>,
    /// Its port.
    #[serde(default)]
    pub port: u16,
    /// The split by which it was shared out, as `namespace/name`.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub split: Arc<str>,
    /// The backend that it was given to, as `namespace/name`.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub backend: Arc<str>,
    /// The server that was asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<IpAddr>,
    /// What refused it, where anything was denied.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub policy: Arc<str>,
    /// What was spoken.
    #[serde(default)]
    pub protocol: Protocol,
    /// How often, and how well.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What was spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Requests are counted.
    #[default]
    Http,
    /// Connections are counted.
    Tcp,
}

/// How often something passed, and how well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Requests that were answered; connections that reached a server.
    #[serde(skip_serializing_if = "is_zero")]
    pub success: u64,
    /// Requests whose answer says that something went wrong behind the client; connections that reached no server.
    #[serde(skip_serializing_if = "is_zero")]
    pub failure: u64,
    /// What a policy refused. It is neither of the others.
    #[serde(skip_serializing_if = "is_zero")]
    pub denied: u64,
    /// How long requests took that were answered at all.
    pub latency: Latencies,
}

/// What a node is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// The last slice of the run that was there before, if any was.
    pub before: Option<u64>,
    /// All controllers, as URLs without a path: each wants to know the same.
    pub controllers: Vec<Arc<str>>,
}

impl Figures {
    /// Adds others.
    pub fn merge(&mut self, others: &Self) {
        self.success = self.success.saturating_add(others.success);
        self.failure = self.failure.saturating_add(others.failure);
        self.denied = self.denied.saturating_add(others.denied);
        self.latency.merge(&others.latency);
    }

    /// Whether nothing passed.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.success == 0 && self.failure == 0 && self.denied == 0
    }
}

/// The slice that a time is in, told in seconds since 1970.
#[must_use]
pub const fn slice_at(seconds: u64) -> u64 {
    seconds / SECONDS
}

fn is_empty(text: &Arc<str>) -> bool {
    text.is_empty()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How long a slice is.
pub const SECONDS: u64 = 5;
/// As many slices as a node keeps, and more than are taken of one report.
pub const KEPT_BY_NODES: usize = 13;
/// As many flows as there are in a slice; what does not fit is told in one that has no client.
pub const MOST_FLOWS: usize = 4096;
/// As many bytes as there are in a report.
pub const LARGEST: usize = 16 << 20;
