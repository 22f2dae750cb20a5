//! Google Cloud DNS: a service account's key, or the identity of the machine.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::set::{OneSet, Set, quoted, unquoted};
use super::{Tools, list, text};
use crate::dns::{Dns, DnsError, Doing, Record, Timing, bare};
use crate::keys::sign_with_pkcs8;
use windrose_courier::Request;

struct Gcloud {
    tools: Tools,
    base: String,
    project: String,
    zone: Option<String>,
    allows_private: bool,
    identity: Identity,
    ttl: u64,
    timing: Timing,
}

enum Identity {
    Account { mail: String, key: Vec<u8>, tokens: String },
    Machine { base: String },
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    if env.find(&["GCE_IMPERSONATE_SERVICE_ACCOUNT"])?.is_some() {
        let message = "GCE_IMPERSONATE_SERVICE_ACCOUNT is not supported; give the key of that account";
        return Err(DnsError::Other(message.into()));
    }
    // Written out, or in a file; the name of a file that Google's own libraries read counts, too.
    let mut written = env.find(&["GCE_SERVICE_ACCOUNT"])?;
    if let (None, Some(path)) = (&written, env.plain("GOOGLE_APPLICATION_CREDENTIALS")) {
        let read = windrose_sys::read_file(std::path::Path::new(&path), 1 << 20);
        let bytes =
            read.map_err(|error| DnsError::Other(format!("GOOGLE_APPLICATION_CREDENTIALS: {error}")))?;
        written = Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    let account: Option<Value> = match written {
        Some(written) => Some(serde_json::from_str(&written).map_err(|error| {
            DnsError::Other(format!("GCE_SERVICE_ACCOUNT holds no key of a service account: {error}"))
        })?),
        None => None,
    };
    let project = env.find(&["GCE_PROJECT"])?;
    let project = project.or_else(|| account.as_ref().and_then(|account| text(account, "/project_id")));
    Ok(Arc::new(OneSet::new(Gcloud {
        project: project.ok_or_else(|| crate::dns::EnvError::Missing("GCE_PROJECT".into()))?,
        identity: match &account {
            Some(account) => Identity::of(account)?,
            None => {
                Identity::Machine { base: env.or(&["GCE_METADATA_URL"], "http://metadata.google.internal")? }
            }
        },
        base: env.or(&["GCE_BASE_URL"], "https://dns.googleapis.com")?,
        zone: env.find(&["GCE_ZONE_ID"])?,
        allows_private: env.is_true("GCE_ALLOW_PRIVATE_ZONE"),
        ttl: tools.ttl(&["GCE"], 120)?,
        timing: tools.timing(&["GCE"], 180, 5)?,
        tools: tools.clone(),
    })))
}

impl Identity {
    fn of(account: &Value) -> Result<Self, DnsError> {
        let field = |name: &str| {
            let value = text(account, &format!("/{name}"));
            value.ok_or_else(|| DnsError::Other(format!("GCE_SERVICE_ACCOUNT has no {name}")))
        };
        let key = PrivatePkcs8KeyDer::from_pem_slice(field("private_key")?.as_bytes());
        let key =
            key.map_err(|_| DnsError::Other("GCE_SERVICE_ACCOUNT: private_key is no PEM text".into()))?;
        let tokens = field("token_uri").unwrap_or_else(|_| "https://oauth2.googleapis.com/token".into());
        Ok(Self::Account { mail: field("client_email")?, key: key.secret_pkcs8_der().to_vec(), tokens })
    }
}

impl Gcloud {
    async fn token(&self) -> Result<String, DnsError> {
        const WHAT: &str = "give a token";
        let request = match &self.identity {
            Identity::Machine { base } => {
                let path = "computeMetadata/v1/instance/service-accounts/default/token";
                Request::get(format!("{base}/{path}")).with("Metadata-Flavor", "Google")
            }
            Identity::Account { mail, key, tokens } => {
                let now = jiff::Timestamp::now().as_second();
                let head = json!({"alg": "RS256", "typ": "JWT"});
                let claims =
                    json!({"iss": mail, "scope": SCOPE, "aud": tokens, "iat": now, "exp": now + 3600});
                let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
                let signed = format!("{}.{}", part(&head), part(&claims));
                let signature = sign_with_pkcs8(key, signed.as_bytes());
                let signature = signature.map_err(|_| {
                    DnsError::Other("GCE_SERVICE_ACCOUNT: private_key is no RSA key in PKCS#8".into())
                })?;
                let assertion = format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature));
                let kind = "urn:ietf:params:oauth:grant-type:jwt-bearer";
                Request::post(tokens).form(&[("grant_type", kind), ("assertion", &assertion)])
            }
        };
        let answer = DnsError::check(WHAT, self.tools.https.send(&request).await?)?;
        let token = text(&DnsError::json(WHAT, &answer)?, "/access_token");
        token.ok_or_else(|| DnsError::Odd(WHAT, "there is none".into()))
    }

    async fn zone(&self, token: &str, record: &Record) -> Result<String, DnsError> {
        if let Some(zone) = &self.zone {
            return Ok(zone.clone());
        }
        let name = self.tools.zone(record).await?;
        let url = format!("{}/dns/v1/projects/{}/managedZones?dnsName={name}.", self.base, self.project);
        let answer = self.tools.https.send(&Request::get(url).bearer(token)).await?;
        let found = DnsError::json("list zones", &DnsError::check("list zones", answer)?)?;
        let is_public = |zone: &&Value| text(zone, "/visibility").is_none_or(|kind| kind == "public");
        let zones = list(&found, "/managedZones");
        let zone = zones.iter().find(is_public).or_else(|| zones.first().filter(|_| self.allows_private));
        zone.and_then(|zone| text(zone, "/name")).ok_or(DnsError::NoZone(name))
    }
}

impl Set for Gcloud {
    /// The token, the zone's address, and the set, which is given up for what is to be there.
    type Before = (String, String, Option<Value>);

    fn read<'a>(&'a self, record: &'a Record) -> Doing<'a, (Vec<String>, Self::Before)> {
        Box::pin(async move {
            let token = self.token().await?;
            let zone = self.zone(&token, record).await?;
            let base = format!("{}/dns/v1/projects/{}/managedZones/{zone}", self.base, self.project);
            let url = format!("{base}/rrsets?name={}&type=TXT", record.name);
            let found = self.tools.ask("list records", &Request::get(url).bearer(&token)).await?;
            let before = list(&found, "/rrsets").first().cloned();
            let texts = before.as_ref().map_or(&[][..], |set| list(set, "/rrdatas"));
            let texts = texts.iter().filter_map(Value::as_str).map(unquoted).collect();
            Ok((texts, (token, base, before)))
        })
    }

    fn write<'a>(&'a self, record: &'a Record, texts: Vec<String>, before: Self::Before) -> Doing<'a, ()> {
        Box::pin(async move {
            let (token, base, before) = before;
            let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            let name = format!("{}.", bare(&record.name));
            let after = json!({"name": name, "type": "TXT", "ttl": self.ttl, "rrdatas": texts});
            let additions = if texts.is_empty() { json!([]) } else { json!([after]) };
            let body = json!({"additions": additions, "deletions": before.into_iter().collect::<Vec<_>>()});
            let request = Request::post(format!("{base}/changes")).bearer(&token).json(&body);
            self.tools.ask("change records", &request).await.map(drop)
        })
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}

const SCOPE: &str = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";
