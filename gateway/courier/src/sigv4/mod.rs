//! Signature Version 4 of Amazon's services. Pure: the time is told.

#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::{digest, hmac};
use data_encoding::HEXLOWER;
use url::Url;

use crate::{HttpError, Request};

/// Keys that sign.
#[derive(Clone)]
pub struct Keys {
    /// Which keys they are.
    pub id: String,
    /// What is never sent.
    pub secret: String,
    /// What belongs to keys that end.
    pub session_token: Option<String>,
}

/// Which service is asked where.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// As in `route53`.
    pub service: &'a str,
    /// As in `us-east-1`.
    pub region: &'a str,
}

/// The request with the fields that prove who sends it.
///
/// # Errors
/// It goes to no URL.
pub fn signed(
    request: Request,
    scope: &Scope<'_>,
    keys: &Keys,
    now: jiff::Timestamp,
) -> Result<Request, HttpError> {
    let now = now.to_zoned(jiff::tz::TimeZone::UTC);
    let (time, day) = (now.strftime("%Y%m%dT%H%M%SZ").to_string(), now.strftime("%Y%m%d").to_string());
    let url = Url::parse(request.url()).map_err(|_| HttpError::Url(request.url().to_owned()))?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let mut request = request.with("X-Amz-Date", &time);
    let mut names = "host;x-amz-date".to_owned();
    let mut fields = format!("host:{host}\nx-amz-date:{time}\n");
    if let Some(token) = &keys.session_token {
        request = request.with("X-Amz-Security-Token", token);
        names.push_str(";x-amz-security-token");
        fields.push_str(&format!("x-amz-security-token:{token}\n"));
    }
    let mut query: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))).collect();
    query.sort();
    let query = query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let body = sha256(request.bytes_of_body());
    let canonical = format!("{}\n{}\n{query}\n{fields}\n{names}\n{body}", request.method(), url.path());
    let scope_text = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope_text}\n{}", sha256(canonical.as_bytes()));
    let mut key = format!("AWS4{}", keys.secret).into_bytes();
    for part in [&*day, scope.region, scope.service, "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = HEXLOWER.encode(&mac(&key, &text));
    Ok(request.with(
        "Authorization",
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope_text}, SignedHeaders={names}, Signature={signature}",
            keys.id
        ),
    ))
}

/// All but unreserved characters (RFC 3986 §2.3), in capitals.
#[must_use]
pub fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("id", &self.id).finish_non_exhaustive()
    }
}
