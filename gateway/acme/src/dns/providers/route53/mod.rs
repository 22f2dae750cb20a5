//! Amazon Route 53. All texts of a name are one set, so that others of the same name are read first and kept.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::Tools;
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing, bare};
use windrose_courier::aws::Identity;
pub(super) use windrose_courier::sigv4::encode;
use windrose_courier::sigv4::{Scope, signed};
use windrose_courier::{Answer, Request};

struct Route53 {
    tools: Tools,
    base: String,
    zone: Option<String>,
    is_private: bool,
    waits: bool,
    identity: Identity,
    ttl: u64,
    timing: Timing,
    /// Two changes of one set at a time would lose one of them.
    turn: Mutex<()>,
}

/// What to do with a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let base = env.plain("AWS_ENDPOINT_URL_ROUTE_53").or_else(|| env.plain("AWS_ENDPOINT_URL"));
    Ok(Arc::new(Route53 {
        base: base.unwrap_or_else(|| "https://route53.amazonaws.com".into()),
        zone: env.plain("AWS_HOSTED_ZONE_ID").map(|id| id.trim_start_matches("/hostedzone/").to_owned()),
        is_private: env.is_true("AWS_PRIVATE_ZONE"),
        waits: env.plain("AWS_WAIT_FOR_RECORD_SETS_CHANGED").is_none()
            || env.is_true("AWS_WAIT_FOR_RECORD_SETS_CHANGED"),
        identity: Identity::of(&|name| env.plain(name))?,
        ttl: tools.ttl(&["AWS"], 10)?,
        timing: tools.timing(&["AWS"], 120, 4)?,
        turn: Mutex::new(()),
        tools: tools.clone(),
    }))
}

impl Route53 {
    async fn ask(
        &self,
        what: &'static str,
        method: &'static str,
        path: &str,
        body: &str,
    ) -> Result<Answer, DnsError> {
        let keys = self.identity.keys(&self.tools.https).await?;
        let mut request =
            Request::new(method, format!("{}/2013-04-01/{path}", self.base.trim_end_matches('/')));
        if !body.is_empty() {
            request = request.body("text/xml", body);
        }
        // Route 53 is one service for the whole world, which is in this region.
        let scope = Scope { service: "route53", region: "us-east-1" };
        let request = signed(request, &scope, &keys, jiff::Timestamp::now())?;
        DnsError::check(what, self.tools.https.send(&request).await?)
    }

    async fn zone(&self, record: &Record) -> Result<String, DnsError> {
        if let Some(zone) = &self.zone {
            return Ok(zone.clone());
        }
        let name = self.tools.zone(record).await?;
        let path = format!("hostedzonesbyname?dnsname={name}");
        let answer = self.ask("list zones", "GET", &path, "").await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let is_it = |zone: &&str| {
            let private = element(zone, "PrivateZone").is_some_and(|text| text == "true");
            element(zone, "Name").is_some_and(|found| bare(&found) == name) && private == self.is_private
        };
        let zone = elements(&text, "HostedZone").into_iter().find(is_it);
        let id = zone.and_then(|zone| element(zone, "Id"));
        let id = id.map(|id| id.trim_start_matches("/hostedzone/").to_owned());
        id.ok_or(DnsError::NoZone(name))
    }

    /// The texts that the name has, and how long they live.
    async fn texts(&self, zone: &str, record: &Record) -> Result<(Vec<String>, u64), DnsError> {
        let path = format!("hostedzone/{zone}/rrset?maxitems=1&name={}&type=TXT", record.name);
        let answer = self.ask("list records", "GET", &path, "").await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let is_it = |set: &&str| {
            element(set, "Name").is_some_and(|name| bare(&name).eq_ignore_ascii_case(record.bare()))
                && element(set, "Type").as_deref() == Some("TXT")
        };
        let Some(set) = elements(&text, "ResourceRecordSet").into_iter().find(is_it) else {
            return Ok((Vec::new(), self.ttl));
        };
        let ttl = element(set, "TTL").and_then(|ttl| ttl.parse().ok()).unwrap_or(self.ttl);
        Ok((elements(set, "Value").into_iter().map(unescape).collect(), ttl))
    }

    async fn change(&self, zone: &str, record: &Record, change: Change) -> Result<(), DnsError> {
        let _turn = self.turn.lock().await;
        let (before, ttl) = self.texts(zone, record).await?;
        let ours = format!("\"{}\"", record.value);
        let others: Vec<String> = before.iter().filter(|text| **text != ours).cloned().collect();
        let (action, texts, ttl) = match change {
            Change::Add => ("UPSERT", [others, vec![ours]].concat(), self.ttl),
            Change::Remove if !before.contains(&ours) => return Ok(()),
            Change::Remove if others.is_empty() => ("DELETE", before, ttl),
            Change::Remove => ("UPSERT", others, ttl),
        };
        let records: String = texts
            .iter()
            .map(|text| format!("<ResourceRecord><Value>{}</Value></ResourceRecord>", escape(text)))
            .collect();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
            <ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>\
            <Comment>Managed by Windrose</Comment><Changes><Change><Action>{action}</Action><ResourceRecordSet>\
            <Name>{}</Name><Type>TXT</Type><TTL>{ttl}</TTL><ResourceRecords>{records}</ResourceRecords>\
            </ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>",
            escape(&record.name)
        );
        let path = format!("hostedzone/{zone}/rrset/");
        let answer = self.ask("change records", "POST", &path, &body).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let id = element(&text, "Id").map(|id| id.trim_start_matches("/change/").to_owned());
        match id {
            Some(id) if self.waits && change == Change::Add => self.in_sync(&id).await,
            _ => Ok(()),
        }
    }

    /// Waits until all servers know of a change.
    async fn in_sync(&self, id: &str) -> Result<(), DnsError> {
        let end = Instant::now() + self.timing.limit;
        loop {
            let answer = self.ask("look at a change", "GET", &format!("change/{id}"), "").await?;
            if element(&String::from_utf8_lossy(&answer.body), "Status").as_deref() == Some("INSYNC") {
                return Ok(());
            }
            if Instant::now() + self.timing.interval > end {
                return Err(DnsError::Other(format!("Route 53 has not made the change {id} known in time")));
            }
            sleep(self.timing.interval).await;
        }
    }
}

impl Dns for Route53 {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.zone(record).await?;
            self.change(&zone, record, Change::Add).await?;
            Ok(Placed(vec![zone]))
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [zone] = &*placed.0 else { return Ok(()) };
            self.change(zone, record, Change::Remove).await
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}

/// What is inside each element of this name; elements of one name do not hold each other here.
fn elements<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((inside, after)) = rest.split_once(&open).and_then(|(_, rest)| rest.split_once(&close)) {
        found.push(inside);
        rest = after;
    }
    found
}

fn element(text: &str, name: &str) -> Option<String> {
    elements(text, name).first().map(|inside| unescape(inside))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn unescape(text: &str) -> String {
    let plain = text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&apos;", "'");
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
