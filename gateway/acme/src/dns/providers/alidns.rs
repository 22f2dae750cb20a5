//! Alibaba Cloud DNS (`alidns`), signed with their third form (ACS3-HMAC-SHA256).

use std::sync::Arc;

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use serde_json::Value;

use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use crate::keys::sha256;
use windrose_courier::Request;

struct Alidns {
    tools: Tools,
    base: String,
    keys: Keys,
    line: Option<String>,
    ttl: u64,
    timing: Timing,
}

enum Keys {
    Written {
        id: String,
        secret: String,
        token: Option<String>,
    },
    /// Of the machine's role.
    Role {
        name: String,
        base: String,
    },
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let keys = match env.find(&["ALICLOUD_RAM_ROLE"])? {
        Some(name) => {
            Keys::Role { name, base: env.or(&["ALICLOUD_METADATA_URL"], "http://100.100.100.200")? }
        }
        None => {
            let [id, secret] = env.need_all([&["ALICLOUD_ACCESS_KEY"], &["ALICLOUD_SECRET_KEY"]])?;
            Keys::Written { id, secret, token: env.find(&["ALICLOUD_SECURITY_TOKEN"])? }
        }
    };
    let region = env.find(&["ALICLOUD_REGION_ID"])?;
    let base = match &region {
        Some(region) if region != "cn-hangzhou" => format!("https://alidns.{region}.aliyuncs.com"),
        _ => "https://alidns.aliyuncs.com".to_owned(),
    };
    Ok(Arc::new(Alidns {
        base: env.or(&["ALICLOUD_BASE_URL"], &base)?,
        keys,
        line: env.find(&["ALICLOUD_LINE"])?,
        ttl: tools.ttl(&["ALICLOUD"], 600)?,
        timing: tools.timing(&["ALICLOUD"], 60, 2)?,
        tools: tools.clone(),
    }))
}

impl Alidns {
    async fn keys(&self) -> Result<(String, String, Option<String>), DnsError> {
        const WHAT: &str = "give credentials of the machine";
        let (name, base) = match &self.keys {
            Keys::Written { id, secret, token } => return Ok((id.clone(), secret.clone(), token.clone())),
            Keys::Role { name, base } => (name, base),
        };
        let url = format!("{base}/latest/meta-data/ram/security-credentials/{name}");
        let answer = DnsError::check(WHAT, self.tools.https.send(&Request::get(url)).await?)?;
        let value = DnsError::json(WHAT, &answer)?;
        match (text(&value, "/AccessKeyId"), text(&value, "/AccessKeySecret")) {
            (Some(id), Some(secret)) => Ok((id, secret, text(&value, "/SecurityToken"))),
            _ => Err(DnsError::Odd(WHAT, "there are no keys in the answer".into())),
        }
    }

    async fn ask(&self, action: &'static str, pairs: &[(&str, &str)]) -> Result<Value, DnsError> {
        let (id, secret, token) = self.keys().await?;
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|error| DnsError::Other(error.to_string()))?;
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
        let request = signed(
            &self.base,
            action,
            pairs,
            &Signer {
                id: &id,
                secret: &secret,
                token: token.as_deref(),
                nonce: &HEXLOWER.encode(&nonce),
                time: &now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            },
        );
        let answer = DnsError::check(action, self.tools.https.send(&request).await?)?;
        DnsError::json(action, &answer)
    }
}

struct Signer<'a> {
    id: &'a str,
    secret: &'a str,
    token: Option<&'a str>,
    nonce: &'a str,
    time: &'a str,
}

fn signed(base: &str, action: &str, pairs: &[(&str, &str)], by: &Signer<'_>) -> Request {
    let mut query: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    query.sort();
    let query = query.join("&");
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    let body = HEXLOWER.encode(&sha256(b""));
    let mut fields = vec![
        ("host", host),
        ("x-acs-action", action),
        ("x-acs-content-sha256", &body),
        ("x-acs-date", by.time),
        ("x-acs-signature-nonce", by.nonce),
        ("x-acs-version", "2015-01-09"),
    ];
    fields.extend(by.token.map(|token| ("x-acs-security-token", token)));
    fields.sort_unstable();
    let lines: String = fields.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = fields.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("POST\n/\n{query}\n{lines}\n{names}\n{body}");
    let text = format!("ACS3-HMAC-SHA256\n{}", HEXLOWER.encode(&sha256(canonical.as_bytes())));
    let key = hmac::Key::new(hmac::HMAC_SHA256, by.secret.as_bytes());
    let signature = HEXLOWER.encode(hmac::sign(&key, text.as_bytes()).as_ref());
    let mut request = Request::post(format!("{base}/?{query}"));
    for (name, value) in fields.iter().filter(|(name, _)| *name != "host") {
        request = request.with(*name, value);
    }
    let id = by.id;
    request.with(
        "Authorization",
        format!("ACS3-HMAC-SHA256 Credential={id},SignedHeaders={names},Signature={signature}"),
    )
}

fn encode(text: &str) -> String {
    super::route53::encode(text)
}

impl Dns for Alidns {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let (below, ttl) = (record.below(&zone), self.ttl.to_string());
            let mut pairs = vec![
                ("DomainName", &*zone),
                ("RR", &below),
                ("TTL", &ttl),
                ("Type", "TXT"),
                ("Value", &record.value),
            ];
            pairs.extend(self.line.as_ref().map(|line| ("Line", &**line)));
            let made = self.ask("AddDomainRecord", &pairs).await?;
            let id =
                text(&made, "/RecordId").ok_or_else(|| DnsError::Odd("AddDomainRecord", made.to_string()))?;
            Ok(Placed(vec![id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [id] = &*placed.0 else { return Ok(()) };
            self.ask("DeleteDomainRecord", &[("RecordId", id)]).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
