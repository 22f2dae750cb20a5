//! DigitalOcean.

use std::sync::Arc;

use serde_json::json;

use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct DigitalOcean {
    tools: Tools,
    base: String,
    token: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(DigitalOcean {
        token: tools.env.need(&["DO_AUTH_TOKEN"])?,
        base: tools.env.or(&["DO_API_URL"], "https://api.digitalocean.com")?,
        ttl: tools.ttl(&["DO"], 30)?,
        timing: tools.timing(&["DO"], 60, 5)?,
        tools: tools.clone(),
    }))
}

impl Dns for DigitalOcean {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let body = json!({"type": "TXT", "name": record.name, "data": record.value, "ttl": self.ttl});
            let url = format!("{}/v2/domains/{zone}/records", self.base);
            let answer = self.tools.https.send(&Request::post(url).bearer(&self.token).json(&body)).await?;
            let made = DnsError::json("add a record", &DnsError::check("add a record", answer)?)?;
            let id = text(&made, "/domain_record/id");
            let id = id.ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            Ok(Placed(vec![zone, id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [zone, id] = &*placed.0 else { return Ok(()) };
            let url = format!("{}/v2/domains/{zone}/records/{id}", self.base);
            let request = Request::new("DELETE", url).bearer(&self.token);
            DnsError::check("remove a record", self.tools.https.send(&request).await?).map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
