//! The keys of a server as a source.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};
use windrose_providers_core::kv::{self, Budget, Endpoint, Pair};
use windrose_providers_core::{BoxFuture, Failed, Found, Source};
use windrose_tls::{ClientTls, ClientTlsOptions};
use windrose_wire::resp::Value;

use crate::REDIS;
use crate::client::{Client, PATIENCE, RedisError};
use crate::options::{Choice, Options};
use crate::sentinel;

struct Redis {
    asking: Client,
    /// Hears of every change below the root.
    listening: Client,
    root: String,
}

/// Connects twice, and listens before anything is listed, so that nothing falls in between.
pub(crate) fn reach(options: Options) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let read = |path: &str| windrose_sys::read_file(Path::new(path), LARGEST_FILE);
        let tls = match &options.tls {
            Some(tls) => Some(ClientTls::compile(&ClientTlsOptions::from(tls), &read)?.value),
            None => None,
        };
        let (mut asking, endpoint) = connect(&options, tls.as_ref()).await?;
        let mut listening = Client::connect(&endpoint, tls.as_ref(), &options.login).await?;
        let root = options.root_key.trim_matches('/').to_owned();
        let pattern = format!("__keyspace@{}__:{}/*", options.db, escaped(&root));
        listening.ask(&[b"PSUBSCRIBE", pattern.as_bytes()]).await?;
        if options.db > 0 {
            asking.ask(&[b"SELECT", options.db.to_string().as_bytes()]).await?;
        }
        warn_of_silence(&mut asking).await;
        Ok(Box::new(Redis { asking, listening, root }) as Box<dyn Source>)
    })
}

/// The first server that can be read.
async fn connect(options: &Options, tls: Option<&ClientTls>) -> Result<(Client, Endpoint), RedisError> {
    let servers = match &options.sentinel {
        Some(sentinel) => sentinel::servers(options, sentinel, tls).await?,
        None => options.endpoints.clone(),
    };
    if options.sentinel.as_ref().is_some_and(|sentinel| sentinel.choice == Choice::Fastest) {
        return fastest(servers, options, tls).await;
    }
    let mut last = None;
    for endpoint in servers {
        match Client::connect(&endpoint, tls, &options.login).await {
            Ok(client) => return Ok((client, endpoint)),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| RedisError::Unknown(String::new())))
}

/// The server that answers first.
async fn fastest(
    servers: Vec<Endpoint>,
    options: &Options,
    tls: Option<&ClientTls>,
) -> Result<(Client, Endpoint), RedisError> {
    let mut best: Option<(Duration, Client, Endpoint)> = None;
    let mut last = None;
    for endpoint in servers {
        let tried = async {
            let mut client = Client::connect(&endpoint, tls, &options.login).await?;
            let begun = Instant::now();
            client.ask(&[b"PING"]).await?;
            Ok((begun.elapsed(), client))
        };
        match tried.await {
            Ok((took, client)) if best.as_ref().is_none_or(|(least, ..)| took < *least) => {
                best = Some((took, client, endpoint));
            }
            Ok(_) => {}
            Err(error) => last = Some(error),
        }
    }
    match (best, last) {
        (Some((_, client, endpoint)), _) => Ok((client, endpoint)),
        (None, Some(error)) => Err(error),
        (None, None) => Err(RedisError::Unknown(String::new())),
    }
}

/// A server that keeps changes to itself is told of: they are seen late.
async fn warn_of_silence(client: &mut Client) {
    let Ok(Value::List(said)) = client.ask(&[b"CONFIG", b"GET", b"notify-keyspace-events"]).await else {
        // Not everybody may ask.
        return;
    };
    let flags = said.get(1).and_then(Value::text).unwrap_or_default();
    let has_all =
        flags.contains('K') && (flags.contains('A') || (flags.contains('g') && flags.contains('$')));
    if !has_all {
        tracing::warn!(
            providerName = REDIS,
            server = client.place(),
            "Redis does not tell of changes, so they are seen up to {RESYNC:?} late; set notify-keyspace-events to AK"
        );
    }
}

impl Source for Redis {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            let pairs = self.list().await?;
            Ok(Some(kv::read(REDIS, &self.root, &pairs)))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move {
            // What has begun to arrive has to go on; a change of which only half is told must not be the last.
            let is_begun = self.listening.has_more();
            let limit = if is_begun { PATIENCE } else { RESYNC };
            match timeout(limit, self.listening.next()).await {
                Ok(said) => drop(said?),
                Err(_) if is_begun => return Err(self.listening.late().into()),
                // A look from time to time finds what was not told of, and that the server has vanished.
                Err(_) => return Ok(()),
            }
            // Of many changes at once only the last is of interest; those that never end are not waited for.
            let end = Instant::now() + COLLECT;
            while let Ok(said) = timeout_at(end, self.listening.next()).await {
                said?;
            }
            Ok(())
        })
    }
}

impl Redis {
    async fn list(&mut self) -> Result<Vec<Pair>, RedisError> {
        let pattern = format!("{}/*", escaped(&self.root));
        let mut names: Vec<Vec<u8>> = Vec::new();
        let mut cursor = b"0".to_vec();
        let mut budget = Budget::new();
        loop {
            budget.page()?;
            let words: [&[u8]; 6] = [b"SCAN", &cursor, b"MATCH", pattern.as_bytes(), b"COUNT", b"1000"];
            let answer = self.asking.ask(&words).await?.list();
            let Some([Value::Text(next), Value::List(found)]) = answer.as_deref() else {
                return Err(self.asking.odd("SCAN"));
            };
            for name in found {
                if let Value::Text(name) = name {
                    budget.take(1, name.len())?;
                    names.push(name.clone());
                }
            }
            cursor.clone_from(next);
            if cursor == b"0" {
                break;
            }
        }
        // A cursor may give a key twice.
        names.sort_unstable();
        names.dedup();
        let mut pairs = Vec::with_capacity(names.len());
        for names in names.chunks(AT_ONCE) {
            let words: Vec<&[u8]> =
                std::iter::once(&b"MGET"[..]).chain(names.iter().map(Vec::as_slice)).collect();
            let values = self.asking.ask(&words).await?.list().ok_or_else(|| self.asking.odd("MGET"))?;
            for (name, value) in names.iter().zip(values) {
                if let Value::Text(value) = &value {
                    budget.take(0, value.len())?;
                }
                // Nothing is what is gone meanwhile, or is no text.
                if let (Ok(name), Value::Text(value)) = (String::from_utf8(name.clone()), value) {
                    pairs.push((name, value));
                }
            }
        }
        Ok(pairs)
    }
}

/// A text as a pattern that means itself.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '^') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// After this time without news the keys are listed again.
const RESYNC: Duration = Duration::from_secs(30);
/// For how long changes that follow one another are collected before the keys are listed.
const COLLECT: Duration = Duration::from_millis(100);
/// How many values are asked for at once.
const AT_ONCE: usize = 500;
/// How many bytes of a certificate, a key or a list of authorities are read.
const LARGEST_FILE: u64 = 16 << 20;
