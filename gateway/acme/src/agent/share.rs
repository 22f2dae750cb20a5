//! Obtaining beside other gateways that keep in the same place.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use windrose_tls::load_certificate;

use super::{Agent, ObtainError, Wanted};
use crate::storage::peers::{Claim, Claimed, Peers, Proof};
use crate::storage::{Certificate, Kept};

/// What came of asking for the right to obtain a certificate.
pub(super) enum Right {
    /// Nobody else obtains it.
    Mine(Claim),
    /// Somebody else has obtained it.
    Done(Box<Kept>),
}

impl Agent {
    /// Waits for the right to obtain a certificate, or for whoever has it to be done.
    pub(super) async fn right(self: &Arc<Self>, wanted: &Wanted) -> Result<Right, ObtainError> {
        let what = format!("certificate\n{}\n{}", self.name, wanted.names.join("\n"));
        loop {
            let claimed = self.claim(&what).await?;
            // Whoever had it before may have used it.
            let kept = self.kept().await?;
            if kept.certificates.iter().any(|one| self.is_done(one, wanted)) {
                tracing::info!(resolver = %self.name, names = wanted.names.join(","), "another gateway has obtained it");
                return Ok(Right::Done(Box::new(kept)));
            }
            match claimed {
                Claimed::Mine(claim) => return Ok(Right::Mine(claim)),
                Claimed::Resting(until) => return Err(ObtainError::Resting(until)),
                Claimed::Elsewhere => sleep(PAUSE).await,
            }
        }
    }

    /// Waits for the right to make the account.
    pub(super) async fn right_to_register(&self) -> Result<Claim, ObtainError> {
        loop {
            match self.claim(&format!("account\n{}", self.name)).await? {
                Claimed::Mine(claim) => return Ok(claim),
                Claimed::Elsewhere | Claimed::Resting(_) => sleep(PAUSE).await,
            }
        }
    }

    /// Has all gateways show a proof. Those that do not say in time that they do are not waited for.
    pub(super) async fn post(&self, proof: &Proof) -> Result<(), ObtainError> {
        let posted = proof.clone();
        self.blocking(move |peers| peers.post(&posted)).await?.map_err(ObtainError::Right)?;
        let limit = Instant::now() + PATIENCE;
        loop {
            let looked = proof.clone();
            if self.blocking(move |peers| peers.is_shown(&looked)).await? {
                return Ok(());
            }
            if Instant::now() >= limit {
                tracing::warn!(resolver = %self.name, "another gateway does not say that it shows the proof, it is not waited for");
                return Ok(());
            }
            sleep(PAUSE).await;
        }
    }

    async fn claim(&self, what: &str) -> Result<Claimed, ObtainError> {
        let what = what.to_owned();
        self.blocking(move |peers| peers.claim(&what)).await?.map_err(ObtainError::Right)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Peers) -> T + Send + 'static,
    ) -> Result<T, ObtainError> {
        let store = Arc::clone(&self.store);
        spawn_blocking(move || work(store.peers())).await.map_err(|_| ObtainError::Cut)
    }

    /// Whether this is what is wanted, obtained by somebody else.
    fn is_done(&self, one: &Certificate, wanted: &Wanted) -> bool {
        if one.domain.names() != wanted.names || wanted.known.as_ref() == Some(&one.certificate) {
            return false;
        }
        load_certificate(&one.certificate, &one.key).is_ok_and(|loaded| {
            let facts = loaded.facts();
            self.times().renew_at(facts.not_before, facts.not_after) > SystemTime::now()
        })
    }
}

const PAUSE: Duration = Duration::from_millis(500);
/// How long other gateways may take to show a proof: folders in a network are seen late.
const PATIENCE: Duration = Duration::from_secs(60);
