//! Whether a record can be seen where an authority will look: at all servers of its zone.

use hickory_proto::rr::RecordType;
use tokio::time::{Instant, sleep};

use super::ask::{ask, texts};
use super::{DnsError, Record, Resolver, Timing};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checks {
    /// The servers of the zone.
    pub(crate) authoritative: bool,
    /// All servers that answer for the whole of DNS.
    pub(crate) recursive: bool,
    /// The port of the servers of a zone.
    pub(crate) port: u16,
}

/// Waits until the record is seen everywhere.
pub(crate) async fn wait(
    resolver: &Resolver,
    record: &Record,
    checks: Checks,
    timing: Timing,
) -> Result<(), DnsError> {
    let started = Instant::now();
    loop {
        let last = match seen(resolver, record, checks).await {
            Ok(()) => return Ok(()),
            Err(last) => last,
        };
        tracing::debug!(name = record.name, reason = %last, "the record is not seen yet");
        if started.elapsed() + timing.interval > timing.limit {
            return Err(DnsError::NotSeen {
                name: record.name.clone(),
                value: record.value.clone(),
                waited: started.elapsed(),
                last: last.to_string(),
            });
        }
        sleep(timing.interval).await;
    }
}

async fn seen(resolver: &Resolver, record: &Record, checks: Checks) -> Result<(), DnsError> {
    let mut servers: Vec<(String, bool)> = Vec::new();
    if checks.recursive {
        servers.extend(resolver.servers().iter().map(|server| (server.clone(), true)));
    }
    if checks.authoritative {
        let zone = resolver.zone(&record.name).await?;
        for server in resolver.servers_of(&zone).await? {
            servers.push((format!("{}:{}", super::bare(&server), checks.port), false));
        }
    }
    for (server, recursive) in servers {
        let answer = ask(&server, &record.name, RecordType::TXT, recursive).await?;
        let found = texts(&answer);
        if !found.contains(&record.value) {
            let code = answer.metadata.response_code;
            return Err(DnsError::Other(format!("{server} answers {code} with {} other texts", found.len())));
        }
    }
    Ok(())
}
