//! DNSimple.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::account::{Account, Usual};
use super::numbered::{ByNumber, Numbered, added};
use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Record};

struct Dnsimple(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 120, least_ttl: 0, limit: 60, interval: 2 };
    let address = ("DNSIMPLE_BASE_URL", "https://api.dnsimple.com");
    Ok(Arc::new(ByNumber(Dnsimple(Account::new(
        tools,
        "DNSIMPLE",
        "DNSIMPLE_OAUTH_TOKEN",
        address,
        &usual,
    )?))))
}

impl Numbered for Dnsimple {
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
            let who = self.signed(Request::get(format!("{base}/v2/whoami")));
            let who = tools.ask("say who we are", &who).await?;
            let account = text(&who, "/data/account/id").ok_or_else(|| {
                DnsError::Other("DNSIMPLE_OAUTH_TOKEN is a user's token; give one of an account".into())
            })?;
            let one =
                json!({"name": record.below(&zone), "type": "TXT", "content": record.value, "ttl": ttl});
            added(self, "POST", &format!("{base}/v2/{account}/zones/{zone}/records"), &one, "/data/id").await
        })
    }
}
