//! Bunny.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::account::{Account, Usual};
use super::numbered::{ByNumber, Numbered, added};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Record};

struct Bunny(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 60, least_ttl: 60, limit: 120, interval: 2 };
    let address = ("BUNNY_BASE_URL", "https://api.bunny.net");
    Ok(Arc::new(ByNumber(Bunny(Account::new(tools, "BUNNY", "BUNNY_API_KEY", address, &usual)?))))
}

impl Numbered for Bunny {
    fn account(&self) -> &Account {
        &self.0
    }

    fn signed(&self, request: Request) -> Request {
        request.with("AccessKey", &self.0.secret)
    }

    fn add<'a>(&'a self, record: &'a Record) -> Doing<'a, String> {
        Box::pin(async move {
            let Account { tools, base, ttl, .. } = &self.0;
            let name = tools.zone(record).await?;
            let found = format!("{base}/dnszone?page=1&perPage=1000&search={name}");
            let found = tools.ask("list zones", &self.signed(Request::get(found))).await?;
            let zone = list(&found, "/Items").iter().find(|zone| zone["Domain"] == *name);
            let zone =
                zone.and_then(|zone| text(zone, "/Id")).ok_or_else(|| DnsError::NoZone(name.clone()))?;
            let below = record.below(&name);
            let below = if below == "@" { "" } else { &below };
            let one = json!({"Type": TXT, "Name": below, "Value": record.value, "Ttl": ttl});
            added(self, "PUT", &format!("{base}/dnszone/{zone}/records"), &one, "/Id").await
        })
    }
}

/// What they call this kind of record.
const TXT: u8 = 3;
