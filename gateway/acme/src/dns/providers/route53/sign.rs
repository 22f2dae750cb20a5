//! Signature Version 4 of Amazon's services.

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use url::Url;

use super::credentials::Credentials;
use crate::dns::DnsError;
use crate::keys::sha256;
use windrose_courier::Request;

/// Which service is asked where.
pub(super) struct Scope<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
}

/// The request with the fields that prove who sends it.
pub(super) fn signed(
    request: Request,
    scope: &Scope<'_>,
    credentials: &Credentials,
    now: jiff::Timestamp,
) -> Result<Request, DnsError> {
    let now = now.to_zoned(jiff::tz::TimeZone::UTC);
    let (time, day) = (now.strftime("%Y%m%dT%H%M%SZ").to_string(), now.strftime("%Y%m%d").to_string());
    let url =
        Url::parse(request.url()).map_err(|_| DnsError::Other(format!("{} is no URL", request.url())))?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let mut request = request.with("X-Amz-Date", &time);
    let mut names = "host;x-amz-date".to_owned();
    let mut fields = format!("host:{host}\nx-amz-date:{time}\n");
    if let Some(token) = &credentials.session_token {
        request = request.with("X-Amz-Security-Token", token);
        names.push_str(";x-amz-security-token");
        fields.push_str(&format!("x-amz-security-token:{token}\n"));
    }
    let mut query: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))).collect();
    query.sort();
    let query = query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let body = HEXLOWER.encode(&sha256(request.bytes_of_body()));
    let canonical = format!("{}\n{}\n{query}\n{fields}\n{names}\n{body}", request.method(), url.path());
    let scope_text = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let digest = HEXLOWER.encode(&sha256(canonical.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope_text}\n{digest}");
    let mut key = format!("AWS4{}", credentials.secret).into_bytes();
    for part in [&*day, scope.region, scope.service, "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = HEXLOWER.encode(&mac(&key, &text));
    Ok(request.with(
        "Authorization",
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope_text}, SignedHeaders={names}, Signature={signature}",
            credentials.id
        ),
    ))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// All but unreserved characters (RFC 3986 §2.3), in capitals.
pub(in crate::dns::providers) fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
