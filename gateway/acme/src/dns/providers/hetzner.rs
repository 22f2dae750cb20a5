//! Hetzner: the DNS of their cloud (`HETZNER_API_TOKEN`), or their older one (`HETZNER_API_KEY`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct Hetzner {
    tools: Tools,
    base: String,
    access: Access,
    ttl: u64,
    timing: Timing,
}

enum Access {
    Cloud(String),
    Older(String),
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let (access, base) = match env.find(&["HETZNER_API_TOKEN"])? {
        Some(token) => (Access::Cloud(token), "https://api.hetzner.cloud/v1"),
        None => (
            Access::Older(env.need(&["HETZNER_API_KEY"]).map_err(|_| {
                crate::dns::EnvError::Missing("HETZNER_API_TOKEN (or the older HETZNER_API_KEY)".into())
            })?),
            "https://dns.hetzner.com/api/v1",
        ),
    };
    Ok(Arc::new(Hetzner {
        base: env.or(&["HETZNER_BASE_URL"], base)?,
        access,
        ttl: tools.ttl(&["HETZNER"], 60)?,
        timing: tools.timing(&["HETZNER"], 120, 2)?,
        tools: tools.clone(),
    }))
}

impl Hetzner {
    async fn ask(&self, what: &'static str, request: Request) -> Result<Value, DnsError> {
        let request = match &self.access {
            Access::Cloud(token) => request.bearer(token),
            Access::Older(key) => request.with("Auth-API-Token", key),
        };
        let answer = DnsError::check(what, self.tools.https.send(&request).await?)?;
        Ok(answer.json().unwrap_or_default())
    }

    /// In the cloud, texts of a name are one set to which texts are added and from which they are taken.
    async fn change(&self, record: &Record, how: &'static str) -> Result<String, DnsError> {
        let zone = self.tools.zone(record).await?;
        let name = record.below(&zone);
        let mut body = json!({"records": [{"value": format!("\"{}\"", record.value)}]});
        if how == ADD {
            body["ttl"] = json!(self.ttl);
        }
        let url = format!("{}/zones/{zone}/rrsets/{name}/TXT/actions/{how}", self.base);
        self.ask(how, Request::post(url).json(&body)).await?;
        Ok(zone)
    }

    async fn older(&self, record: &Record) -> Result<Placed, DnsError> {
        let zone = self.tools.zone(record).await?;
        let found = self.ask("list zones", Request::get(format!("{}/zones?name={zone}", self.base))).await?;
        let zones = list(&found, "/zones");
        let id = zones.iter().find(|one| text(one, "/name").as_deref() == Some(&zone));
        let id = id.and_then(|one| text(one, "/id")).ok_or_else(|| DnsError::NoZone(zone.clone()))?;
        let body = json!({"zone_id": id, "type": "TXT", "name": record.below(&zone), "value": record.value, "ttl": self.ttl});
        let made =
            self.ask("add a record", Request::post(format!("{}/records", self.base)).json(&body)).await?;
        let id = text(&made, "/record/id");
        Ok(Placed(vec![id.ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?]))
    }
}

impl Dns for Hetzner {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            match &self.access {
                Access::Cloud(_) => self.change(record, ADD).await.map(|zone| Placed(vec![zone])),
                Access::Older(_) => self.older(record).await,
            }
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            match (&self.access, placed.0.first()) {
                (Access::Cloud(_), _) => self.change(record, REMOVE).await.map(drop),
                (Access::Older(_), Some(id)) => {
                    let request = Request::new("DELETE", format!("{}/records/{id}", self.base));
                    self.ask("remove a record", request).await.map(drop)
                }
                (Access::Older(_), None) => Ok(()),
            }
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}

const ADD: &str = "add_records";
const REMOVE: &str = "remove_records";
