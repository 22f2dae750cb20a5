//! Bunny.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Bunny {
    tools: Tools,
    base: String,
    key: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(Bunny {
        key: tools.env.need(&["BUNNY_API_KEY"])?,
        base: tools.env.or(&["BUNNY_BASE_URL"], "https://api.bunny.net")?,
        ttl: tools.ttl(&["BUNNY"], 60)?.max(60),
        timing: tools.timing(&["BUNNY"], 120, 2)?,
        tools: tools.clone(),
    }))
}

impl Bunny {
    fn request(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, format!("{}/dnszone{path}", self.base)).with("AccessKey", &self.key)
    }
}

impl Dns for Bunny {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let name = self.tools.zone(record).await?;
            let found = self.request("GET", &format!("?page=1&perPage=1000&search={name}"));
            let found = self.tools.ask("list zones", &found).await?;
            let is_it = |zone: &&Value| zone["Domain"] == *name;
            let zone = list(&found, "/Items").iter().find(is_it).and_then(|zone| text(zone, "/Id"));
            let zone = zone.ok_or_else(|| DnsError::NoZone(name.clone()))?;
            let below = record.below(&name);
            let below = if below == "@" { "" } else { &below };
            let one = json!({"Type": TXT, "Name": below, "Value": record.value, "Ttl": self.ttl});
            let request = self.request("PUT", &format!("/{zone}/records")).json(&one);
            let made = self.tools.ask("add a record", &request).await?;
            let id = text(&made, "/Id").ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            Ok(Placed(vec![zone, id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [zone, id] = &*placed.0 else { return Ok(()) };
            let request = self.request("DELETE", &format!("/{zone}/records/{id}"));
            self.tools.ask("remove a record", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}

/// What they call this kind of record.
const TXT: u8 = 3;
