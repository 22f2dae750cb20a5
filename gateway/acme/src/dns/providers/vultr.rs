//! Vultr.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::set::quoted;
use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Vultr {
    tools: Tools,
    base: String,
    key: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(Vultr {
        key: tools.env.need(&["VULTR_API_KEY"])?,
        base: tools.env.or(&["VULTR_BASE_URL"], "https://api.vultr.com")?,
        ttl: tools.ttl(&["VULTR"], 120)?,
        timing: tools.timing(&["VULTR"], 60, 2)?,
        tools: tools.clone(),
    }))
}

impl Vultr {
    fn request(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, format!("{}/v2/domains/{path}", self.base)).bearer(&self.key)
    }
}

impl Dns for Vultr {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let one = json!({"name": record.below(&zone), "type": "TXT", "data": quoted(&record.value),
                "ttl": self.ttl, "priority": 0});
            let request = self.request("POST", &format!("{zone}/records")).json(&one);
            let made = self.tools.ask("add a record", &request).await?;
            let id = text(&made, "/record/id");
            let id = id.ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            Ok(Placed(vec![zone, id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [zone, id] = &*placed.0 else { return Ok(()) };
            let request = self.request("DELETE", &format!("{zone}/records/{id}"));
            self.tools.ask("remove a record", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
