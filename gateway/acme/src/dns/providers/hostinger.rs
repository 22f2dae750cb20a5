//! Hostinger.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::set::{OneSet, Set, unquoted};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Record, Timing};

struct Hostinger {
    tools: Tools,
    base: String,
    token: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(OneSet::new(Hostinger {
        token: tools.env.need(&["HOSTINGER_API_TOKEN"])?,
        base: tools.env.or(&["HOSTINGER_BASE_URL"], "https://developers.hostinger.com")?,
        ttl: tools.ttl(&["HOSTINGER"], 120)?,
        timing: tools.timing(&["HOSTINGER"], 60, 2)?,
        tools: tools.clone(),
    })))
}

impl Hostinger {
    fn request(&self, method: &'static str, zone: &str) -> Request {
        Request::new(method, format!("{}/api/dns/v1/zones/{zone}", self.base)).bearer(&self.token)
    }
}

impl Set for Hostinger {
    /// The zone.
    type Before = String;

    fn read<'a>(&'a self, record: &'a Record) -> Doing<'a, (Vec<String>, String)> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let found = self.tools.ask("list records", &self.request("GET", &zone)).await?;
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
                    [{"name": name, "type": "TXT", "ttl": self.ttl, "records": records}]})),
            };
            self.tools.ask("change records", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
