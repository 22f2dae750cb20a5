//! PowerDNS (`pdns`), by the API of its own server.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::set::{OneSet, Set, quoted, unquoted};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Record, Timing};

struct PowerDns {
    tools: Tools,
    /// With the version and the name of the server.
    base: String,
    key: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let [key, url] = env.need_all([&["PDNS_API_KEY"], &["PDNS_API_URL"]])?;
    let server = env.or(&["PDNS_SERVER_NAME"], "localhost")?;
    let version = env.number(&["PDNS_API_VERSION"], 1)?;
    if version == 0 {
        let message = "PDNS_API_VERSION 0 is no longer spoken by any PowerDNS that is maintained; remove it";
        return Err(DnsError::Other(message.into()));
    }
    Ok(Arc::new(OneSet::new(PowerDns {
        base: format!("{}/api/v{version}/servers/{server}/zones", url.trim_end_matches('/')),
        key,
        ttl: tools.ttl(&["PDNS"], 120)?,
        timing: tools.timing(&["PDNS"], 120, 2)?,
        tools: tools.clone(),
    })))
}

impl PowerDns {
    fn request(&self, method: &'static str, zone: &str) -> Request {
        Request::new(method, format!("{}/{zone}", self.base)).with("X-API-Key", &self.key)
    }
}

impl Set for PowerDns {
    /// The zone, with its final dot, and its kind.
    type Before = (String, String);

    fn read<'a>(&'a self, record: &'a Record) -> Doing<'a, (Vec<String>, Self::Before)> {
        Box::pin(async move {
            let zone = format!("{}.", self.tools.zone(record).await?);
            let found = self.tools.ask("list records", &self.request("GET", &zone)).await?;
            let is_ours = |set: &&Value| {
                set["type"] == "TXT"
                    && text(set, "/name").is_some_and(|name| name.eq_ignore_ascii_case(&record.name))
            };
            let set = list(&found, "/rrsets").iter().find(is_ours);
            let records = set.map_or(&[][..], |set| list(set, "/records"));
            let texts = records.iter().filter_map(|one| text(one, "/content")).map(|one| unquoted(&one));
            Ok((texts.collect(), (zone, text(&found, "/kind").unwrap_or_default())))
        })
    }

    fn write<'a>(&'a self, record: &'a Record, texts: Vec<String>, before: Self::Before) -> Doing<'a, ()> {
        Box::pin(async move {
            let (zone, kind) = before;
            let records: Vec<Value> =
                texts.iter().map(|one| json!({"content": quoted(one), "disabled": false})).collect();
            let change = if records.is_empty() { "DELETE" } else { "REPLACE" };
            let set = json!({"name": record.name, "type": "TXT", "ttl": self.ttl, "changetype": change, "records": records});
            let request = self.request("PATCH", &zone).json(&json!({"rrsets": [set]}));
            self.tools.ask("change records", &request).await?;
            // Those that copy the zone are to know at once.
            if matches!(&*kind, "Master" | "Slave" | "Primary" | "Secondary") {
                self.tools.ask("notify", &self.request("PUT", &format!("{zone}/notify"))).await?;
            }
            Ok(())
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
