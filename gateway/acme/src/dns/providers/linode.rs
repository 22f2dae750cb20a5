//! Linode.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::account::{Account, Usual};
use super::numbered::{ByNumber, Numbered, added};
use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Record};

struct Linode(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 300, least_ttl: 300, limit: 120, interval: 15 };
    let address = ("LINODE_BASE_URL", "https://api.linode.com/v4");
    Ok(Arc::new(ByNumber(Linode(Account::new(tools, "LINODE", "LINODE_TOKEN", address, &usual)?))))
}

impl Numbered for Linode {
    fn account(&self) -> &Account {
        &self.0
    }

    fn signed(&self, request: Request) -> Request {
        request.bearer(&self.0.secret)
    }

    fn add<'a>(&'a self, record: &'a Record) -> Doing<'a, String> {
        Box::pin(async move {
            let Account { tools, base, ttl, .. } = &self.0;
            let name = tools.zone(record).await?;
            let filter = json!({"domain": name}).to_string();
            let found = self.signed(Request::get(format!("{base}/domains")).with("X-Filter", filter));
            let found = tools.ask("list domains", &found).await?;
            let domain = text(&found, "/data/0/id").ok_or(DnsError::NoZone(name))?;
            let one = json!({"type": "TXT", "name": record.bare(), "target": record.value, "ttl_sec": ttl});
            added(self, "POST", &format!("{base}/domains/{domain}/records"), &one, "/id").await
        })
    }
}
