//! The DNS providers there are, by the codes that lego gives them.

mod account;
mod acme_dns;
mod alidns;
mod azuredns;
mod bunny;
mod cloudflare;
mod desec;
mod digitalocean;
mod dnsimple;
mod duckdns;
mod exec;
mod gandi;
mod gcloud;
mod godaddy;
mod hetzner;
mod hostinger;
mod httpreq;
mod infomaniak;
mod ionos;
mod linode;
mod namecheap;
mod netcup;
mod numbered;
mod ovh;
mod pdns;
mod porkbun;
mod rfc2136;
mod route53;
mod scaleway;
mod set;
mod tencentcloud;
#[cfg(test)]
mod tests;
mod vultr;

use std::sync::Arc;
use std::time::Duration;

use super::{Dns, DnsError, Env, EnvError, Record, Resolver, Timing};
use windrose_courier::{Https, Request};

/// What providers work with.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub(crate) env: Env,
    pub(crate) https: Https,
    pub(crate) resolver: Resolver,
}

type Make = fn(&Tools) -> Result<Arc<dyn Dns>, DnsError>;

/// Every code with its provider.
static PROVIDERS: [(&str, Make); 31] = [
    ("acme-dns", acme_dns::make),
    ("acmedns", acme_dns::make),
    ("alidns", alidns::make),
    ("azuredns", azuredns::make),
    ("bunny", bunny::make),
    ("cloudflare", cloudflare::make),
    ("desec", desec::make),
    ("digitalocean", digitalocean::make),
    ("dnsimple", dnsimple::make),
    ("dnsupdate", rfc2136::make),
    ("duckdns", duckdns::make),
    ("exec", exec::make),
    ("gandiv5", gandi::make),
    ("gcloud", gcloud::make),
    ("godaddy", godaddy::make),
    ("hetzner", hetzner::make),
    ("hostinger", hostinger::make),
    ("httpreq", httpreq::make),
    ("infomaniak", infomaniak::make),
    ("ionos", ionos::make),
    ("linode", linode::make),
    ("namecheap", namecheap::make),
    ("netcup", netcup::make),
    ("ovh", ovh::make),
    ("pdns", pdns::make),
    ("porkbun", porkbun::make),
    ("rfc2136", rfc2136::make),
    ("route53", route53::make),
    ("scaleway", scaleway::make),
    ("tencentcloud", tencentcloud::make),
    ("vultr", vultr::make),
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

    /// Asks, and reads the answer as JSON; one without a body is nothing.
    async fn ask(&self, what: &'static str, request: &Request) -> Result<serde_json::Value, DnsError> {
        let answer = DnsError::check(what, self.https.send(request).await?)?;
        if answer.body.is_empty() { Ok(serde_json::Value::Null) } else { DnsError::json(what, &answer) }
    }

    /// The same for what need not be there.
    async fn look(&self, what: &'static str, request: &Request) -> Result<serde_json::Value, DnsError> {
        match self.ask(what, request).await {
            Err(DnsError::Refused(_, 404, _)) => Ok(serde_json::Value::Null),
            other => other,
        }
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
