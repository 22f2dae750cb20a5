//! Tencent Cloud (DNSPod), signed with their third form (TC3-HMAC-SHA256).

use std::sync::Arc;

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use windrose_courier::Request;

use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use crate::keys::sha256;

struct Tencent {
    tools: Tools,
    base: String,
    id: String,
    key: String,
    token: Option<String>,
    region: Option<String>,
    ttl: u64,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let [id, key] = env.need_all([&["TENCENTCLOUD_SECRET_ID"], &["TENCENTCLOUD_SECRET_KEY"]])?;
    Ok(Arc::new(Tencent {
        base: env.or(&["TENCENTCLOUD_BASE_URL"], "https://dnspod.tencentcloudapi.com")?,
        id,
        key,
        token: env.find(&["TENCENTCLOUD_SESSION_TOKEN"])?,
        region: env.find(&["TENCENTCLOUD_REGION"])?,
        ttl: tools.ttl(&["TENCENTCLOUD"], 600)?,
        timing: tools.timing(&["TENCENTCLOUD"], 60, 2)?,
        tools: tools.clone(),
    }))
}

impl Tencent {
    async fn ask(&self, action: &'static str, body: &Value) -> Result<Value, DnsError> {
        let now = jiff::Timestamp::now();
        let request = self.signed(action, &body.to_string(), now);
        let mut answer = self.tools.ask(action, &request).await?;
        match text(&answer, "/Response/Error/Message") {
            Some(why) => Err(DnsError::Odd(action, why)),
            None => Ok(answer["Response"].take()),
        }
    }

    fn signed(&self, action: &str, body: &str, now: jiff::Timestamp) -> Request {
        let host = self.base.split_once("://").map_or(&*self.base, |(_, host)| host);
        let seconds = now.as_second().to_string();
        let date = now.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d").to_string();
        let small = action.to_ascii_lowercase();
        let canonical = format!(
            "POST\n/\n\ncontent-type:{JSON}\nhost:{host}\nx-tc-action:{small}\n\n{NAMES}\n{}",
            HEXLOWER.encode(&sha256(body.as_bytes()))
        );
        let scope = format!("{date}/dnspod/tc3_request");
        let text = format!("{KIND}\n{seconds}\n{scope}\n{}", HEXLOWER.encode(&sha256(canonical.as_bytes())));
        let first = format!("TC3{}", self.key).into_bytes();
        let parts = [&*date, "dnspod", "tc3_request", &text];
        let signature = parts.iter().fold(first, |key, part| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec()
        });
        let authorization = format!(
            "{KIND} Credential={}/{scope}, SignedHeaders={NAMES}, Signature={}",
            self.id,
            HEXLOWER.encode(&signature)
        );
        let mut request = Request::post(format!("{}/", self.base))
            .body(JSON, body)
            .with("Authorization", authorization)
            .with("X-TC-Action", action)
            .with("X-TC-Timestamp", seconds)
            .with("X-TC-Version", "2021-03-23");
        for (name, value) in [("X-TC-Token", &self.token), ("X-TC-Region", &self.region)] {
            if let Some(value) = value {
                request = request.with(name, value);
            }
        }
        request
    }
}

impl Dns for Tencent {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            // The line is the one for everybody.
            let one = json!({"Domain": zone, "SubDomain": record.below(&zone), "RecordType": "TXT",
                "RecordLine": "\u{9ed8}\u{8ba4}", "Value": record.value, "TTL": self.ttl});
            let made = self.ask("CreateRecord", &one).await?;
            let id = made["RecordId"].clone();
            if !id.is_u64() {
                return Err(DnsError::Odd("CreateRecord", made.to_string()));
            }
            Ok(Placed(vec![zone, id.to_string()]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [zone, id] = &*placed.0 else { return Ok(()) };
            let id: u64 = id.parse().unwrap_or_default();
            self.ask("DeleteRecord", &json!({"Domain": zone, "RecordId": id})).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}

const KIND: &str = "TC3-HMAC-SHA256";
const JSON: &str = "application/json; charset=utf-8";
const NAMES: &str = "content-type;host;x-tc-action";
