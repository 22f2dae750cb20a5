//! Azure DNS (`azuredns`): a client's secret, a federated token, or the identity of the machine.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Env, EnvError, Placed, Record, Timing};
use windrose_courier::Request;

struct Azure {
    tools: Tools,
    /// Where resources are.
    base: String,
    identity: Identity,
    subscription: String,
    group: String,
    zone: Option<String>,
    is_private: bool,
    ttl: u64,
    timing: Timing,
    turn: Mutex<()>,
}

enum Identity {
    Secret { url: String, client: String, secret: String },
    Federated { url: String, client: String, token: String },
    Machine { base: String, client: Option<String> },
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let [subscription, group] = env.need_all([&["AZURE_SUBSCRIPTION_ID"], &["AZURE_RESOURCE_GROUP"]])?;
    let (authority, base) = match &*env.or(&["AZURE_ENVIRONMENT"], "public")? {
        "public" => ("https://login.microsoftonline.com", "https://management.azure.com"),
        "china" => ("https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"),
        "usgovernment" => ("https://login.microsoftonline.us", "https://management.usgovcloudapi.net"),
        other => {
            let message =
                format!("AZURE_ENVIRONMENT cannot be {other}; there are public, china, usgovernment");
            return Err(DnsError::Other(message));
        }
    };
    Ok(Arc::new(Azure {
        identity: Identity::of(env, authority)?,
        base: env.or(&["AZURE_BASE_URL"], base)?,
        subscription,
        group,
        zone: env.find(&["AZURE_ZONE_NAME"])?,
        is_private: env.is_true("AZURE_PRIVATE_ZONE"),
        ttl: tools.ttl(&["AZURE"], 60)?,
        timing: tools.timing(&["AZURE"], 120, 2)?,
        turn: Mutex::new(()),
        tools: tools.clone(),
    }))
}

impl Identity {
    fn of(env: &Env, authority: &str) -> Result<Self, DnsError> {
        let method = env.or(&["AZURE_AUTH_METHOD"], "env")?;
        let client = env.find(&["AZURE_CLIENT_ID"])?;
        let authority = env.or(&["AZURE_AUTHORITY_HOST"], authority)?;
        let url = |tenant: &str| format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        let federated = env.plain("AZURE_FEDERATED_TOKEN_FILE");
        match (&*method, env.find(&["AZURE_CLIENT_SECRET"])?, federated) {
            ("env", Some(secret), _) => {
                let [client, tenant] = env.need_all([&["AZURE_CLIENT_ID"], &["AZURE_TENANT_ID"]])?;
                Ok(Self::Secret { url: url(&tenant), client, secret })
            }
            ("env" | "wli", _, Some(token)) => {
                let [client, tenant] = env.need_all([&["AZURE_CLIENT_ID"], &["AZURE_TENANT_ID"]])?;
                Ok(Self::Federated { url: url(&tenant), client, token })
            }
            ("wli", _, None) => Err(EnvError::Missing("AZURE_FEDERATED_TOKEN_FILE".into()).into()),
            ("env" | "msi", ..) => {
                let base = env.or(&["AZURE_METADATA_URL"], "http://169.254.169.254")?;
                Ok(Self::Machine { base, client })
            }
            (other, ..) => Err(DnsError::Other(format!(
                "AZURE_AUTH_METHOD {other} is not supported; there are env, wli, msi"
            ))),
        }
    }
}

impl Azure {
    async fn token(&self) -> Result<String, DnsError> {
        const WHAT: &str = "give a token";
        let scope = format!("{}/.default", self.base);
        let kind = ("grant_type", "client_credentials");
        let request = match &self.identity {
            Identity::Secret { url, client, secret } => Request::post(url).form(&[
                kind,
                ("client_id", client),
                ("client_secret", secret),
                ("scope", &scope),
            ]),
            Identity::Federated { url, client, token } => {
                let read = windrose_sys::read_file(std::path::Path::new(token), 1 << 20);
                let read = read
                    .map_err(|error| EnvError::File("AZURE_FEDERATED_TOKEN".into(), token.clone(), error))?;
                let assertion = String::from_utf8_lossy(&read).trim().to_owned();
                let how = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                Request::post(url).form(&[
                    kind,
                    ("client_id", client),
                    ("client_assertion_type", how),
                    ("client_assertion", &assertion),
                    ("scope", &scope),
                ])
            }
            Identity::Machine { base, client } => {
                let client = client.as_ref().map(|id| format!("&client_id={id}")).unwrap_or_default();
                let query = format!("api-version=2018-02-01&resource={}{client}", self.base);
                Request::get(format!("{base}/metadata/identity/oauth2/token?{query}"))
                    .with("Metadata", "true")
            }
        };
        let answer = DnsError::check(WHAT, self.tools.https.send(&request).await?)?;
        let token = text(&DnsError::json(WHAT, &answer)?, "/access_token");
        token.ok_or_else(|| DnsError::Odd(WHAT, "there is none".into()))
    }

    async fn change(&self, record: &Record, change: impl FnOnce(&mut Vec<Value>)) -> Result<(), DnsError> {
        let _turn = self.turn.lock().await;
        let zone = match &self.zone {
            Some(zone) => zone.clone(),
            None => self.tools.zone(record).await?,
        };
        let token = self.token().await?;
        let (kind, version, texts_at) = match self.is_private {
            true => ("privateDnsZones", "2018-09-01", "txtRecords"),
            false => ("dnsZones", "2018-05-01", "TXTRecords"),
        };
        let url = format!(
            "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Network/{kind}/{zone}/TXT/{}?api-version={version}",
            self.base,
            self.subscription,
            self.group,
            record.below(&zone)
        );
        let ask = |method| Request::new(method, &url).bearer(&token);
        let answer = self.tools.https.send(&ask("GET")).await?;
        let mut texts = Vec::new();
        if answer.status != 404 {
            let found = DnsError::json("list records", &DnsError::check("list records", answer)?)?;
            let either =
                ["TXTRecords", "txtRecords"].map(|name| list(&found, &format!("/properties/{name}")));
            texts = either.concat();
        }
        change(&mut texts);
        let request = match texts.is_empty() {
            true => ask("DELETE"),
            false => ask("PUT").json(&json!({"properties": {"TTL": self.ttl, texts_at: texts}})),
        };
        DnsError::check("change records", self.tools.https.send(&request).await?).map(drop)
    }
}

impl Dns for Azure {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            self.change(record, |texts| texts.push(json!({"value": [record.value]}))).await?;
            Ok(Placed::default())
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        let ours = json!([record.value]);
        Box::pin(self.change(record, move |texts| texts.retain(|text| text["value"] != ours)))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
