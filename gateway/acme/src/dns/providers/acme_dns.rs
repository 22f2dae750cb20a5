//! A server of acme-dns (`acme-dns`): names lead there by an alias that the operator makes once for each domain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{Tools, text};
use crate::dns::{Dns, DnsError, Doing, EnvError, Placed, Record, Timing};
use windrose_courier::Request;

struct AcmeDns {
    tools: Tools,
    base: String,
    storage: PathBuf,
    allow: Option<String>,
    timing: Timing,
    turn: Mutex<()>,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    if tools.env.find(&["ACME_DNS_STORAGE_BASE_URL"])?.is_some() {
        let message = "ACME_DNS_STORAGE_BASE_URL is not supported; name a file with ACME_DNS_STORAGE_PATH";
        return Err(DnsError::Other(message.into()));
    }
    let [base, storage] = tools.env.need_all([&["ACME_DNS_API_BASE"], &["ACME_DNS_STORAGE_PATH"]])?;
    Ok(Arc::new(AcmeDns {
        base: base.trim_end_matches('/').to_owned(),
        storage: storage.into(),
        allow: tools.env.find(&["ACME_DNS_ALLOWLIST"])?,
        timing: tools.timing(&["ACME_DNS"], 60, 2)?,
        turn: Mutex::new(()),
        tools: tools.clone(),
    }))
}

impl AcmeDns {
    async fn post(
        &self,
        what: &'static str,
        path: &str,
        account: &Value,
        body: &Value,
    ) -> Result<Value, DnsError> {
        let mut request = Request::post(format!("{}/{path}", self.base)).json(body);
        if let (Some(user), Some(password)) = (text(account, "/username"), text(account, "/password")) {
            request = request.with("X-Api-User", user).with("X-Api-Key", password);
        }
        let answer = DnsError::check(what, self.tools.https.send(&request).await?)?;
        DnsError::json(what, &answer)
    }

    /// The account of a domain; where there is none it is made, and the operator is asked for the alias.
    async fn account(&self, domain: &str) -> Result<Value, DnsError> {
        let mut all = read(&self.storage)?;
        if let Some(account) = all.get(domain) {
            return Ok(account.clone());
        }
        let body = match &self.allow {
            Some(list) => json!({"allowfrom": list.split(',').map(str::trim).collect::<Vec<_>>()}),
            None => json!({}),
        };
        let mut account = self.post("register", "register", &Value::Null, &body).await?;
        account["server_url"] = json!(self.base);
        let target = text(&account, "/fulldomain").unwrap_or_default();
        all.insert(domain.to_owned(), account);
        write(&self.storage, &all)?;
        Err(DnsError::Other(format!(
            "{domain} is new to the acme-dns server; make the record `_acme-challenge.{domain}. CNAME {target}.`, and it is tried again"
        )))
    }
}

impl Dns for AcmeDns {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            let _turn = self.turn.lock().await;
            let account = self.account(&record.domain).await?;
            let body = json!({"subdomain": text(&account, "/subdomain"), "txt": record.value});
            self.post("set the text", "update", &account, &body).await?;
            Ok(Placed::default())
        })
    }

    /// The server keeps the last two texts of a name and forgets the others.
    fn clean_up<'a>(&'a self, _: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}

fn failed(path: &Path, error: std::io::Error) -> DnsError {
    EnvError::File("ACME_DNS_STORAGE_PATH: it".into(), path.display().to_string(), error).into()
}

fn read(path: &Path) -> Result<BTreeMap<String, Value>, DnsError> {
    match windrose_sys::read_file(path, 16 << 20) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(path, error.into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(failed(path, error)),
    }
}

fn write(path: &Path, all: &BTreeMap<String, Value>) -> Result<(), DnsError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let text = serde_json::to_vec_pretty(all).map_err(|error| failed(path, error.into()))?;
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(&text)).map_err(|error| failed(path, error))
}
