//! Values of header fields that are set.

use serde::{Serialize, Serializer};

use super::HIDDEN;

/// Serializes a map of header fields: values are hidden, unless they are empty or the field is known to say nothing
/// that must be kept. For `#[serde(serialize_with)]`.
///
/// # Errors
/// Those of the serializer.
pub fn header_values<'a, K, V, S, M>(fields: M, serializer: S) -> Result<S::Ok, S::Error>
where
    K: AsRef<str> + Serialize + 'a,
    V: AsRef<str> + 'a,
    S: Serializer,
    M: IntoIterator<Item = (&'a K, &'a V)>,
{
    serializer.collect_map(fields.into_iter().map(|(name, value)| {
        let value = value.as_ref();
        (name, if value.is_empty() || is_harmless(name.as_ref()) { value } else { HIDDEN })
    }))
}

fn is_harmless(name: &str) -> bool {
    HARMLESS.binary_search_by(|known| known.cmp(&&*name.to_ascii_lowercase())).is_ok()
}

/// Fields whose values are policies, formats and addresses. A field that is not here may carry a credential.
const HARMLESS: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "age",
    "alt-svc",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "expires",
    "feature-policy",
    "host",
    "origin-agent-cluster",
    "permissions-policy",
    "pragma",
    "referrer-policy",
    "server",
    "strict-transport-security",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-powered-by",
    "x-robots-tag",
    "x-scheme",
    "x-ua-compatible",
    "x-url-scheme",
    "x-xss-protection",
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_can_be_searched() {
        assert!(super::HARMLESS.is_sorted());
        assert!(super::HARMLESS.iter().all(|name| *name == name.to_ascii_lowercase()));
    }
}
