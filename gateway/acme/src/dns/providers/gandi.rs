//! Gandi (`gandiv5`): all texts of a name are one set, which is read and written as a whole.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Mutex;

use super::{Tools, list};
use crate::dns::{Dns, DnsError, Doing, EnvError, Placed, Record, Timing};
use windrose_courier::Request;

struct Gandi {
    tools: Tools,
    base: String,
    authorization: String,
    ttl: u64,
    timing: Timing,
    turn: Mutex<()>,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let token = env.find(&["GANDIV5_PERSONAL_ACCESS_TOKEN"])?;
    let authorization = match (token, env.find(&["GANDIV5_API_KEY"])?) {
        (Some(token), _) => format!("Bearer {token}"),
        (None, Some(key)) => format!("Apikey {key}"),
        (None, None) => return Err(EnvError::Missing("GANDIV5_PERSONAL_ACCESS_TOKEN".into()).into()),
    };
    Ok(Arc::new(Gandi {
        base: env.or(&["GANDIV5_BASE_URL"], "https://dns.api.gandi.net/api/v5")?,
        authorization,
        ttl: tools.ttl(&["GANDIV5"], 300)?.max(300),
        timing: tools.timing(&["GANDIV5"], 1200, 20)?,
        turn: Mutex::new(()),
        tools: tools.clone(),
    }))
}

impl Gandi {
    async fn change(&self, record: &Record, change: impl FnOnce(&mut Vec<String>)) -> Result<(), DnsError> {
        let _turn = self.turn.lock().await;
        let zone = self.tools.zone(record).await?;
        let url = format!("{}/domains/{zone}/records/{}/TXT", self.base, record.below(&zone));
        let ask = |method, url: &str| Request::new(method, url).with("Authorization", &self.authorization);
        let answer = self.tools.https.send(&ask("GET", &url)).await?;
        let mut texts: Vec<String> = Vec::new();
        if answer.status != 404 {
            let found = DnsError::json("list records", &DnsError::check("list records", answer)?)?;
            let values = list(&found, "/rrset_values").iter().filter_map(|value| value.as_str());
            texts = values.map(|value| value.trim_matches('"').to_owned()).collect();
        }
        change(&mut texts);
        let request = match texts.is_empty() {
            true => ask("DELETE", &url),
            false => ask("PUT", &url).json(&json!({"rrset_ttl": self.ttl, "rrset_values": texts})),
        };
        DnsError::check("change records", self.tools.https.send(&request).await?).map(drop)
    }
}

impl Dns for Gandi {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            self.change(record, |texts| texts.push(record.value.clone())).await?;
            Ok(Placed::default())
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(self.change(record, |texts| texts.retain(|text| *text != record.value)))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
