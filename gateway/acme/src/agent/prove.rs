//! Proving control of the names of an order.

use std::time::Duration;

use tokio::time::sleep;

use super::{Agent, ByDns, ObtainError, Surroundings};
use crate::acme::{Authorization, Challenge, Client, Order, State};
use crate::dns::{Placed, Record, challenge_name, wait_for_propagation};
use crate::keys::challenge_certificate;
use crate::storage::peers::Proof;

/// A proof that is to be given.
struct Task {
    authorization: Authorization,
    challenge: Challenge,
    way: Way,
}

/// How it is given.
enum Way {
    Tls,
    Http,
    Dns,
}

impl Agent {
    /// Proves all that the authority does not know yet.
    pub(super) async fn prove(&self, client: &Client, order: &Order) -> Result<(), ObtainError> {
        let mut tasks = Vec::new();
        for url in &order.authorizations {
            let authorization = client.authorization(url).await?;
            if authorization.status != State::Valid {
                tasks.push(self.task(authorization)?);
            }
        }
        let (by_dns, others): (Vec<Task>, Vec<Task>) =
            tasks.into_iter().partition(|task| matches!(task.way, Way::Dns));
        let outcome = async {
            for task in &others {
                self.show(client, task).await?;
            }
            match &self.dns {
                Some(dns) if !by_dns.is_empty() => prove_by_dns(client, dns, &by_dns).await,
                _ => Ok(()),
            }
        };
        let outcome = outcome.await;
        if outcome.is_err() {
            // An authorization that stays open counts against us.
            for task in others.iter().chain(&by_dns) {
                if client.deactivate(&task.authorization.url).await.is_err() {
                    tracing::debug!(
                        name = task.authorization.identifier.value,
                        "an authorization stays open"
                    );
                }
            }
        }
        outcome
    }

    /// The way in which a name is proved: of those that are offered the first that the resolver has.
    fn task(&self, authorization: Authorization) -> Result<Task, ObtainError> {
        // lego: in this order, too.
        let ways = [
            ("tls-alpn-01", Way::Tls, self.acme.tls_challenge.is_some()),
            ("http-01", Way::Http, self.acme.http_challenge.is_some()),
            ("dns-01", Way::Dns, self.dns.is_some()),
        ];
        for (kind, way, is_there) in ways {
            if let Some(challenge) =
                authorization.challenges.iter().find(|one| one.kind == kind).filter(|_| is_there)
            {
                let challenge = challenge.clone();
                return Ok(Task { authorization, challenge, way });
            }
        }
        let offered: Vec<&str> = authorization.challenges.iter().map(|one| &*one.kind).collect();
        Err(ObtainError::NoWay(authorization.identifier.value.clone(), offered.join(", ")))
    }

    /// Proves by what the gateway itself answers.
    async fn show(&self, client: &Client, task: &Task) -> Result<(), ObtainError> {
        let authorization = client.key().authorization(&task.challenge.token);
        let (proof, delay) = match task.way {
            Way::Tls => {
                let name = task.authorization.identifier.value.clone();
                let delay = self.acme.tls_challenge.as_ref().map(|challenge| challenge.delay);
                (Proof::Tls { name, authorization }, delay)
            }
            _ => {
                let token = task.challenge.token.clone();
                let delay = self.acme.http_challenge.as_ref().map(|challenge| challenge.delay);
                (Proof::Http { token, authorization }, delay)
            }
        };
        self.around.show(&proof)?;
        let shown = Shown { agent: self, proof };
        self.post(&shown.proof).await?;
        sleep(delay.and_then(|delay| delay.to_std()).unwrap_or_default()).await;
        client.accept(&task.challenge).await?;
        Ok(client.decided(&task.authorization.url, DECISION).await?)
    }
}

/// What is shown here and elsewhere until this is dropped.
struct Shown<'a> {
    agent: &'a Agent,
    proof: Proof,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.agent.store.peers().withdraw(&self.proof);
        self.agent.around.hide(&self.proof);
    }
}

impl Surroundings {
    /// Shows a proof to authorities.
    pub(crate) fn show(&self, proof: &Proof) -> Result<(), ObtainError> {
        match proof {
            Proof::Http { token, authorization } => self.tokens.show(token, authorization),
            Proof::Tls { name, authorization } => {
                let (certificate, key) = challenge_certificate(name, authorization)?;
                self.challenges.show(name, certificate.as_bytes(), key.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Shows it no more.
    pub(crate) fn hide(&self, proof: &Proof) {
        match proof {
            Proof::Http { token, .. } => self.tokens.hide(token),
            Proof::Tls { name, .. } => self.challenges.hide(name),
        }
    }
}

/// Proves by records, all at once or, where there is room for one only, one after the other.
async fn prove_by_dns(client: &Client, dns: &ByDns, tasks: &[Task]) -> Result<(), ObtainError> {
    let Some(pause) = dns.provider.one_by_one() else { return prove_together(client, dns, tasks).await };
    for (position, task) in tasks.iter().enumerate() {
        if position > 0 {
            sleep(pause).await;
        }
        prove_together(client, dns, std::slice::from_ref(task)).await?;
    }
    Ok(())
}

async fn prove_together(client: &Client, dns: &ByDns, tasks: &[Task]) -> Result<(), ObtainError> {
    let mut placed: Vec<(Record, Placed)> = Vec::new();
    let outcome = async {
        for task in tasks {
            let domain = &task.authorization.identifier.value;
            let name = challenge_name(&dns.resolver, domain, dns.follows).await?;
            let authorization = client.key().authorization(&task.challenge.token);
            let record = Record::new(domain, &task.challenge.token, &authorization, &name);
            let done = dns.provider.present(&record).await?;
            placed.push((record, done));
        }
        sleep(dns.delay).await;
        if let Some(checks) = dns.checks {
            for (record, _) in &placed {
                wait_for_propagation(&dns.resolver, record, checks, dns.provider.timing()).await?;
            }
        }
        for task in tasks {
            client.accept(&task.challenge).await?;
            client.decided(&task.authorization.url, DECISION).await?;
        }
        Ok(())
    };
    let outcome = outcome.await;
    for (record, done) in &placed {
        if let Err(error) = dns.provider.clean_up(record, done).await {
            tracing::warn!(name = record.name, %error, "a record of a challenge stays in DNS");
        }
    }
    outcome
}

/// How long an authority may take to look at a proof.
const DECISION: Duration = Duration::from_secs(180);
