//! The protocol of certificate authorities (RFC 8555): signed requests, accounts, orders.
//!
//! Owns nonces and the meaning of an authority's errors. Must not know where things are kept, who answers challenges,
//! or when a certificate is wanted.

mod account;
mod error;
mod order;
mod renewal;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::keys::AccountKey;
use windrose_courier::{Answer, Https, Request};

pub(crate) use account::{Binding, Registered};
pub(crate) use error::{AcmeError, Blame};
pub(crate) use order::{Authorization, Challenge, Identifier, Order, State};
pub(crate) use renewal::{Window, id as certificate_id};

/// What an authority offers (RFC 8555 §7.1.1).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Directory {
    new_nonce: String,
    new_account: String,
    new_order: String,
    #[serde(default)]
    revoke_cert: String,
    /// Where it says when to renew (RFC 9773).
    #[serde(default)]
    renewal_info: Option<String>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    external_account_required: bool,
    profiles: std::collections::BTreeMap<String, Value>,
}

/// Talks to one authority as one account.
#[derive(Debug)]
pub(crate) struct Client {
    https: Https,
    directory: Directory,
    key: AccountKey,
    /// The address of the account, once there is one.
    account: Option<String>,
    nonces: Mutex<Vec<String>>,
}

impl Client {
    /// Asks the authority what it offers.
    pub(crate) async fn new(https: Https, directory: &str, key: AccountKey) -> Result<Self, AcmeError> {
        let answer = https.send(&Request::get(directory)).await?;
        if !answer.is_success() {
            return Err(AcmeError::of(directory, &answer));
        }
        let offered = read(directory, &answer)?;
        Ok(Self { https, directory: offered, key, account: None, nonces: Mutex::default() })
    }

    pub(crate) fn key(&self) -> &AccountKey {
        &self.key
    }

    /// Asks as the account, without saying anything (RFC 8555 §6.3).
    async fn ask(&self, url: &str) -> Result<Answer, AcmeError> {
        self.post(url, None).await
    }

    async fn post(&self, url: &str, payload: Option<&Value>) -> Result<Answer, AcmeError> {
        self.post_accepting(url, payload, "application/json").await
    }

    /// Posts; an authority that does not like the nonce is asked again, as RFC 8555 §6.5 says.
    async fn post_accepting(
        &self,
        url: &str,
        payload: Option<&Value>,
        accept: &str,
    ) -> Result<Answer, AcmeError> {
        let mut tries = 0;
        loop {
            let nonce = self.nonce().await?;
            let body = self.signed(url, &nonce, payload)?;
            let request =
                Request::post(url).with("Accept", accept).body("application/jose+json", body.to_string());
            let answer = self.https.send(&request).await?;
            self.keep_nonce(&answer);
            if answer.is_success() {
                return Ok(answer);
            }
            let error = AcmeError::of(url, &answer);
            tries += 1;
            if !error.is_bad_nonce() || tries == MOST_TRIES {
                return Err(error);
            }
        }
    }

    fn signed(&self, url: &str, nonce: &str, payload: Option<&Value>) -> Result<Value, AcmeError> {
        let mut protected = json!({"alg": "RS256", "nonce": nonce, "url": url});
        match &self.account {
            Some(account) => protected["kid"] = json!(account),
            None => protected["jwk"] = self.key.jwk().clone(),
        }
        let protected = BASE64URL_NOPAD.encode(protected.to_string().as_bytes());
        let payload = payload.map(Value::to_string).unwrap_or_default();
        let payload = BASE64URL_NOPAD.encode(payload.as_bytes());
        let signature = self.key.sign(format!("{protected}.{payload}").as_bytes())?;
        Ok(
            json!({"protected": protected, "payload": payload, "signature": BASE64URL_NOPAD.encode(&signature)}),
        )
    }

    async fn nonce(&self) -> Result<String, AcmeError> {
        let kept = self.nonces.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(nonce) = kept {
            return Ok(nonce);
        }
        let url = &self.directory.new_nonce;
        let answer = self.https.send(&Request::new("HEAD", url)).await?;
        let nonce = answer.field("replay-nonce").map(str::to_owned);
        nonce.ok_or_else(|| AcmeError::Odd(url.clone(), "it gives no nonce".into()))
    }

    fn keep_nonce(&self, answer: &Answer) {
        if let Some(nonce) = answer.field("replay-nonce") {
            let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
            if nonces.len() < MOST_NONCES {
                nonces.push(nonce.to_owned());
            }
        }
    }
}

/// The answer as what it should be.
fn read<T: DeserializeOwned>(url: &str, answer: &Answer) -> Result<T, AcmeError> {
    serde_json::from_slice(&answer.body).map_err(|error| AcmeError::Odd(url.to_owned(), error.to_string()))
}

/// How often one request is sent when the authority does not like its nonces.
const MOST_TRIES: u32 = 5;
const MOST_NONCES: usize = 16;
