//! Scaleway.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::Tools;
use super::set::quoted;
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Scaleway {
    tools: Tools,
    base: String,
    key: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(Scaleway {
        key: tools.env.need(&["SCW_SECRET_KEY", "SCALEWAY_API_TOKEN"])?,
        base: tools.env.or(&["SCALEWAY_BASE_URL"], "https://api.scaleway.com")?,
        ttl: tools.ttl(&["SCW", "SCALEWAY"], 60)?.max(60),
        timing: tools.timing(&["SCW", "SCALEWAY"], 120, 10)?,
        tools: tools.clone(),
    }))
}

impl Scaleway {
    async fn change(
        &self,
        what: &'static str,
        record: &Record,
        change: impl FnOnce(&str) -> Value,
    ) -> Result<(), DnsError> {
        let zone = self.tools.zone(record).await?;
        let body = json!({"changes": [change(&record.below(&zone))], "return_all_records": false,
            "disallow_new_zone_creation": true});
        let url = format!("{}/domain/v2beta1/dns-zones/{zone}/records", self.base);
        let request = Request::new("PATCH", url).with("X-Auth-Token", &self.key).json(&body);
        self.tools.ask(what, &request).await.map(drop)
    }
}

impl Dns for Scaleway {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let (data, ttl) = (quoted(&record.value), self.ttl);
            let change = |name: &str| json!({"add": {"records": [{"name": name, "type": "TXT", "data": data, "ttl": ttl}]}});
            self.change("add a record", record, change).await?;
            Ok(Placed::default())
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        let data = quoted(&record.value);
        let change =
            move |name: &str| json!({"delete": {"id_fields": {"name": name, "type": "TXT", "data": data}}});
        Box::pin(self.change("remove a record", record, change))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
