//! DNSimple.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Dnsimple {
    tools: Tools,
    base: String,
    token: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(Dnsimple {
        token: tools.env.need(&["DNSIMPLE_OAUTH_TOKEN"])?,
        base: tools.env.or(&["DNSIMPLE_BASE_URL"], "https://api.dnsimple.com")?,
        ttl: tools.ttl(&["DNSIMPLE"], 120)?,
        timing: tools.timing(&["DNSIMPLE"], 60, 2)?,
        tools: tools.clone(),
    }))
}

impl Dnsimple {
    fn request(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, format!("{}/v2/{path}", self.base)).bearer(&self.token)
    }
}

impl Dns for Dnsimple {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let who = self.tools.ask("say who we are", &self.request("GET", "whoami")).await?;
            let account = text(&who, "/data/account/id").ok_or_else(|| {
                DnsError::Other("DNSIMPLE_OAUTH_TOKEN is a user's token; give one of an account".into())
            })?;
            let one =
                json!({"name": record.below(&zone), "type": "TXT", "content": record.value, "ttl": self.ttl});
            let records = format!("{account}/zones/{zone}/records");
            let made = self.tools.ask("add a record", &self.request("POST", &records).json(&one)).await?;
            let id = text(&made, "/data/id");
            let id = id.ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            Ok(Placed(vec![records, id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [records, id] = &*placed.0 else { return Ok(()) };
            let request = self.request("DELETE", &format!("{records}/{id}"));
            self.tools.ask("remove a record", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
