//! `inFlightConn`: lets each client have only so many connections at a time.
//!
//! ```yaml
//! inFlightConn:
//!   amount: 10
//! ```
//!
//! A client is an address. All workers count together; what they share is locked when a connection comes and when it
//! ends, and in as many parts as make meeting there unlikely.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use windrose_config::Located;
use windrose_http::Conn;

use super::{Denied, Gate, Kind, Permit};
use crate::is_default;
use crate::kind::BuildError;

/// Lets each client have only so many connections at a time.
#[derive(Debug)]
pub struct InFlightConn {
    most: u64,
    counts: Arc<Counts>,
}

/// The options of `inFlightConn`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// How many connections a client may have at a time; required.
    #[serde(skip_serializing_if = "is_default")]
    pub amount: Located<i64>,
}

/// How many connections each client has, those with none left out.
#[derive(Debug, Default)]
struct Counts {
    state: RandomState,
    parts: [Mutex<HashMap<IpAddr, u64>>; PARTS],
}

/// A connection that counts until it is dropped.
struct Counted {
    counts: Arc<Counts>,
    client: IpAddr,
}

impl Kind for InFlightConn {
    const NAME: &'static str = "inFlightConn";
    type Options = Options;

    fn build(options: Options) -> Result<Self, BuildError> {
        let Located { value, mark } = options.amount;
        match u64::try_from(value) {
            Ok(most) if most > 0 => Ok(Self { most, counts: Arc::default() }),
            _ => {
                let message =
                    format!("amount is {value}, write how many connections a client may have, such as 10");
                let length = value.to_string().len();
                Err(BuildError {
                    message,
                    mark: Some(mark).filter(|mark| *mark != Default::default()),
                    length,
                })
            }
        }
    }
}

impl Gate for InFlightConn {
    fn admit(&self, conn: &Conn) -> Result<Permit, Denied> {
        let client = conn.peer.ip();
        let mut part = self.counts.part(client);
        let count = part.entry(client).or_insert(0);
        if *count >= self.most {
            return Err(Denied::TooMany);
        }
        *count += 1;
        Ok(Permit::holding(Counted { counts: Arc::clone(&self.counts), client }))
    }
}

impl Counts {
    fn part(&self, client: IpAddr) -> MutexGuard<'_, HashMap<IpAddr, u64>> {
        let [byte, ..] = self.state.hash_one(client).to_le_bytes();
        let part = self.parts.get(usize::from(byte) % PARTS).expect("there are so many parts");
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut part = self.counts.part(self.client);
        if let Some(count) = part.get_mut(&self.client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                part.remove(&self.client);
            }
        }
    }
}

const PARTS: usize = 16;
