//! DNS servers that take updates (RFC 2136), signed with a shared key or not: `rfc2136`, which newer lego calls
//! `dnsupdate`.

use std::sync::Arc;

use data_encoding::BASE64;

use super::Tools;
use crate::dns::update::{Change, Tsig, update};
use crate::dns::{Dns, DnsError, Doing, EnvError, Placed, Record, Timing, bare};

struct Rfc2136 {
    tools: Tools,
    server: String,
    key: Option<Tsig>,
    ttl: u32,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    for name in ["DNSUPDATE_TSIG_GSS_REALM", "RFC2136_TSIG_GSS_REALM"] {
        if env.find(&[name])?.is_some() {
            return Err(DnsError::Other(format!("{name}: GSS-TSIG is not supported; use a shared key")));
        }
    }
    let server = env.need(&["RFC2136_NAMESERVER", "DNSUPDATE_NAMESERVER"])?;
    let server = if server.rsplit_once(':').is_some_and(|(host, port)| {
        port.parse::<u16>().is_ok() && (!host.contains(':') || host.starts_with('['))
    }) {
        server
    } else if server.contains(':') && !server.starts_with('[') {
        format!("[{server}]:53")
    } else {
        format!("{server}:53")
    };
    let ttl = tools.ttl(&["RFC2136", "DNSUPDATE"], 120)?;
    Ok(Arc::new(Rfc2136 {
        server,
        key: key(tools)?,
        ttl: u32::try_from(ttl).unwrap_or(120),
        timing: tools.timing(&["RFC2136", "DNSUPDATE"], 60, 2)?,
        tools: tools.clone(),
    }))
}

/// The shared key: from variables, or from a file as `tsig-keygen` writes it.
fn key(tools: &Tools) -> Result<Option<Tsig>, DnsError> {
    let env = &tools.env;
    let one = |name: &str| env.find(&[&format!("RFC2136_TSIG_{name}"), &format!("DNSUPDATE_TSIG_{name}")]);
    let (mut name, mut secret) = (one("KEY")?, one("SECRET")?);
    let mut algorithm = one("ALGORITHM")?.unwrap_or_else(|| "hmac-sha1.".into());
    let file = env.plain("RFC2136_TSIG_FILE").or_else(|| env.plain("DNSUPDATE_TSIG_FILE"));
    if let Some(path) = file {
        let read = windrose_sys::read_file(std::path::Path::new(&path), 1 << 16);
        let bytes = read.map_err(|error| EnvError::File("RFC2136_TSIG".into(), path.clone(), error))?;
        let [key, kind, text] = parse(&String::from_utf8_lossy(&bytes)).ok_or_else(|| {
            DnsError::Other(format!("RFC2136_TSIG_FILE: {path} holds no key as tsig-keygen writes it"))
        })?;
        (name, algorithm, secret) = (Some(key), kind, Some(text));
    }
    let (Some(name), Some(secret)) = (name, secret) else { return Ok(None) };
    let secret = BASE64.decode(secret.trim().as_bytes());
    let secret = secret.map_err(|_| DnsError::Other("RFC2136_TSIG_SECRET is no base64 text".into()))?;
    let key = Tsig::new(&name, &algorithm, secret).ok_or_else(|| {
        let algorithm = bare(&algorithm);
        let known = Tsig::algorithms();
        DnsError::Other(format!("RFC2136_TSIG_ALGORITHM cannot be {algorithm}; there are {known}"))
    })?;
    Ok(Some(key))
}

/// `key "NAME" { algorithm KIND; secret "TEXT"; };`
fn parse(text: &str) -> Option<[String; 3]> {
    let mut words =
        text.split(|c: char| c.is_whitespace() || "{};\"".contains(c)).filter(|word| !word.is_empty());
    let mut found = [None, None, None];
    while let Some(word) = words.next() {
        let slot = ["key", "algorithm", "secret"].iter().position(|known| *known == word);
        if let Some(slot) = slot.and_then(|slot| found.get_mut(slot)) {
            *slot = words.next().map(str::to_owned);
        }
    }
    let [key, algorithm, secret] = found;
    Some([key?, algorithm?, secret?])
}

impl Rfc2136 {
    async fn change(&self, record: &Record, change: Change) -> Result<(), DnsError> {
        let zone = self.tools.resolver.zone(&record.name).await?;
        update(&self.server, &zone, record, self.ttl, change, self.key.as_ref()).await
    }
}

impl Dns for Rfc2136 {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move { self.change(record, Change::Add).await.map(|()| Placed::default()) })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(self.change(record, Change::Remove))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
