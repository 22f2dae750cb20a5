//! Orders, authorizations and challenges (RFC 8555 §7.1, §7.4, §7.5).

use std::net::IpAddr;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{Instant, sleep};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::error::{Problem, pause};
use super::{AcmeError, Client, read};
use windrose_courier::Answer;

/// A name that a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Identifier {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: String,
}

/// How far something has come (RFC 8555 §7.1.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Pending,
    Ready,
    Processing,
    Valid,
    Invalid,
    #[default]
    #[serde(other)]
    Unknown,
}

/// A certificate on its way.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    #[serde(skip)]
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) status: State,
    #[serde(default)]
    pub(crate) authorizations: Vec<String>,
    finalize: String,
    certificate: Option<String>,
    error: Option<Problem>,
}

/// What an authority wants to know of one name.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Authorization {
    #[serde(skip)]
    pub(crate) url: String,
    pub(crate) identifier: Identifier,
    #[serde(default)]
    pub(crate) status: State,
    #[serde(default)]
    pub(crate) challenges: Vec<Challenge>,
}

/// One way of proving.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Challenge {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) token: String,
    #[serde(default)]
    error: Option<Problem>,
}

impl Client {
    /// Orders a certificate; `replaces` names the one that it is to replace (RFC 9773 §5).
    pub(crate) async fn order(
        &self,
        names: &[String],
        profile: &str,
        replaces: Option<&str>,
    ) -> Result<Order, AcmeError> {
        let identifiers: Vec<Identifier> = names.iter().map(|name| Identifier::of(name)).collect();
        let mut payload = json!({"identifiers": identifiers});
        if !profile.is_empty() {
            self.check_profile(profile)?;
            payload["profile"] = json!(profile);
        }
        if let Some(replaces) = replaces {
            payload["replaces"] = json!(replaces);
        }
        let url = &self.directory.new_order;
        let answer = self.post(url, Some(&payload)).await?;
        let address = answer.field("location").map(str::to_owned);
        let address = address
            .ok_or_else(|| AcmeError::Odd(url.clone(), "it does not say where the order is".into()))?;
        Ok(Order { url: address, ..read(url, &answer)? })
    }

    fn check_profile(&self, profile: &str) -> Result<(), AcmeError> {
        let offered = &self.directory.meta.profiles;
        if offered.contains_key(profile) {
            return Ok(());
        }
        let names = offered.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let names = if names.is_empty() { "none".to_owned() } else { names };
        Err(AcmeError::Settings(format!("the authority has no profile {profile}; it has {names}")))
    }

    pub(crate) async fn authorization(&self, url: &str) -> Result<Authorization, AcmeError> {
        let answer = self.ask(url).await?;
        Ok(Authorization { url: url.to_owned(), ..read(url, &answer)? })
    }

    /// Says that a challenge can be looked at.
    pub(crate) async fn accept(&self, challenge: &Challenge) -> Result<(), AcmeError> {
        self.post(&challenge.url, Some(&json!({}))).await.map(drop)
    }

    /// Gives an authorization up, so that it does not stay open.
    pub(crate) async fn deactivate(&self, url: &str) -> Result<(), AcmeError> {
        self.post(url, Some(&json!({"status": "deactivated"}))).await.map(drop)
    }

    /// Waits until the authority has made up its mind about a name.
    pub(crate) async fn decided(&self, url: &str, limit: Duration) -> Result<(), AcmeError> {
        let end = Instant::now() + limit;
        loop {
            let answer = self.ask(url).await?;
            let authorization: Authorization = read(url, &answer)?;
            match authorization.status {
                State::Valid => return Ok(()),
                State::Pending | State::Processing => {}
                _ => return Err(authorization.failure()),
            }
            wait(&answer, end, "it has not looked at the proof").await?;
        }
    }

    /// Has the certificate made for a request in DER, and gives where it is.
    pub(crate) async fn finalize(
        &self,
        order: &Order,
        request: &[u8],
        limit: Duration,
    ) -> Result<String, AcmeError> {
        let end = Instant::now() + limit;
        let payload = json!({"csr": BASE64URL_NOPAD.encode(request)});
        let mut answer = self.post(&order.finalize, Some(&payload)).await?;
        loop {
            let order: Order = Order { url: order.url.clone(), ..read(&order.url, &answer)? };
            match (order.status, order.certificate) {
                (State::Valid, Some(certificate)) => return Ok(certificate),
                (State::Invalid, _) => {
                    return Err(AcmeError::refused(order.error.unwrap_or_default()));
                }
                _ => {}
            }
            wait(&answer, end, "it has not made the certificate").await?;
            answer = self.ask(&order.url).await?;
        }
    }

    /// The chain in PEM: of those that the authority offers the one that ends below `preferred`, else its own choice.
    pub(crate) async fn download(&self, url: &str, preferred: &str) -> Result<String, AcmeError> {
        let first = self.chain(url).await?;
        let own = text(&first)?;
        if preferred.is_empty() || is_below(&own, preferred) {
            return Ok(own);
        }
        for other in alternates(&first) {
            let chain = text(&self.chain(&other).await?)?;
            if is_below(&chain, preferred) {
                return Ok(chain);
            }
        }
        tracing::warn!(
            preferredChain = preferred,
            "the authority offers no such chain, its own choice is used"
        );
        Ok(own)
    }

    async fn chain(&self, url: &str) -> Result<Answer, AcmeError> {
        self.post_accepting(url, None, "application/pem-certificate-chain").await
    }

    /// Has a certificate revoked, given in DER.
    pub(crate) async fn revoke(&self, certificate: &[u8]) -> Result<(), AcmeError> {
        let payload = json!({"certificate": BASE64URL_NOPAD.encode(certificate)});
        self.post(&self.directory.revoke_cert, Some(&payload)).await.map(drop)
    }
}

impl Identifier {
    pub(crate) fn of(name: &str) -> Self {
        let kind = if name.parse::<IpAddr>().is_ok() { "ip" } else { "dns" };
        Self { kind: kind.into(), value: name.into() }
    }
}

impl Authorization {
    /// What the authority says of the challenge that failed.
    fn failure(&self) -> AcmeError {
        let said = self.challenges.iter().find_map(|challenge| challenge.error.clone());
        AcmeError::refused(said.unwrap_or_default())
    }
}

/// Waits as long as the authority asks for, within reason and not beyond `end`.
async fn wait(answer: &Answer, end: Instant, what: &'static str) -> Result<(), AcmeError> {
    let asked = answer.field("retry-after").and_then(|value| pause(value, std::time::SystemTime::now()));
    let asked = asked.unwrap_or(POLL).clamp(SHORTEST, LONGEST);
    if Instant::now() + asked > end {
        return Err(AcmeError::Late(what));
    }
    sleep(asked).await;
    Ok(())
}

fn text(answer: &Answer) -> Result<String, AcmeError> {
    let text = String::from_utf8(answer.body.clone()).ok();
    let is_chain = |text: &String| text.contains("-----BEGIN CERTIFICATE-----");
    text.filter(is_chain).ok_or_else(|| AcmeError::Odd("the certificate".into(), "it is no PEM text".into()))
}

/// Addresses of other chains (RFC 8555 §7.4.2).
fn alternates(answer: &Answer) -> Vec<String> {
    let links = answer.all("link").flat_map(|value| value.split(','));
    let alternate = links.filter(|link| link.contains("rel=\"alternate\"") || link.contains("rel=alternate"));
    let address = |link: &str| Some(link.split_once('<')?.1.split_once('>')?.0.to_owned());
    alternate.filter_map(address).collect()
}

/// Whether the topmost certificate was issued by an authority of this common name.
fn is_below(chain: &str, issuer: &str) -> bool {
    let top = CertificateDer::pem_slice_iter(chain.as_bytes()).filter_map(Result::ok).last();
    let Some(top) = top else { return false };
    let Ok((_, top)) = X509Certificate::from_der(&top) else { return false };
    top.issuer().iter_common_name().any(|name| name.as_str() == Ok(issuer))
}

const POLL: Duration = Duration::from_secs(1);
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
