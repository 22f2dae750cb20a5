//! Namecheap: there is no way to add one record, so all of a domain's are read and written back with one more.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::Tools;
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct Namecheap {
    tools: Tools,
    base: String,
    user: String,
    key: String,
    client: Option<String>,
    ttl: u64,
    timing: Timing,
    turn: Mutex<()>,
}

/// A record as Namecheap knows it: its attributes.
type Host = Vec<(String, String)>;

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let [user, key] = env.need_all([&["NAMECHEAP_API_USER"], &["NAMECHEAP_API_KEY"]])?;
    let base = match env.is_true("NAMECHEAP_SANDBOX") {
        true => "https://api.sandbox.namecheap.com/xml.response",
        false => "https://api.namecheap.com/xml.response",
    };
    Ok(Arc::new(Namecheap {
        base: env.or(&["NAMECHEAP_BASE_URL"], base)?,
        user,
        key,
        client: env.find(&["NAMECHEAP_CLIENT_IP"])?,
        ttl: tools.ttl(&["NAMECHEAP"], 120)?,
        timing: tools.timing(&["NAMECHEAP"], 3600, 15)?,
        turn: Mutex::new(()),
        tools: tools.clone(),
    }))
}

impl Namecheap {
    async fn ask(
        &self,
        what: &'static str,
        command: &str,
        more: &[(String, String)],
    ) -> Result<String, DnsError> {
        let client = self.client_ip().await?;
        let mut pairs = vec![
            ("ApiUser".to_owned(), self.user.clone()),
            ("ApiKey".to_owned(), self.key.clone()),
            ("UserName".to_owned(), self.user.clone()),
            ("Command".to_owned(), command.to_owned()),
            ("ClientIp".to_owned(), client),
        ];
        pairs.extend_from_slice(more);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let answer = self.tools.https.send(&Request::post(&self.base).form(&pairs)).await?;
        let answer = DnsError::check(what, answer)?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if text.contains("Status=\"OK\"") { Ok(text) } else { Err(DnsError::Odd(what, answer.text())) }
    }

    /// The address that Namecheap must have been told: the one that it sees us at.
    async fn client_ip(&self) -> Result<String, DnsError> {
        if let Some(known) = &self.client {
            return Ok(known.clone());
        }
        let asked = Request::get("https://dynamicdns.park-your-domain.com/getip");
        let answer = DnsError::check("tell our address", self.tools.https.send(&asked).await?)?;
        Ok(String::from_utf8_lossy(&answer.body).trim().to_owned())
    }

    async fn change(
        &self,
        record: &Record,
        change: impl FnOnce(&str, &mut Vec<Host>),
    ) -> Result<(), DnsError> {
        let _turn = self.turn.lock().await;
        let zone = self.tools.zone(record).await?;
        let (sld, tld) = zone.split_once('.').ok_or_else(|| DnsError::NoZone(zone.clone()))?;
        let domain = [("SLD".to_owned(), sld.to_owned()), ("TLD".to_owned(), tld.to_owned())];
        let found = self.ask("list records", "namecheap.domains.dns.getHosts", &domain).await?;
        let mut hosts = hosts(&found);
        change(&record.below(&zone), &mut hosts);
        let mut pairs = domain.to_vec();
        for (host, number) in hosts.iter().zip(1..) {
            for (theirs, ours) in ATTRIBUTES {
                if let Some((_, value)) = host.iter().find(|(name, _)| name == theirs) {
                    pairs.push((format!("{ours}{number}"), value.clone()));
                }
            }
        }
        self.ask("change records", "namecheap.domains.dns.setHosts", &pairs).await.map(drop)
    }
}

impl Dns for Namecheap {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let (value, ttl) = (record.value.clone(), self.ttl.to_string());
            let add = |name: &str, hosts: &mut Vec<Host>| {
                let one = [("Name", name), ("Type", "TXT"), ("Address", &value), ("TTL", &ttl)];
                hosts.push(one.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
            };
            self.change(record, add).await?;
            Ok(Placed::default())
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        let is_ours =
            move |host: &Host| host.iter().any(|(name, value)| name == "Address" && *value == record.value);
        Box::pin(self.change(record, move |_, hosts| hosts.retain(|host| !is_ours(host))))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}

/// The records in an answer: elements `<host Name="…" Type="…" …/>`.
fn hosts(text: &str) -> Vec<Host> {
    let elements = text.split("<host ").skip(1).filter_map(|rest| rest.split('>').next());
    elements.map(attributes).collect()
}

fn attributes(element: &str) -> Host {
    let mut rest = element;
    let mut found = Host::new();
    while let Some((name, after)) = rest.split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else { break };
        let value = value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
        found.push((name.trim().to_owned(), value.replace("&apos;", "'").replace("&amp;", "&")));
        rest = after;
    }
    found
}

/// What the attributes are called when they are written.
const ATTRIBUTES: [(&str, &str); 5] = [
    ("Name", "HostName"),
    ("Type", "RecordType"),
    ("Address", "Address"),
    ("MXPref", "MXPref"),
    ("TTL", "TTL"),
];
