//! One resolver at work: its account, its way of proving, and how a certificate is obtained with them.
//!
//! Owns the connection to the authority, which is made when it is first needed. Must not know which certificates are
//! wanted, or when. Dropping a future of it leaves at most a challenge shown that nobody looks for.

mod access;
mod prove;
mod share;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use thiserror::Error;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use windrose_config::static_config::{Acme, DnsChallenge};
use windrose_tls::{Challenges, ClientTlsError, Files};

use crate::acme::{AcmeError, Blame, Client, Window};
use crate::challenge::Tokens;
use crate::dns::{Checks, Dns, DnsError, Env, Resolver};
use crate::keys::{CertificateRequest, KeyError, KeyType};
use crate::storage::peers::Claim;
use crate::storage::{self, Kept, Store, StoreError};
use share::Right;

/// What all resolvers share.
#[derive(Clone)]
pub struct Surroundings {
    /// Answers of HTTP challenges.
    pub tokens: Arc<Tokens>,
    /// Certificates of TLS challenges.
    pub challenges: Arc<Challenges>,
    /// Where variables of DNS providers are.
    pub env: Env,
    /// Where certificates of authorities are read.
    pub files: Arc<dyn Files + Send + Sync>,
    /// Where the system says which DNS servers it asks.
    pub resolv_conf: Arc<str>,
    /// Opens what `storage` names.
    pub open: storage::Open,
}

impl Surroundings {
    /// Those of this process, which reads files so, and in which nobody looks for proofs yet.
    #[must_use]
    pub fn of_process(files: impl Files + Send + Sync + 'static) -> Self {
        Self {
            tokens: Arc::default(),
            challenges: Arc::default(),
            env: Env::process(),
            files: Arc::new(files),
            resolv_conf: "/etc/resolv.conf".into(),
            open: storage::file,
        }
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// A resolver.
pub(crate) struct Agent {
    pub(crate) name: Arc<str>,
    pub(crate) acme: Acme,
    key_type: KeyType,
    store: Arc<dyn Store>,
    around: Surroundings,
    https: windrose_courier::Https,
    dns: Option<ByDns>,
    /// The authority, once it was asked.
    client: Mutex<Option<Arc<Client>>>,
}

/// Proof by DNS.
struct ByDns {
    provider: Arc<dyn Dns>,
    resolver: Resolver,
    checks: Option<Checks>,
    delay: Duration,
    follows: bool,
}

/// Why there is no certificate.
#[derive(Debug, Error)]
pub(crate) enum ObtainError {
    #[error(transparent)]
    Acme(#[from] AcmeError),
    #[error(transparent)]
    Dns(#[from] DnsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Name(#[from] crate::domains::NameError),
    #[error("the authority asks for a proof of {0} that the resolver cannot give: it offers {1}")]
    NoWay(String, String),
    #[error("the certificate cannot be used")]
    Unusable(#[from] windrose_tls::CertificateError),
    #[error("work on another thread ended early")]
    Cut,
    #[error("the right to obtain it cannot be taken")]
    Right(#[source] std::io::Error),
    #[error("another gateway has failed to obtain it")]
    Resting(SystemTime),
}

/// Why a resolver cannot be used at all.
#[derive(Debug, Error)]
pub(crate) enum Unusable {
    #[error("keyType {0} is not known")]
    KeyType(String),
    #[error("the certificates of the authority cannot be used")]
    Trust(#[from] ClientTlsError),
    #[error("dnsChallenge.provider {0}")]
    Dns(String, #[source] DnsError),
}

/// A certificate to obtain.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Its names in one form, the main one first.
    pub(crate) names: Vec<String>,
    /// The certificate that it is to replace, as the authority names it.
    pub(crate) replaces: Option<String>,
    /// The chain that is known and to be replaced; another one that is good was obtained by somebody else meanwhile.
    pub(crate) known: Option<Vec<u8>>,
}

impl ObtainError {
    pub(crate) fn blame(&self) -> Blame {
        match self {
            Self::Acme(error) => error.blame(),
            Self::Dns(DnsError::Http(_)) | Self::Cut | Self::Store(_) | Self::Key(_) => Blame::Passing,
            Self::Right(_) | Self::Resting(_) => Blame::Passing,
            Self::Dns(_) => Blame::Proof,
            Self::Name(_) | Self::NoWay(..) | Self::Unusable(_) => Blame::Refusal,
        }
    }
}

impl Agent {
    /// A resolver as it is written.
    pub(crate) fn new(
        name: &Arc<str>,
        acme: &Acme,
        store: Arc<dyn Store>,
        around: &Surroundings,
    ) -> Result<Self, Unusable> {
        let key_type = KeyType::named(&acme.key_type);
        Ok(Self {
            name: Arc::clone(name),
            key_type: key_type.ok_or_else(|| Unusable::KeyType(acme.key_type.to_string()))?,
            https: access::authority(acme, around)?,
            dns: acme.dns_challenge.as_ref().map(|dns| ByDns::new(dns, around)).transpose()?,
            acme: acme.clone(),
            store,
            around: around.clone(),
            client: Mutex::new(None),
        })
    }

    /// Whether wildcards can be proved.
    pub(crate) fn has_dns(&self) -> bool {
        self.dns.is_some()
    }

    /// What is kept.
    pub(crate) async fn kept(self: &Arc<Self>) -> Result<Kept, ObtainError> {
        let agent = Arc::clone(self);
        spawn_blocking(move || agent.store.load(&agent.name))
            .await
            .map_err(|_| ObtainError::Cut)?
            .map_err(Into::into)
    }

    /// Whether it can prove names in a program of its own, beside the one that serves.
    pub(crate) fn proves_alone(&self) -> bool {
        self.dns.is_some() && self.acme.tls_challenge.is_none() && self.acme.http_challenge.is_none()
    }

    async fn change(
        self: &Arc<Self>,
        mut change: impl FnMut(&mut Kept) + Send + 'static,
    ) -> Result<Kept, ObtainError> {
        let agent = Arc::clone(self);
        let work = spawn_blocking(move || agent.store.change(&agent.name, &mut change));
        work.await.map_err(|_| ObtainError::Cut)?.map_err(Into::into)
    }

    /// Obtains a certificate and keeps it in the place of the one for the same names; gives all that is kept then, and
    /// the right under which it was done.
    pub(crate) async fn obtain(
        self: &Arc<Self>,
        wanted: &Wanted,
    ) -> (Option<Claim>, Result<Kept, ObtainError>) {
        match self.right(wanted).await {
            Ok(Right::Mine(claim)) => (Some(claim), self.obtain_alone(wanted).await),
            Ok(Right::Done(kept)) => (None, Ok(*kept)),
            Err(error) => (None, Err(error)),
        }
    }

    async fn obtain_alone(self: &Arc<Self>, wanted: &Wanted) -> Result<Kept, ObtainError> {
        let client = self.client().await?;
        let made = match self.order(&client, wanted).await {
            Err(ObtainError::Acme(error)) if error.is_unknown_account() => {
                // The authority has forgotten us: it gets to know us again under the same key.
                tracing::warn!(resolver = %self.name, "the authority does not know the account, it is made again");
                let client = self.register_again(&client).await?;
                self.order(&client, wanted).await?
            }
            Err(ObtainError::Acme(error)) if error.is_already_replaced() && wanted.replaces.is_some() => {
                self.order(&client, &Wanted { replaces: None, ..wanted.clone() }).await?
            }
            made => made?,
        };
        self.change(move |kept| {
            let names = made.domain.names();
            match kept.certificates.iter_mut().find(|one| one.domain.names() == names) {
                Some(one) => *one = made.clone(),
                None => kept.certificates.push(made.clone()),
            }
        })
        .await
    }

    async fn order(&self, client: &Client, wanted: &Wanted) -> Result<storage::Certificate, ObtainError> {
        let names = &wanted.names;
        let order = client.order(names, &self.acme.profile, wanted.replaces.as_deref()).await?;
        self.prove(client, &order).await?;
        let kind = self.key_type;
        let (key, key_pem) =
            spawn_blocking(move || kind.generate()).await.map_err(|_| ObtainError::Cut)??;
        let mails = &self.acme.email_addresses;
        let request = CertificateRequest { names, mails, common_name: !self.acme.disable_common_name };
        let request = request.der(&key)?;
        let limit = self.acme.certificate_timeout.to_std().unwrap_or(LONGEST);
        let url = client.finalize(&order, &request, limit).await?;
        let chain = client.download(&url, &self.acme.preferred_chain).await?;
        windrose_tls::load_certificate(chain.as_bytes(), key_pem.as_bytes())?;
        Ok(storage::Certificate::new(names, &chain, &key_pem))
    }

    /// When the authority wants a certificate renewed.
    pub(crate) async fn renewal(self: &Arc<Self>, id: &str) -> Result<Option<Window>, ObtainError> {
        let client = self.client().await?;
        if !client.tells_renewal() {
            return Ok(None);
        }
        Ok(client.renewal(id).await?)
    }

    /// Has a certificate revoked, given in DER.
    pub(crate) async fn revoke(self: &Arc<Self>, certificate: &[u8]) -> Result<(), ObtainError> {
        Ok(self.client().await?.revoke(certificate).await?)
    }

    /// Forgets a certificate.
    pub(crate) async fn forget(self: &Arc<Self>, names: Vec<String>) -> Result<Kept, ObtainError> {
        self.change(move |kept| kept.certificates.retain(|one| one.domain.names() != names)).await
    }

    /// So much before its end a certificate is to be renewed, and so often that is looked at. traefik: the same, but
    /// that a certificate which lives shorter than is written is renewed in its last third, not at once and for ever.
    pub(crate) fn times(&self) -> Times {
        Times::of(self.acme.certificates_duration)
    }
}

/// When certificates are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) before_end: Duration,
    pub(crate) every: Duration,
}

impl Times {
    pub(crate) fn of(hours: u32) -> Self {
        let hour = |count: u64| Duration::from_secs(count * 3600);
        let minutes = |count: u64| Duration::from_secs(count * 60);
        let (before_end, every) = match hours {
            8760.. => (hour(24 * 120), hour(24 * 7)),
            2160.. => (hour(24 * 30), hour(24)),
            720.. => (hour(24 * 10), hour(12)),
            144.. => (hour(24 * 2), hour(2)),
            24.. => (hour(6), minutes(10)),
            _ => (minutes(20), minutes(1)),
        };
        Self { before_end, every }
    }

    /// When a certificate that is valid from then to then is to be renewed.
    pub(crate) fn renew_at(&self, not_before: i64, not_after: i64) -> SystemTime {
        let at =
            |seconds: i64| SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        let lifetime = Duration::from_secs(u64::try_from(not_after.saturating_sub(not_before)).unwrap_or(0));
        at(not_after) - self.before_end.min(lifetime / 3)
    }
}

impl ByDns {
    fn new(written: &DnsChallenge, around: &Surroundings) -> Result<Self, Unusable> {
        let code = &**written.provider;
        let failed = |error| Unusable::Dns(code.to_owned(), error);
        let resolver = Resolver::new(&written.resolvers, &around.resolv_conf);
        let https = access::dns_provider(around)?;
        let tools = crate::dns::Tools { env: around.env.clone(), https, resolver: resolver.clone() };
        let provider = crate::dns::make(code, &tools).map_err(failed)?;
        let propagation = written.propagation.clone().unwrap_or_default();
        let checks = Checks {
            authoritative: !propagation.disable_ans_checks,
            recursive: propagation.require_all_rns,
            port: 53,
        };
        let is_off = propagation.disable_checks || written.disable_propagation_check;
        let delay = [propagation.delay_before_checks, written.delay_before_check];
        let delay = delay.into_iter().filter_map(|delay| delay.to_std()).max().unwrap_or_default();
        let follows = !around.env.is_true("LEGO_DISABLE_CNAME_SUPPORT");
        Ok(Self { provider, resolver, checks: (!is_off).then_some(checks), delay, follows })
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("name", &self.name).finish_non_exhaustive()
    }
}

const LONGEST: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_renewed_when_traefik_would() {
        let day = 24 * 3600;
        for (hours, days) in [(8760, 120), (2160, 30), (720, 10), (144, 2)] {
            let times = Times::of(hours);
            assert_eq!(times.before_end, Duration::from_secs(days * day));
            let lifetime = i64::from(hours) * 3600;
            let at = times.renew_at(0, lifetime).duration_since(SystemTime::UNIX_EPOCH).unwrap();
            let expected = u64::from(hours) * 3600 - (days * day).min(u64::from(hours) * 1200);
            assert_eq!(at.as_secs(), expected, "{hours}");
        }
        assert_eq!(Times::of(1).every, Duration::from_secs(60));
    }

    #[test]
    fn a_certificate_that_lives_shorter_than_is_written_is_not_renewed_at_once() {
        let week = 7 * 24 * 3600;
        let at = Times::of(2160).renew_at(0, week).duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(at.as_secs(), week.unsigned_abs() * 2 / 3);
    }
}
