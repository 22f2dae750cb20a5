//! OVH: an application's keys, a service account (OAuth 2), or an access token.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct Ovh {
    tools: Tools,
    base: String,
    access: Access,
    ttl: u64,
    timing: Timing,
}

enum Access {
    Application { key: String, secret: String, consumer: String },
    Service { token_url: String, id: String, secret: String },
    Token(String),
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let endpoint = env.need(&["OVH_ENDPOINT"])?;
    let known = ENDPOINTS.iter().find(|(name, ..)| *name == endpoint);
    let (base, token_url) = match known {
        Some((_, base, token_url)) => ((*base).to_owned(), *token_url),
        None if endpoint.starts_with("http") => (endpoint.trim_end_matches('/').to_owned(), EU_TOKENS),
        None => {
            let names = ENDPOINTS.map(|(name, ..)| name).join(", ");
            return Err(DnsError::Other(format!("OVH_ENDPOINT cannot be {endpoint}; there are {names}")));
        }
    };
    let access = if let Some(token) = env.find(&["OVH_ACCESS_TOKEN"])? {
        Access::Token(token)
    } else if let (Some(id), Some(secret)) =
        (env.find(&["OVH_CLIENT_ID"])?, env.find(&["OVH_CLIENT_SECRET"])?)
    {
        Access::Service { token_url: env.or(&["OVH_TOKEN_URL"], token_url)?, id, secret }
    } else {
        let names: [&[&str]; 3] =
            [&["OVH_APPLICATION_KEY"], &["OVH_APPLICATION_SECRET"], &["OVH_CONSUMER_KEY"]];
        let [key, secret, consumer] = env.need_all(names)?;
        Access::Application { key, secret, consumer }
    };
    Ok(Arc::new(Ovh {
        base,
        access,
        ttl: tools.ttl(&["OVH"], 120)?,
        timing: tools.timing(&["OVH"], 60, 2)?,
        tools: tools.clone(),
    }))
}

impl Ovh {
    async fn ask(
        &self,
        what: &'static str,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, DnsError> {
        let url = format!("{}{path}", self.base);
        let mut request = Request::new(method, &url);
        let body = body.map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            request = request.body("application/json", body.as_str());
        }
        let request = self.authorize(request, method, &url, &body).await?;
        let answer = DnsError::check(what, self.tools.https.send(&request).await?)?;
        Ok(answer.json().unwrap_or_default())
    }

    async fn authorize(
        &self,
        request: Request,
        method: &str,
        url: &str,
        body: &str,
    ) -> Result<Request, DnsError> {
        match &self.access {
            Access::Token(token) => Ok(request.bearer(token)),
            Access::Service { token_url, id, secret } => {
                let pairs = [
                    ("grant_type", "client_credentials"),
                    ("client_id", id),
                    ("client_secret", secret),
                    ("scope", "all"),
                ];
                let asked = Request::post(token_url).form(&pairs);
                let answer = DnsError::check("give a token", self.tools.https.send(&asked).await?)?;
                let token = text(&DnsError::json("give a token", &answer)?, "/access_token");
                let token = token.ok_or_else(|| DnsError::Odd("give a token", "there is none".into()))?;
                Ok(request.bearer(&token))
            }
            Access::Application { key, secret, consumer } => {
                // The server's clock counts.
                let asked = Request::get(format!("{}/auth/time", self.base));
                let time = DnsError::check("tell the time", self.tools.https.send(&asked).await?)?;
                let time = String::from_utf8_lossy(&time.body).trim().to_owned();
                let signed = format!("{secret}+{consumer}+{method}+{url}+{body}+{time}");
                let signature = digest(&SHA1_FOR_LEGACY_USE_ONLY, signed.as_bytes());
                Ok(request
                    .with("X-Ovh-Application", key)
                    .with("X-Ovh-Consumer", consumer)
                    .with("X-Ovh-Timestamp", &time)
                    .with("X-Ovh-Signature", format!("$1${}", HEXLOWER.encode(signature.as_ref()))))
            }
        }
    }
}

impl Dns for Ovh {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let zone = self.tools.zone(record).await?;
            let below = record.below(&zone);
            let below = if below == "@" { "" } else { &below };
            let body =
                json!({"fieldType": "TXT", "subDomain": below, "target": record.value, "ttl": self.ttl});
            let path = format!("/domain/zone/{zone}/record");
            let made = self.ask("add a record", "POST", &path, Some(&body)).await?;
            let id = text(&made, "/id").ok_or_else(|| DnsError::Odd("add a record", made.to_string()))?;
            self.ask("refresh the zone", "POST", &format!("/domain/zone/{zone}/refresh"), None).await?;
            Ok(Placed(vec![zone, id]))
        })
    }

    fn clean_up<'a>(&'a self, _: &'a Record, placed: &'a Placed) -> Doing<'a, ()> {
        Box::pin(async move {
            let [zone, id] = &*placed.0 else { return Ok(()) };
            let path = format!("/domain/zone/{zone}/record/{id}");
            self.ask("remove a record", "DELETE", &path, None).await?;
            self.ask("refresh the zone", "POST", &format!("/domain/zone/{zone}/refresh"), None)
                .await
                .map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}

const EU_TOKENS: &str = "https://www.ovh.com/auth/oauth2/token";
/// Name, address, and where tokens of service accounts are given.
const ENDPOINTS: [(&str, &str, &str); 7] = [
    ("ovh-eu", "https://eu.api.ovh.com/1.0", EU_TOKENS),
    ("ovh-ca", "https://ca.api.ovh.com/1.0", "https://ca.ovh.com/auth/oauth2/token"),
    ("ovh-us", "https://api.us.ovhcloud.com/1.0", "https://us.ovhcloud.com/auth/oauth2/token"),
    ("kimsufi-eu", "https://eu.api.kimsufi.com/1.0", EU_TOKENS),
    ("kimsufi-ca", "https://ca.api.kimsufi.com/1.0", "https://ca.ovh.com/auth/oauth2/token"),
    ("soyoustart-eu", "https://eu.api.soyoustart.com/1.0", EU_TOKENS),
    ("soyoustart-ca", "https://ca.api.soyoustart.com/1.0", "https://ca.ovh.com/auth/oauth2/token"),
];
