//! Duck DNS: one text for each domain, so that names are proved one after the other.

use std::sync::Arc;
use std::time::Duration;

use super::Tools;
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct DuckDns {
    tools: Tools,
    base: String,
    token: String,
    pause: Duration,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(DuckDns {
        token: tools.env.need(&["DUCKDNS_TOKEN"])?,
        base: tools.env.or(&["DUCKDNS_BASE_URL"], "https://www.duckdns.org/update")?,
        pause: tools.seconds(&["DUCKDNS"], "SEQUENCE_INTERVAL", 60)?,
        timing: tools.timing(&["DUCKDNS"], 60, 2)?,
        tools: tools.clone(),
    }))
}

impl DuckDns {
    async fn update(&self, record: &Record, what: &'static str, clear: bool) -> Result<(), DnsError> {
        let domain = main_domain(record.bare())?;
        let (token, txt) = (&self.token, if clear { "" } else { &record.value });
        let url = format!("{}?clear={clear}&domains={domain}&token={token}&txt={txt}", self.base);
        let answer = DnsError::check(what, self.tools.https.send(&Request::get(url)).await?)?;
        if answer.body.trim_ascii() == b"OK" {
            return Ok(());
        }
        Err(DnsError::Odd(what, answer.text()))
    }
}

impl Dns for DuckDns {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move { self.update(record, "set the text", false).await.map(|()| Placed::default()) })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(self.update(record, "clear the text", true))
    }

    fn timing(&self) -> Timing {
        self.timing
    }

    fn one_by_one(&self) -> Option<Duration> {
        Some(self.pause)
    }
}

/// The last three labels: all names below are the same for them.
fn main_domain(name: &str) -> Result<String, DnsError> {
    let name = name.to_ascii_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let last = labels.get(labels.len().saturating_sub(3)..).unwrap_or_default();
    if last.len() < 3 || !name.ends_with(".duckdns.org") {
        return Err(DnsError::NoZone(name));
    }
    Ok(last.join("."))
}
