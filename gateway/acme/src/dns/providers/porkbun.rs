//! Porkbun.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct Porkbun {
    tools: Tools,
    base: String,
    key: String,
    secret: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let [secret, key] = tools.env.need_all([&["PORKBUN_SECRET_API_KEY"], &["PORKBUN_API_KEY"]])?;
    Ok(Arc::new(Porkbun {
        base: tools.env.or(&["PORKBUN_BASE_URL"], "https://api.porkbun.com/api/json/v3")?,
        key,
        secret,
        ttl: tools.ttl(&["PORKBUN"], 300)?,
        timing: tools.timing(&["PORKBUN"], 600, 10)?,
        tools: tools.clone(),
    }))
}

impl Porkbun {
    async fn ask(&self, what: &'static str, path: &str, mut body: Value) -> Result<Value, DnsError> {
        body["apikey"] = json!(self.key);
        body["secretapikey"] = json!(self.secret);
        let request = Request::post(format!("{}/dns/{path}", self.base)).json(&body);
        let answer = DnsError::check(what, self.tools.https.send(&request).await?)?;
        let value = DnsError::json(what, &answer)?;
        match text(&value, "/status").as_deref() {
            Some("SUCCESS") => Ok(value),
            _ => Err(DnsError::Odd(what, answer.text())),
        }
    }
}

impl Dns for Porkbun {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let below = record.below(&zone);
            let name = if below == "@" { "" } else { &below };
            let ttl = self.ttl.to_string();
            let body = json!({"name": name, "type": "TXT", "content": record.value, "ttl": ttl});
            let made = self.ask("add a record", &format!("create/{zone}"), body).await?;
            let id = text(&made, "/id").ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            Ok(Placed(vec![zone, id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [zone, id] = &*placed.0 else { return Ok(()) };
            self.ask("remove a record", &format!("delete/{zone}/{id}"), json!({})).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
