//! deSEC.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::account::{Account, Usual};
use super::set::{OneSet, Set, quoted, unquoted};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Record, Timing};

struct Desec(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 3600, least_ttl: 0, limit: 120, interval: 4 };
    let address = ("DESEC_BASE_URL", "https://desec.io/api/v1");
    Ok(Arc::new(OneSet::new(Desec(Account::new(tools, "DESEC", "DESEC_TOKEN", address, &usual)?))))
}

impl Desec {
    fn request(&self, method: &'static str, path: &str) -> Request {
        let url = format!("{}/domains/{path}", self.0.base);
        Request::new(method, url).with("Authorization", format!("Token {}", self.0.secret))
    }
}

impl Set for Desec {
    /// The domain, and the name below it.
    type Before = (String, String);

    fn read<'a>(&'a self, record: &'a Record) -> Doing<'a, (Vec<String>, Self::Before)> {
        Box::pin(async move {
            let found = self.request("GET", &format!("?owns_qname={}", record.bare()));
            let found = self.0.tools.ask("list domains", &found).await?;
            let domain = text(&found, "/0/name").ok_or_else(|| DnsError::NoZone(record.name.clone()))?;
            let below = record.below(&domain);
            let set = self.request("GET", &format!("{domain}/rrsets/{below}/TXT/"));
            let set = self.0.tools.look("list records", &set).await?;
            let texts = list(&set, "/records").iter().filter_map(Value::as_str).map(unquoted).collect();
            Ok((texts, (domain, below)))
        })
    }

    fn write<'a>(&'a self, _: &'a Record, texts: Vec<String>, before: Self::Before) -> Doing<'a, ()> {
        Box::pin(async move {
            let (domain, below) = before;
            let below = if below == "@" { "" } else { &below };
            let texts: Vec<String> = texts.iter().map(|one| quoted(one)).collect();
            // In a list: a set that is not there is made, and one without texts is removed.
            let sets = json!([{"subname": below, "type": "TXT", "ttl": self.0.ttl, "records": texts}]);
            let request = self.request("PATCH", &format!("{domain}/rrsets/")).json(&sets);
            self.0.tools.ask("change records", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.0.timing
    }
}
