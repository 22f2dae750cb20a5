//! Providers that give every record a number: it is added with others of its name, and removed by its number.

use serde_json::Value;
use windrose_courier::Request;

use super::account::Account;
use super::text;
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

/// What such a provider can do.
pub(super) trait Numbered: Send + Sync {
    /// Whose it is.
    fn account(&self) -> &Account;

    /// The request with what proves who asks.
    fn signed(&self, request: Request) -> Request;

    /// Adds a record, and gives the address at which it is removed.
    fn add<'a>(&'a self, record: &'a Record) -> Doing<'a, String>;
}

/// Such a provider.
pub(super) struct ByNumber<N>(pub(super) N);

impl<N: Numbered> Dns for ByNumber<N> {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move { Ok(Placed(vec![self.0.add(record).await?])) })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [address] = &*placed.0 else { return Ok(()) };
            let request = self.0.signed(Request::new("DELETE", address));
            self.0.account().tools.ask("remove a record", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.0.account().timing
    }
}

/// Adds this below `records`, and gives the address that the number at `number` of the answer makes.
pub(super) async fn added(
    of: &impl Numbered,
    method: &'static str,
    records: &str,
    one: &Value,
    number: &str,
) -> Result<String, DnsError> {
    let request = of.signed(Request::new(method, records).json(one));
    let made = of.account().tools.ask("add a record", &request).await?;
    let number = text(&made, number).ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
    Ok(format!("{records}/{number}"))
}
