//! DigitalOcean.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::Tools;
use super::account::{Account, Usual};
use super::numbered::{ByNumber, Numbered, added};
use crate::dns::{Dns, DnsError, Doing, Record};

struct DigitalOcean(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 30, least_ttl: 0, limit: 60, interval: 5 };
    let address = ("DO_API_URL", "https://api.digitalocean.com");
    Ok(Arc::new(ByNumber(DigitalOcean(Account::new(tools, "DO", "DO_AUTH_TOKEN", address, &usual)?))))
}

impl Numbered for DigitalOcean {
    fn account(&self) -> &Account {
        &self.0
    }

    fn signed(&self, request: Request) -> Request {
        request.bearer(&self.0.secret)
    }

    fn add<'a>(&'a self, record: &'a Record) -> Doing<'a, String> {
        Box::pin(async move {
            let Account { tools, base, ttl, .. } = &self.0;
            let zone = tools.zone(record).await?;
            let one = json!({"type": "TXT", "name": record.name, "data": record.value, "ttl": ttl});
            let records = format!("{base}/v2/domains/{zone}/records");
            added(self, "POST", &records, &one, "/domain_record/id").await
        })
    }
}
