//! Buckets that all gateways share, in Redis: those of Traefik, so that both may be used side by side.
//!
//! A bucket is a hash with the fields `last`, microseconds since 1970, and `tokens`; a script takes a token in one step.
//! The clock is the gateway's.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use windrose_config::dynamic_config::{ForwardingTimeouts, ServersTransport};
use windrose_config::redact::Secret;
use windrose_config::{GoDuration, Located};

use super::bucket::{Rate, Taken};
use crate::callee::Callee;
use crate::chain::Next;
use crate::http::forward_auth::ClientTls;
use crate::http::forward_auth::options::transport;
use crate::is_default;
use crate::kind::{BuildContext, BuildError};
use crate::store::{Store, Unavailable, Value};

/// Where buckets are kept for all gateways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Redis {
    /// Addresses, `host:port`; several are those of a cluster.
    pub endpoints: Vec<Located<Arc<str>>>,
    /// Reach it by TLS.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTls>,
    /// The user; empty is the default one.
    #[serde(skip_serializing_if = "is_default")]
    pub username: Box<str>,
    /// Its password.
    #[serde(skip_serializing_if = "is_default")]
    pub password: Secret,
    /// The number of the database.
    #[serde(skip_serializing_if = "is_default")]
    pub db: Located<i64>,
    /// How many connections are kept; 0 is ten for each worker.
    #[serde(skip_serializing_if = "is_default")]
    pub pool_size: i64,
    /// How many connections are made before they are needed, once it is in use.
    #[serde(skip_serializing_if = "is_default")]
    pub min_idle_conns: i64,
    /// How many connections there may be; 0 is any number.
    #[serde(skip_serializing_if = "is_default")]
    pub max_active_conns: i64,
    /// How long an answer may take; 0 means 3 seconds, below 0 any time.
    pub read_timeout: GoDuration,
    /// How long sending may take; the same.
    pub write_timeout: GoDuration,
    /// How long connecting may take; 0 means 5 seconds.
    pub dial_timeout: GoDuration,
}

impl Default for Redis {
    fn default() -> Self {
        Self {
            endpoints: vec![Arc::<str>::from("localhost:6379").into()],
            tls: None,
            username: Box::default(),
            password: Secret::default(),
            db: 0.into(),
            pool_size: 0,
            min_idle_conns: 0,
            max_active_conns: 0,
            read_timeout: GoDuration::from_secs(3),
            write_timeout: GoDuration::from_secs(3),
            dial_timeout: GoDuration::from_secs(5),
        }
    }
}

/// Buckets in Redis.
#[derive(Debug)]
pub(super) struct Shared {
    store: Callee,
    /// What the keys of the buckets begin with.
    prefix: String,
    /// What the script is told of the rate: tokens per microsecond, the most, and seconds until a bucket is forgotten.
    rate: String,
    burst: String,
    life: String,
    patience: Duration,
}

impl Shared {
    pub(super) fn new(
        options: &Redis,
        rate: &Rate,
        average: u64,
        period: Duration,
        burst: u64,
        cx: &BuildContext<'_>,
    ) -> Result<Self, BuildError> {
        if options.endpoints.is_empty() {
            return Err(BuildError::new("redis.endpoints is empty, write an address such as localhost:6379"));
        }
        let database = u32::try_from(options.db.value).map_err(|_| {
            let message = "redis.db is negative, write the number of a database".to_owned();
            BuildError { message, mark: Some(options.db.mark), length: 0 }
        })?;
        let timeouts =
            ForwardingTimeouts { dial_timeout: or(options.dial_timeout, 5), ..ForwardingTimeouts::default() };
        let reached = options.tls.as_ref().map(transport).transpose()?.unwrap_or_default();
        let count = |written: i64| usize::try_from(written).unwrap_or(0);
        let store = cx.resolve.store(&Store {
            endpoints: &options.endpoints,
            transport: ServersTransport { forwarding_timeouts: Some(Box::new(timeouts)), ..reached },
            is_secure: options.tls.is_some(),
            username: &options.username,
            password: &options.password,
            database,
            kept: count(options.pool_size),
            warm: count(options.min_idle_conns),
            most: count(options.max_active_conns),
            read_timeout: or(options.read_timeout, 3).positive(),
            write_timeout: or(options.write_timeout, 3).positive(),
        })?;
        #[expect(clippy::cast_precision_loss, reason = "the script counts in floats")]
        let per_second = average as f64 / period.as_secs_f64();
        Ok(Self {
            store,
            prefix: format!("rate:{}:", cx.name),
            rate: format!("{:?}", per_second / 1e6),
            burst: burst.to_string(),
            life: lifetime(per_second).to_string(),
            patience: rate.patience(),
        })
    }

    /// Takes a token of a source.
    pub(super) async fn take(&self, source: &[u8], next: Next<'_>) -> Result<Taken, Unavailable> {
        let key = [self.prefix.as_bytes(), source].concat();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros().to_string();
        let patience = self.patience.as_micros().to_string();
        let arguments: [&[u8]; 7] = [
            b"1",
            &*key,
            self.rate.as_bytes(),
            self.burst.as_bytes(),
            self.life.as_bytes(),
            now.as_bytes(),
            patience.as_bytes(),
        ];
        let script = &*SCRIPT;
        let mut known: Vec<&[u8]> = vec![b"EVALSHA", script.digest.as_bytes()];
        known.extend(arguments);
        let mut answer = next.query(&self.store, &key, &known).await?;
        if matches!(&answer, Value::Error(why) if why.starts_with("NOSCRIPT")) {
            let mut whole: Vec<&[u8]> = vec![b"EVAL", script.text.as_bytes()];
            whole.extend(arguments);
            answer = next.query(&self.store, &key, &whole).await?;
        }
        let wait = wait(&answer).ok_or_else(|| {
            tracing::warn!(answer = ?answer, "Redis did not carry out the script of rateLimit");
            Unavailable
        })?;
        Ok(match wait {
            Duration::ZERO => Taken::Now,
            wait if wait <= self.patience => Taken::After(wait),
            wait => Taken::Not(wait),
        })
    }
}

/// How long the script says to wait.
fn wait(answer: &Value) -> Option<Duration> {
    let Value::Text(text) = answer else { return None };
    let micros: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    Duration::try_from_secs_f64(micros.max(0.0) / 1e6).ok()
}

/// A time, where 0 means so many seconds.
fn or(written: GoDuration, seconds: i64) -> GoDuration {
    if written == GoDuration::ZERO { GoDuration::from_secs(seconds) } else { written }
}

/// How many seconds a bucket is kept that nobody asks for: Traefik's numbers.
fn lifetime(per_second: f64) -> u64 {
    if per_second >= 1.0 {
        return 2;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number of seconds"
    )]
    let wait = (1.0 / per_second) as u64;
    1 + wait
}

struct Script {
    text: &'static str,
    digest: String,
}

static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    let text = include_str!("take.lua");
    let digest = HEXLOWER.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref());
    Script { text, digest }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_live_as_long_as_traefiks() {
        for (per_second, seconds) in [(5.0, 2), (1.0, 2), (0.5, 3), (1.0 / 60.0, 61)] {
            assert_eq!(lifetime(per_second), seconds, "{per_second}");
        }
    }

    #[test]
    fn defaults_are_traefiks() {
        let redis = Redis::default();
        assert_eq!(&**redis.endpoints[0], "localhost:6379");
        assert_eq!(or(redis.dial_timeout, 1), GoDuration::from_secs(5));
        assert_eq!(or(GoDuration::ZERO, 3), GoDuration::from_secs(3));
    }
}
