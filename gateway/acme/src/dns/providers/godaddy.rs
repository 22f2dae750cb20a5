//! GoDaddy.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::set::{OneSet, Set};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Record, Timing};

struct GoDaddy {
    tools: Tools,
    base: String,
    authorization: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let [key, secret] = tools.env.need_all([&["GODADDY_API_KEY"], &["GODADDY_API_SECRET"]])?;
    Ok(Arc::new(OneSet::new(GoDaddy {
        base: tools.env.or(&["GODADDY_BASE_URL"], "https://api.godaddy.com")?,
        authorization: format!("sso-key {key}:{secret}"),
        ttl: tools.ttl(&["GODADDY"], 600)?.max(600),
        timing: tools.timing(&["GODADDY"], 120, 2)?,
        tools: tools.clone(),
    })))
}

impl GoDaddy {
    fn request(&self, method: &'static str, url: &str) -> Request {
        Request::new(method, url).with("Authorization", &self.authorization)
    }
}

impl Set for GoDaddy {
    /// Where the set is, and what was in it: others may live longer than ours.
    type Before = (String, Vec<Value>);

    fn read<'a>(&'a self, record: &'a Record) -> Doing<'a, (Vec<String>, Self::Before)> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let url = format!("{}/v1/domains/{zone}/records/TXT/{}", self.base, record.below(&zone));
            let found = self.tools.ask("list records", &self.request("GET", &url)).await?;
            let records = list(&found, "").to_vec();
            Ok((records.iter().filter_map(|one| text(one, "/data")).collect(), (url, records)))
        })
    }

    fn write<'a>(&'a self, _: &'a Record, texts: Vec<String>, before: Self::Before) -> Doing<'a, ()> {
        Box::pin(async move {
            let (url, before) = before;
            let known = |wanted: &str| before.iter().find(|one| one["data"] == *wanted).cloned();
            let records =
                texts.iter().map(|one| known(one).unwrap_or_else(|| json!({"data": one, "ttl": self.ttl})));
            let request = match texts.is_empty() {
                true => self.request("DELETE", &url),
                false => self.request("PUT", &url).json(&records.collect()),
            };
            self.tools.ask("change records", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
