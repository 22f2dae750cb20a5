//! IONOS.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Ionos {
    tools: Tools,
    base: String,
    key: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(Ionos {
        key: tools.env.need(&["IONOS_API_KEY"])?,
        base: tools.env.or(&["IONOS_BASE_URL"], "https://api.hosting.ionos.com/dns")?,
        ttl: tools.ttl(&["IONOS"], 300)?.max(300),
        timing: tools.timing(&["IONOS"], 900, 2)?,
        tools: tools.clone(),
    }))
}

impl Ionos {
    fn request(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, format!("{}/v1/zones{path}", self.base)).with("X-API-Key", &self.key)
    }
}

impl Dns for Ionos {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let name = self.tools.zone(record).await?;
            let zones = self.tools.ask("list zones", &self.request("GET", "")).await?;
            let zone = list(&zones, "").iter().find(|zone| zone["name"] == *name);
            let zone = zone.and_then(|zone| text(zone, "/id")).ok_or(DnsError::NoZone(name))?;
            let one =
                json!([{"name": record.bare(), "type": "TXT", "content": record.value, "ttl": self.ttl}]);
            let request = self.request("POST", &format!("/{zone}/records")).json(&one);
            let made = self.tools.ask("add a record", &request).await?;
            let id = text(&made, "/0/id").ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
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
