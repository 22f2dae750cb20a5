//! When the authority wants a certificate renewed (RFC 9773).

use std::time::{Duration, SystemTime};

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use super::error::pause;
use super::{AcmeError, Client, read};
use windrose_courier::Request;

/// When to renew, and when to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
    pub(crate) ask_again: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    suggested_window: Suggested,
}

#[derive(Deserialize)]
struct Suggested {
    start: String,
    end: String,
}

impl Client {
    /// Whether the authority says when to renew.
    pub(crate) fn tells_renewal(&self) -> bool {
        self.directory.renewal_info.is_some()
    }

    /// When the authority wants this certificate renewed; `None` when it does not say such things.
    pub(crate) async fn renewal(&self, id: &str) -> Result<Option<Window>, AcmeError> {
        let Some(base) = &self.directory.renewal_info else { return Ok(None) };
        let url = format!("{}/{id}", base.trim_end_matches('/'));
        let answer = self.https.send(&Request::get(&url)).await?;
        if !answer.is_success() {
            return Err(AcmeError::of(&url, &answer));
        }
        let Info { suggested_window: Suggested { start, end } } = read(&url, &answer)?;
        let time = |text: &str| {
            let parsed: Result<jiff::Timestamp, _> = text.parse();
            parsed.map(SystemTime::from).map_err(|error| AcmeError::Odd(url.clone(), error.to_string()))
        };
        let (start, end) = (time(&start)?, time(&end)?);
        let now = SystemTime::now();
        let asked = answer.field("retry-after").and_then(|value| pause(value, now));
        let ask_again = asked.unwrap_or(ASK_AGAIN).clamp(SOONEST, LATEST);
        Ok(Some(Window { start, end, ask_again }))
    }
}

/// The name of a certificate in DER for such questions (RFC 9773 §4.1): key of the authority and serial number.
pub(crate) fn id(certificate: &[u8]) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let authority = parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(key) => key.key_identifier.as_ref().map(|id| id.0),
        _ => None,
    })?;
    let serial = parsed.raw_serial();
    Some(format!("{}.{}", BASE64URL_NOPAD.encode(authority), BASE64URL_NOPAD.encode(serial)))
}

/// RFC 9773 §4.3.2 and §4.3.3.
const ASK_AGAIN: Duration = Duration::from_secs(6 * 3600);
const SOONEST: Duration = Duration::from_secs(60);
const LATEST: Duration = Duration::from_secs(24 * 3600);
