//! Accounts (RFC 8555 §7.3).

use aws_lc_rs::hmac;
use data_encoding::{BASE64URL, BASE64URL_NOPAD};
use serde_json::{Value, json};
use windrose_config::redact::Secret;

use super::{AcmeError, Client};

/// What ties an account to one that exists elsewhere (RFC 8555 §7.3.4).
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) key_id: String,
    pub(crate) key: Secret,
}

/// An account as the authority knows it.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub(crate) url: String,
    /// All that the authority says of it.
    pub(crate) body: Value,
}

impl Client {
    /// Uses the account at this address.
    pub(crate) fn use_account(&mut self, url: &str) {
        self.account = Some(url.to_owned());
    }

    /// Makes an account for our key; where there is one already, that is it.
    pub(crate) async fn register(
        &mut self,
        mail: &str,
        binding: Option<&Binding>,
    ) -> Result<Registered, AcmeError> {
        self.account = None;
        let url = self.directory.new_account.clone();
        let mut payload = json!({"termsOfServiceAgreed": true});
        if !mail.is_empty() {
            payload["contact"] = json!([format!("mailto:{mail}")]);
        }
        match binding {
            Some(binding) => payload["externalAccountBinding"] = self.bound(&url, binding)?,
            None if self.directory.meta.external_account_required => {
                let message = "the authority asks for an external account; write eab.kid and eab.hmacEncoded";
                return Err(AcmeError::Settings(message.into()));
            }
            None => {}
        }
        let answer = self.post(&url, Some(&payload)).await?;
        let Some(address) = answer.field("location").map(str::to_owned) else {
            return Err(AcmeError::Odd(url, "it does not say where the account is".into()));
        };
        self.account = Some(address.clone());
        Ok(Registered { url: address, body: answer.json().unwrap_or_default() })
    }

    fn bound(&self, url: &str, binding: &Binding) -> Result<Value, AcmeError> {
        let written = binding.key.expose();
        let key =
            BASE64URL_NOPAD.decode(written.as_bytes()).or_else(|_| BASE64URL.decode(written.as_bytes()));
        let key = key.map_err(|_| AcmeError::Settings("eab.hmacEncoded is no base64url text".into()))?;
        let protected = json!({"alg": "HS256", "kid": binding.key_id, "url": url});
        let protected = BASE64URL_NOPAD.encode(protected.to_string().as_bytes());
        let payload = BASE64URL_NOPAD.encode(self.key.jwk().to_string().as_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let signature = hmac::sign(&key, format!("{protected}.{payload}").as_bytes());
        let signature = BASE64URL_NOPAD.encode(signature.as_ref());
        Ok(json!({"protected": protected, "payload": payload, "signature": signature}))
    }
}
