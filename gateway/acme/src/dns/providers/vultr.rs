//! Vultr.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::Tools;
use super::account::{Account, Usual};
use super::numbered::{ByNumber, Numbered, added};
use super::set::quoted;
use crate::dns::{Dns, DnsError, Doing, Record};

struct Vultr(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 120, least_ttl: 0, limit: 60, interval: 2 };
    let address = ("VULTR_BASE_URL", "https://api.vultr.com");
    Ok(Arc::new(ByNumber(Vultr(Account::new(tools, "VULTR", "VULTR_API_KEY", address, &usual)?))))
}

impl Numbered for Vultr {
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
            let one = json!({"name": record.below(&zone), "type": "TXT", "data": quoted(&record.value), "ttl": ttl,
                "priority": 0});
            added(self, "POST", &format!("{base}/v2/domains/{zone}/records"), &one, "/record/id").await
        })
    }
}
