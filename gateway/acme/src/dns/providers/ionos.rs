//! IONOS.

use std::sync::Arc;

use serde_json::json;
use windrose_courier::Request;

use super::account::{Account, Usual};
use super::numbered::{ByNumber, Numbered, added};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Record};

struct Ionos(Account);

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let usual = Usual { ttl: 300, least_ttl: 300, limit: 900, interval: 2 };
    let address = ("IONOS_BASE_URL", "https://api.hosting.ionos.com/dns");
    Ok(Arc::new(ByNumber(Ionos(Account::new(tools, "IONOS", "IONOS_API_KEY", address, &usual)?))))
}

impl Numbered for Ionos {
    fn account(&self) -> &Account {
        &self.0
    }

    fn signed(&self, request: Request) -> Request {
        request.with("X-API-Key", &self.0.secret)
    }

    fn add<'a>(&'a self, record: &'a Record) -> Doing<'a, String> {
        Box::pin(async move {
            let Account { tools, base, ttl, .. } = &self.0;
            let name = tools.zone(record).await?;
            let zones = self.signed(Request::get(format!("{base}/v1/zones")));
            let zones = tools.ask("list zones", &zones).await?;
            let zone = list(&zones, "").iter().find(|zone| zone["name"] == *name);
            let zone = zone.and_then(|zone| text(zone, "/id")).ok_or(DnsError::NoZone(name))?;
            let one = json!([{"name": record.bare(), "type": "TXT", "content": record.value, "ttl": ttl}]);
            added(self, "POST", &format!("{base}/v1/zones/{zone}/records"), &one, "/0/id").await
        })
    }
}
