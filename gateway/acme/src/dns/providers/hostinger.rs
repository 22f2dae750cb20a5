//! Hostinger.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::account::{Account, Usual};
use super::set::{OneSet, Set, unquoted};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Record, Timing};

struct Hostinger(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 120, least_ttl: 0, limit: 60, interval: 2 };
    let address = ("HOSTINGER_BASE_URL", "https://developers.hostinger.com");
    Ok(Arc::new(OneSet::new(Hostinger(Account::new(
        tools,
        "HOSTINGER",
        "HOSTINGER_API_TOKEN",
        address,
        &usual,
    )?))))
}

impl Hostinger {
    fn request(&self, method: &'static str, zone: &str) -> Request {
        Request::new(method, format!("{}/api/dns/v1/zones/{zone}", self.0.base)).bearer(&self.0.secret)
    }
}

impl Set for Hostinger {
    /// The zone.
    type Before = String;

    fn read<'a>(&'a self, record: &'a Record) -> Doing<'a, (Vec<String>, String)> {
        Box::pin(async move {
            let zone = self.0.tools.zone(record).await?;
            let found = self.0.tools.ask("list records", &self.request("GET", &zone)).await?;
            let name = record.below(&zone);
            let is_ours = |set: &&Value| set["type"] == "TXT" && set["name"] == *name;
            let set = list(&found, "").iter().find(is_ours);
            let records = set.map_or(&[][..], |set| list(set, "/records"));
            let texts = records.iter().filter_map(|one| text(one, "/content"));
            Ok((texts.map(|one| unquoted(&one)).collect(), zone))
        })
    }

    fn write<'a>(&'a self, record: &'a Record, texts: Vec<String>, zone: String) -> Doing<'a, ()> {
        Box::pin(async move {
            let name = record.below(&zone);
            let records: Vec<Value> = texts.iter().map(|one| json!({"content": one})).collect();
            let request = match records.is_empty() {
                true => {
                    self.request("DELETE", &zone).json(&json!({"filters": [{"name": name, "type": "TXT"}]}))
                }
                false => self.request("PUT", &zone).json(&json!({"overwrite": true, "zone":
                    [{"name": name, "type": "TXT", "ttl": self.0.ttl, "records": records}]})),
            };
            self.0.tools.ask("change records", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.0.timing
    }
}
