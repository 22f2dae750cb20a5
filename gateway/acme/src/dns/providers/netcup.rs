//! netcup: every change is made in a session of its own.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_courier::Request;

use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Netcup {
    tools: Tools,
    base: String,
    customer: String,
    key: String,
    password: String,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let [customer, key, password] =
        tools.env.need_all([&["NETCUP_CUSTOMER_NUMBER"], &["NETCUP_API_KEY"], &["NETCUP_API_PASSWORD"]])?;
    let base = "https://ccp.netcup.net/run/webservice/servers/endpoint.php?JSON";
    Ok(Arc::new(Netcup {
        base: tools.env.or(&["NETCUP_BASE_URL"], base)?,
        customer,
        key,
        password,
        timing: tools.timing(&["NETCUP"], 900, 30)?,
        tools: tools.clone(),
    }))
}

impl Netcup {
    async fn ask(&self, action: &'static str, mut param: Value) -> Result<Value, DnsError> {
        param["customernumber"] = json!(self.customer);
        param["apikey"] = json!(self.key);
        let request = Request::post(&self.base).json(&json!({"action": action, "param": param}));
        let mut answer = self.tools.ask(action, &request).await?;
        match answer["status"] == "success" {
            true => Ok(answer["responsedata"].take()),
            false => {
                let why = text(&answer, "/longmessage").unwrap_or_else(|| answer.to_string());
                Err(DnsError::Odd(action, why))
            }
        }
    }

    /// Does something in a session, which is ended whatever comes of it.
    async fn change(&self, record: &Record, mode: Mode) -> Result<(), DnsError> {
        let zone = self.tools.zone(record).await?;
        let begun = self.ask("login", json!({"apipassword": self.password})).await?;
        let session =
            text(&begun, "/apisessionid").ok_or_else(|| DnsError::Odd("login", "no session".into()))?;
        let done = self.change_in(&session, &zone, record, mode).await;
        if let Err(error) = self.ask("logout", json!({"apisessionid": session})).await {
            tracing::debug!(%error, "a session at netcup ends by itself");
        }
        done
    }

    async fn change_in(
        &self,
        session: &str,
        zone: &str,
        record: &Record,
        mode: Mode,
    ) -> Result<(), DnsError> {
        let name = record.below(zone);
        let records = match mode {
            Mode::Add => vec![json!({"hostname": name, "type": "TXT", "destination": record.value})],
            Mode::Remove => {
                let asked = json!({"apisessionid": session, "domainname": zone});
                let found = self.ask("infoDnsRecords", asked).await?;
                let is_ours = |one: &&Value| {
                    one["hostname"] == *name && one["type"] == "TXT" && one["destination"] == *record.value
                };
                let mut ours: Vec<Value> =
                    list(&found, "/dnsrecords").iter().filter(is_ours).cloned().collect();
                ours.iter_mut().for_each(|one| one["deleterecord"] = json!(true));
                ours
            }
        };
        if records.is_empty() {
            return Ok(());
        }
        let change =
            json!({"apisessionid": session, "domainname": zone, "dnsrecordset": {"dnsrecords": records}});
        self.ask("updateDnsRecords", change).await.map(drop)
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Add,
    Remove,
}

impl Dns for Netcup {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            self.change(record, Mode::Add).await?;
            Ok(Placed::default())
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(self.change(record, Mode::Remove))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
