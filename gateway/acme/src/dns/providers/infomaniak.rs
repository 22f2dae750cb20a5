//! Infomaniak.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::account::{Account, Usual};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Infomaniak(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 300, least_ttl: 0, limit: 120, interval: 10 };
    let address = ("INFOMANIAK_ENDPOINT", "https://api.infomaniak.com");
    Ok(Arc::new(Infomaniak(Account::new(tools, "INFOMANIAK", "INFOMANIAK_ACCESS_TOKEN", address, &usual)?)))
}

impl Infomaniak {
    async fn ask(&self, what: &'static str, request: Request) -> Result<Value, DnsError> {
        let value = self.0.tools.ask(what, &request.bearer(&self.0.secret)).await?;
        match value["result"] == "success" {
            true => Ok(value),
            false => Err(DnsError::Odd(what, value.to_string())),
        }
    }

    /// The domain with its number: they call the domain that was bought so, which need not be the zone.
    async fn domain(&self, record: &Record) -> Result<(String, String), DnsError> {
        let mut name = record.bare();
        while name.contains('.') {
            let url = format!("{}/1/product?service_name=domain&customer_name={name}", self.0.base);
            let found = self.ask("list domains", Request::get(url)).await?;
            let one = list(&found, "/data").iter().find(|one| one["customer_name"] == *name);
            if let Some(id) = one.and_then(|one| text(one, "/id")) {
                return Ok((name.to_owned(), id));
            }
            name = name.split_once('.').map_or("", |(_, above)| above);
        }
        Err(DnsError::NoZone(record.name.clone()))
    }
}

impl Dns for Infomaniak {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let (name, domain) = self.domain(record).await?;
            let one = json!({"source": record.below(&name), "target": record.value, "type": "TXT", "ttl": self.0.ttl});
            let records = format!("{}/1/domain/{domain}/dns/record", self.0.base);
            let made = self.ask("add a record", Request::post(&records).json(&one)).await?;
            let id = text(&made, "/data").ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            Ok(Placed(vec![format!("{records}/{id}")]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [url] = &*placed.0 else { return Ok(()) };
            self.ask("remove a record", Request::new("DELETE", url)).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.0.timing
    }
}
