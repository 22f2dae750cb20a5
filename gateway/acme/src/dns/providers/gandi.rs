//! Gandi (`gandiv5`).

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::set::{OneSet, Set, unquoted};
use super::{Tools, list};
use crate::dns::{Dns, DnsError, Doing, EnvError, Record, Timing};

struct Gandi {
    tools: Tools,
    base: String,
    authorization: String,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let token = env.find(&["GANDIV5_PERSONAL_ACCESS_TOKEN"])?;
    let authorization = match (token, env.find(&["GANDIV5_API_KEY"])?) {
        (Some(token), _) => format!("Bearer {token}"),
        (None, Some(key)) => format!("Apikey {key}"),
        (None, None) => return Err(EnvError::Missing("GANDIV5_PERSONAL_ACCESS_TOKEN".into()).into()),
    };
    Ok(Arc::new(OneSet::new(Gandi {
        base: env.or(&["GANDIV5_BASE_URL"], "https://dns.api.gandi.net/api/v5")?,
        authorization,
        ttl: tools.ttl(&["GANDIV5"], 300)?.max(300),
        timing: tools.timing(&["GANDIV5"], 1200, 20)?,
        tools: tools.clone(),
    })))
}

impl Gandi {
    fn request(&self, method: &'static str, url: &str) -> Request {
        Request::new(method, url).with("Authorization", &self.authorization)
    }
}

impl Set for Gandi {
    /// Where the set is.
    type Before = String;

    fn read<'a>(&'a self, record: &'a Record) -> Doing<'a, (Vec<String>, String)> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let url = format!("{}/domains/{zone}/records/{}/TXT", self.base, record.below(&zone));
            let found = self.tools.look("list records", &self.request("GET", &url)).await?;
            let values = list(&found, "/rrset_values").iter().filter_map(Value::as_str);
            Ok((values.map(unquoted).collect(), url))
        })
    }

    fn write<'a>(&'a self, _: &'a Record, texts: Vec<String>, url: String) -> Doing<'a, ()> {
        Box::pin(async move {
            let request = match texts.is_empty() {
                true => self.request("DELETE", &url),
                false => {
                    self.request("PUT", &url).json(&json!({"rrset_ttl": self.ttl, "rrset_values": texts}))
                }
            };
            self.tools.ask("change records", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
