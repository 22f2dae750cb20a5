//! Names as the system's configuration has them looked up: its hosts file, its name servers, its search list.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::net::NetError;

use super::{Answer, Answering, Source, Unanswered, lock};

/// Asks whoever the system's configuration names; follows changes of it.
#[derive(Default)]
pub struct System {
    resolver: Mutex<Option<Made>>,
}

struct Made {
    resolver: Arc<TokioResolver>,
    of: [Option<SystemTime>; 2],
    looked: Instant,
}

impl Source for System {
    fn ask<'a>(&'a self, name: &'a str) -> Answering<'a> {
        Box::pin(async move {
            match self.resolver() {
                Ok(resolver) => ask(&resolver, name).await,
                // A system without that configuration may know names in other ways.
                Err(error) => ask_library(name, &error).await,
            }
        })
    }
}

impl System {
    fn resolver(&self) -> Result<Arc<TokioResolver>, NetError> {
        let mut made = lock(&self.resolver);
        let now = Instant::now();
        if let Some(made) = &mut *made {
            if now < made.looked + LOOK {
                return Ok(Arc::clone(&made.resolver));
            }
            made.looked = now;
            if made.of == stamps() {
                return Ok(Arc::clone(&made.resolver));
            }
        }
        let of = stamps();
        let mut builder = TokioResolver::builder_tokio()?;
        let options = builder.options_mut();
        // What is remembered is remembered by whoever asks here.
        options.cache_size = 0;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let resolver = Arc::new(builder.build()?);
        *made = Some(Made { resolver: Arc::clone(&resolver), of, looked: now });
        Ok(resolver)
    }
}

pub(super) async fn ask(resolver: &TokioResolver, name: &str) -> Result<Answer, Unanswered> {
    match resolver.lookup_ip(name).await {
        Ok(found) => {
            let lives = found.valid_until().saturating_duration_since(Instant::now());
            Ok(Answer { addresses: found.iter().collect(), lives })
        }
        Err(error) if error.is_nx_domain() || error.is_no_records_found() => Err(Unanswered::NoSuchHost),
        Err(error) => Err(Unanswered::Nobody(error.to_string())),
    }
}

async fn ask_library(name: &str, why: &NetError) -> Result<Answer, Unanswered> {
    tracing::debug!(%why, "the system's configuration of names cannot be read");
    match tokio::net::lookup_host((name, 0)).await {
        Ok(found) => {
            let addresses: Arc<[IpAddr]> = found.map(|address| address.ip()).collect();
            Ok(Answer { addresses, lives: Duration::ZERO })
        }
        Err(error) => Err(Unanswered::Nobody(error.to_string())),
    }
}

fn stamps() -> [Option<SystemTime>; 2] {
    [CONFIGURATION, HOSTS].map(|path| Path::new(path).metadata().ok()?.modified().ok())
}

const CONFIGURATION: &str = "/etc/resolv.conf";
const HOSTS: &str = "/etc/hosts";
/// How often changes of those are looked for.
const LOOK: Duration = Duration::from_secs(5);
