//! Cloudflare: a token, or mail address and global key.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct Cloudflare {
    tools: Tools,
    base: String,
    records: Credentials,
    zones: Credentials,
    ttl: u64,
    timing: Timing,
}

enum Credentials {
    Token(String),
    Global { mail: String, key: String },
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let mail = env.find(&["CLOUDFLARE_EMAIL", "CF_API_EMAIL"])?;
    let key = env.find(&["CLOUDFLARE_API_KEY", "CF_API_KEY"])?;
    let (records, zones) = match (mail, key) {
        (Some(mail), Some(key)) => {
            let same = || Credentials::Global { mail: mail.clone(), key: key.clone() };
            (same(), same())
        }
        (mail, key) => {
            let Some(token) = env.find(&["CLOUDFLARE_DNS_API_TOKEN", "CF_DNS_API_TOKEN"])? else {
                let missing = match (mail, key) {
                    (Some(_), _) => "CF_API_KEY (or CLOUDFLARE_API_KEY) beside CF_API_EMAIL",
                    (_, Some(_)) => "CF_API_EMAIL (or CLOUDFLARE_EMAIL) beside CF_API_KEY",
                    _ => {
                        "CF_DNS_API_TOKEN (or CLOUDFLARE_DNS_API_TOKEN), or CF_API_EMAIL and CF_API_KEY in its place"
                    }
                };
                return Err(crate::dns::EnvError::Missing(missing.into()).into());
            };
            let zones = env.or(&["CLOUDFLARE_ZONE_API_TOKEN", "CF_ZONE_API_TOKEN"], &token)?;
            (Credentials::Token(token), Credentials::Token(zones))
        }
    };
    let prefixes = ["CLOUDFLARE", "CF"];
    Ok(Arc::new(Cloudflare {
        base: env.or(&["CLOUDFLARE_BASE_URL"], "https://api.cloudflare.com/client/v4")?,
        records,
        zones,
        ttl: tools.ttl(&prefixes, 120)?,
        timing: tools.timing(&prefixes, 120, 2)?,
        tools: tools.clone(),
    }))
}

impl Credentials {
    fn sign(&self, request: Request) -> Request {
        match self {
            Self::Token(token) => request.bearer(token),
            Self::Global { mail, key } => request.with("X-Auth-Email", mail).with("X-Auth-Key", key),
        }
    }
}

impl Cloudflare {
    async fn ask(&self, what: &'static str, who: &Credentials, request: Request) -> Result<Value, DnsError> {
        let answer = self.tools.https.send(&who.sign(request)).await?;
        let value = DnsError::json(what, &DnsError::check(what, answer)?)?;
        if value.pointer("/success") == Some(&Value::Bool(false)) {
            return Err(DnsError::Odd(what, value.pointer("/errors").unwrap_or(&Value::Null).to_string()));
        }
        Ok(value)
    }

    async fn zone(&self, record: &Record) -> Result<String, DnsError> {
        let name = self.tools.zone(record).await?;
        let request = Request::get(format!("{}/zones?name={name}&per_page=50", self.base));
        let found = self.ask("list zones", &self.zones, request).await?;
        let id = list(&found, "/result").first().and_then(|zone| text(zone, "/id"));
        id.ok_or(DnsError::NoZone(name))
    }
}

impl Dns for Cloudflare {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.zone(record).await?;
            let content = format!("\"{}\"", record.value);
            let body = json!({"type": "TXT", "name": record.bare(), "content": content, "ttl": self.ttl});
            let request = Request::post(format!("{}/zones/{zone}/dns_records", self.base)).json(&body);
            let made = self.ask("add a record", &self.records, request).await?;
            let id = text(&made, "/result/id");
            let id = id.ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            Ok(Placed(vec![zone, id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [zone, id] = &*placed.0 else { return Ok(()) };
            let request = Request::new("DELETE", format!("{}/zones/{zone}/dns_records/{id}", self.base));
            self.ask("remove a record", &self.records, request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
