//! Linode.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Linode {
    tools: Tools,
    base: String,
    token: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(Linode {
        token: tools.env.need(&["LINODE_TOKEN"])?,
        base: tools.env.or(&["LINODE_BASE_URL"], "https://api.linode.com/v4")?,
        ttl: tools.ttl(&["LINODE"], 300)?.max(300),
        timing: tools.timing(&["LINODE"], 120, 15)?,
        tools: tools.clone(),
    }))
}

impl Linode {
    fn request(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, format!("{}/domains{path}", self.base)).bearer(&self.token)
    }
}

impl Dns for Linode {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let name = self.tools.zone(record).await?;
            let filter = json!({"domain": name}).to_string();
            let found =
                self.tools.ask("list domains", &self.request("GET", "").with("X-Filter", filter)).await?;
            let domain = text(&found, "/data/0/id").ok_or(DnsError::NoZone(name))?;
            let one =
                json!({"type": "TXT", "name": record.bare(), "target": record.value, "ttl_sec": self.ttl});
            let request = self.request("POST", &format!("/{domain}/records")).json(&one);
            let made = self.tools.ask("add a record", &request).await?;
            let id = text(&made, "/id").ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            Ok(Placed(vec![domain, id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [domain, id] = &*placed.0 else { return Ok(()) };
            let request = self.request("DELETE", &format!("/{domain}/records/{id}"));
            self.tools.ask("remove a record", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
