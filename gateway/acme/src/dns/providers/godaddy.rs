//! GoDaddy: all texts of a name are one set, which is read and written as a whole.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Tools;
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct GoDaddy {
    tools: Tools,
    base: String,
    authorization: String,
    ttl: u64,
    timing: Timing,
    turn: Mutex<()>,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let [key, secret] = tools.env.need_all([&["GODADDY_API_KEY"], &["GODADDY_API_SECRET"]])?;
    Ok(Arc::new(GoDaddy {
        base: tools.env.or(&["GODADDY_BASE_URL"], "https://api.godaddy.com")?,
        authorization: format!("sso-key {key}:{secret}"),
        ttl: tools.ttl(&["GODADDY"], 600)?.max(600),
        timing: tools.timing(&["GODADDY"], 120, 2)?,
        turn: Mutex::new(()),
        tools: tools.clone(),
    }))
}

impl GoDaddy {
    async fn change(&self, record: &Record, change: impl FnOnce(&mut Vec<Value>)) -> Result<(), DnsError> {
        let _turn = self.turn.lock().await;
        let zone = self.tools.zone(record).await?;
        let url = format!("{}/v1/domains/{zone}/records/TXT/{}", self.base, record.below(&zone));
        let ask = |method| Request::new(method, &url).with("Authorization", &self.authorization);
        let found = DnsError::check("list records", self.tools.https.send(&ask("GET")).await?)?;
        let found = DnsError::json("list records", &found)?;
        let mut records = found.as_array().cloned().unwrap_or_default();
        change(&mut records);
        let request = match records.is_empty() {
            true => ask("DELETE"),
            false => ask("PUT").json(&Value::Array(records)),
        };
        DnsError::check("change records", self.tools.https.send(&request).await?).map(drop)
    }
}

impl Dns for GoDaddy {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let one = json!({"data": record.value, "ttl": self.ttl});
            self.change(record, |records| records.push(one)).await?;
            Ok(Placed::default())
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(self.change(record, |records| records.retain(|one| one["data"] != json!(record.value))))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
