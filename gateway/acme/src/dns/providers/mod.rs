//! The DNS providers there are, by the codes that lego gives them.

mod acme_dns;
mod alidns;
mod azuredns;
mod cloudflare;
mod digitalocean;
mod duckdns;
mod exec;
mod gandi;
mod gcloud;
mod godaddy;
mod hetzner;
mod httpreq;
mod namecheap;
mod ovh;
mod porkbun;
mod rfc2136;
mod route53;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::{Dns, DnsError, Env, EnvError, Record, Resolver, Timing};
use windrose_courier::Https;

/// What providers work with.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub(crate) env: Env,
    pub(crate) https: Https,
    pub(crate) resolver: Resolver,
}

type Make = fn(&Tools) -> Result<Arc<dyn Dns>, DnsError>;

/// Every code with its provider.
static PROVIDERS: [(&str, Make); 19] = [
    ("acme-dns", acme_dns::make),
    ("acmedns", acme_dns::make),
    ("alidns", alidns::make),
    ("azuredns", azuredns::make),
    ("cloudflare", cloudflare::make),
    ("digitalocean", digitalocean::make),
    ("dnsupdate", rfc2136::make),
    ("duckdns", duckdns::make),
    ("exec", exec::make),
    ("gandiv5", gandi::make),
    ("gcloud", gcloud::make),
    ("godaddy", godaddy::make),
    ("hetzner", hetzner::make),
    ("httpreq", httpreq::make),
    ("namecheap", namecheap::make),
    ("ovh", ovh::make),
    ("porkbun", porkbun::make),
    ("rfc2136", rfc2136::make),
    ("route53", route53::make),
];

/// Whether there is a provider of this code.
pub(crate) fn is_known(code: &str) -> bool {
    PROVIDERS.iter().any(|(known, _)| *known == code)
}

/// The codes of all providers, sorted.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = PROVIDERS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names
}

/// The provider of this code, with its variables read.
pub(crate) fn make(code: &str, tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    match PROVIDERS.iter().find(|(known, _)| *known == code) {
        Some((_, make)) => make(tools),
        None => {
            Err(DnsError::Other(format!("there is no DNS provider {code}; there are {}", names().join(", "))))
        }
    }
}

impl Tools {
    /// The variables that most providers have: `PREFIX_PROPAGATION_TIMEOUT` and `PREFIX_POLLING_INTERVAL`.
    fn timing(&self, prefixes: &[&str], limit: u64, interval: u64) -> Result<Timing, EnvError> {
        Ok(Timing {
            limit: self.seconds(prefixes, "PROPAGATION_TIMEOUT", limit)?,
            interval: self.seconds(prefixes, "POLLING_INTERVAL", interval)?,
        })
    }

    fn seconds(&self, prefixes: &[&str], name: &str, default: u64) -> Result<Duration, EnvError> {
        self.number(prefixes, name, default).map(Duration::from_secs)
    }

    fn ttl(&self, prefixes: &[&str], default: u64) -> Result<u64, EnvError> {
        self.number(prefixes, "TTL", default)
    }

    fn number(&self, prefixes: &[&str], name: &str, default: u64) -> Result<u64, EnvError> {
        let names: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix}_{name}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.env.number(&names, default)
    }

    /// The zone of a record, without its final dot.
    async fn zone(&self, record: &Record) -> Result<String, DnsError> {
        self.resolver.zone(&record.name).await.map(|zone| super::bare(&zone).to_owned())
    }
}

/// A list inside JSON; nothing is the same as an empty one.
fn list<'v>(value: &'v serde_json::Value, path: &str) -> &'v [serde_json::Value] {
    value.pointer(path).and_then(serde_json::Value::as_array).map_or(&[], Vec::as_slice)
}

/// Text inside JSON, a number's too.
fn text(value: &serde_json::Value, path: &str) -> Option<String> {
    match value.pointer(path)? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
