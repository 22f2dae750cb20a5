//! What an operator does by hand: looks at certificates, has one renewed or revoked.
//!
//! It works on storage, beside a gateway that serves or without one; a gateway notices within seconds.

use std::sync::Arc;
use std::time::SystemTime;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use thiserror::Error;
use windrose_config::StaticConfig;
use windrose_config::static_config::Acme;
use windrose_tls::load_certificate;

use crate::agent::{Agent, Surroundings, Times, Wanted};
use crate::provider::chain;
use crate::storage::Certificate;

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum CommandError {
    /// Nobody has it.
    #[error("no certificate resolver has a certificate for {0}; `windrose cert list` shows those there are")]
    Unknown(String),
    /// A resolver that proves through the gateway.
    #[error(
        "resolver {0} proves names through the gateway that serves, which renews by itself; here only dnsChallenge can"
    )]
    ThroughGateway(String),
    /// Something else, with the resolver.
    #[error("resolver {0}: {1}")]
    Failed(String, String),
}

/// One line for each certificate, sorted by resolver and name.
///
/// # Errors
/// Storage cannot be read.
pub fn list(settings: &StaticConfig, around: &Surroundings) -> Result<Vec<String>, CommandError> {
    let mut lines = Vec::new();
    for (name, acme) in resolvers(settings) {
        for one in kept(name, acme, around)? {
            lines.push(format!("{name}  {}  {}", one.domain.names().join(","), life(acme, &one)));
        }
    }
    lines.sort();
    Ok(lines)
}

/// Obtains a certificate anew in place of the one for this name.
///
/// # Errors
/// There is none, or it cannot be obtained.
pub async fn renew(
    settings: &StaticConfig,
    around: &Surroundings,
    name: &str,
) -> Result<String, CommandError> {
    let (agent, one) = aside(|| find(settings, around, name))?;
    if !agent.proves_alone() {
        return Err(CommandError::ThroughGateway(agent.name.to_string()));
    }
    let names = one.domain.names();
    let wanted = Wanted { names: names.clone(), replaces: None, known: Some(one.certificate) };
    agent.obtain(&wanted).await.1.map_err(|error| failed(&agent.name, &error))?;
    Ok(format!("renewed {}", names.join(",")))
}

/// Has the certificate for this name revoked, and forgets it.
///
/// # Errors
/// There is none, or the authority refuses.
pub async fn revoke(
    settings: &StaticConfig,
    around: &Surroundings,
    name: &str,
) -> Result<String, CommandError> {
    let (agent, one) = aside(|| find(settings, around, name))?;
    let names = one.domain.names();
    let der = CertificateDer::from_pem_slice(&one.certificate);
    let der = der.map_err(|error| failed(&agent.name, &error))?;
    agent.revoke(&der).await.map_err(|error| failed(&agent.name, &error))?;
    agent.forget(names.clone()).await.map_err(|error| failed(&agent.name, &error))?;
    Ok(format!("revoked {}", names.join(",")))
}

/// On a thread that may wait.
fn aside<T: Send>(work: impl FnOnce() -> Result<T, CommandError> + Send) -> Result<T, CommandError> {
    std::thread::scope(|scope| {
        let done = scope.spawn(work).join();
        done.unwrap_or_else(|_| Err(CommandError::Failed("storage".into(), "looking at it failed".into())))
    })
}

fn resolvers(settings: &StaticConfig) -> impl Iterator<Item = (&Arc<str>, &Acme)> {
    let all = settings.certificates_resolvers.iter();
    all.filter_map(|(name, resolver)| Some((name, &**resolver.acme.as_ref()?)))
}

fn kept(resolver: &str, acme: &Acme, around: &Surroundings) -> Result<Vec<Certificate>, CommandError> {
    let store = (around.open)(&acme.storage).map_err(|error| failed(resolver, &error))?;
    // To look must not make anything.
    if !store.exists() {
        return Ok(Vec::new());
    }
    let kept = store.load(resolver);
    kept.map(|kept| kept.certificates).map_err(|error| failed(resolver, &error))
}

fn find(
    settings: &StaticConfig,
    around: &Surroundings,
    name: &str,
) -> Result<(Arc<Agent>, Certificate), CommandError> {
    for (resolver, acme) in resolvers(settings) {
        let has = |one: &Certificate| one.domain.names().iter().any(|known| known.eq_ignore_ascii_case(name));
        if let Some(one) = kept(resolver, acme, around)?.into_iter().find(has) {
            let store = (around.open)(&acme.storage).map_err(|error| failed(resolver, &error))?;
            let agent =
                Agent::new(resolver, acme, store, around).map_err(|error| failed(resolver, &error))?;
            return Ok((Arc::new(agent), one));
        }
    }
    Err(CommandError::Unknown(name.to_owned()))
}

fn life(acme: &Acme, one: &Certificate) -> String {
    let loaded = match load_certificate(&one.certificate, &one.key) {
        Ok(loaded) => loaded,
        Err(error) => return format!("cannot be used: {error}"),
    };
    let facts = loaded.facts();
    let day = |time: SystemTime| {
        jiff::Timestamp::try_from(time)
            .map_or_else(|_| "?".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
    };
    let end =
        SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(u64::try_from(facts.not_after).unwrap_or(0));
    let renewal = Times::of(acme.certificates_duration).renew_at(facts.not_before, facts.not_after);
    format!("ends {}  renewed {} at the latest", day(end), day(renewal))
}

fn failed(resolver: &str, error: &dyn std::error::Error) -> CommandError {
    CommandError::Failed(resolver.to_owned(), chain(error))
}
