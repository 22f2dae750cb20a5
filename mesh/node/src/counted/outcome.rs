//! How something ended, as the mesh counts it.

use std::time::Duration;

use windrose_http::course::{By, End, Record};
use windrose_mesh_traffic::latency;

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was answered, or connected.
    Success { bucket: Option<usize> },
    /// Something went wrong behind the client.
    Failure { bucket: Option<usize> },
    /// A policy refused it.
    Denied,
}

impl Outcome {
    /// That of an exchange; nothing of one whose client left before there was an answer. `grpc` is the status of an
    /// answer that has one in its head; `is_policy` knows whether the middleware at a place of the router is its list of
    /// clients, for those of others may refuse with 403, too.
    pub(super) fn of(
        record: &Record,
        grpc: Option<u16>,
        took: Duration,
        is_policy: impl FnOnce(u16) -> bool,
    ) -> Option<Self> {
        if let (By::Middleware(place), FORBIDDEN) = (record.by, record.status)
            && is_policy(place)
        {
            return Some(Self::Denied);
        }
        if record.status == 0 {
            return None;
        }
        // How long a tunnel lasts says nothing of how quick it was.
        let bucket = (record.status != SWITCHED).then(|| latency::bucket(took));
        let is_failure = record.status >= 500
            || record.end == End::Broken
            || grpc.is_some_and(|status| GRPC_FAILURES.contains(&status));
        Some(if is_failure { Self::Failure { bucket } } else { Self::Success { bucket } })
    }
}

const SWITCHED: u16 = 101;
const FORBIDDEN: u16 = 403;
/// Unknown, deadline exceeded, internal, unavailable, data loss: what is no client's fault.
const GRPC_FAILURES: [u16; 5] = [2, 4, 13, 14, 15];
