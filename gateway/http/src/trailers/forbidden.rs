//! Names that no trailer may have (RFC 9110 §6.5.1), whatever the message.

use windrose_wire::field::Folded;

/// Whether a field must stand in a head: it frames, routes, authenticates, modifies the request, controls the answer or
/// describes the content. Spellings with other marks count, since servers take them for the field.
///
/// Trailers are allowed where the definition of the field says so: `Authentication-Info`, `Accept-Ranges`, `ETag`,
/// digests.
pub(super) fn is_forbidden(name: &[u8]) -> bool {
    let folded = Folded::of(name);
    let id = folded.id();
    if id.is_framing() || id.is_hop_by_hop() || id.is_owned() {
        return true;
    }
    let begins = |families: &[&str]| families.iter().any(|it| folded.beginning().starts_with(it.as_bytes()));
    let is_in =
        |names: &[&str]| folded.whole().is_some_and(|name| names.iter().any(|it| it.as_bytes() == name));
    is_in(NAMES) || (begins(FAMILIES) && !is_in(DEFINED))
}

/// Beginnings of names.
const FAMILIES: &[&str] = &[
    "accept-",
    "access-control-",
    "content-",
    "cross-origin-",
    "if-",
    "proxy-",
    "sec-",
    "x-accel-",
    "x-forwarded-",
];

/// What their own definitions allow.
const DEFINED: &[&str] = &["accept-ranges", "content-digest", "content-md5"];

const NAMES: &[&str] = &[
    // Routing
    "forwarded",
    "host",
    "max-forwards",
    "via",
    "x-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-host",
    "x-original-uri",
    "x-original-url",
    "x-rewrite-url",
    // Authentication
    "authorization",
    "cookie",
    "cookie2",
    "realm",
    "set-cookie",
    "set-cookie2",
    "www-authenticate",
    // What modifies a request
    "accept",
    "cache-control",
    "early-data",
    "expect",
    "origin",
    "pragma",
    "prefer",
    "priority",
    "range",
    "referer",
    "upgrade-insecure-requests",
    "user-agent",
    // What controls an answer
    "age",
    "allow",
    "alt-svc",
    "cdn-cache-control",
    "clear-site-data",
    "date",
    "expect-ct",
    "expires",
    "feature-policy",
    "location",
    "nel",
    "origin-agent-cluster",
    "permissions-policy",
    "public-key-pins",
    "public-key-pins-report-only",
    "referrer-policy",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "retry-after",
    "service-worker-allowed",
    "sourcemap",
    "strict-transport-security",
    "surrogate-control",
    "timing-allow-origin",
    "vary",
    "warning",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-robots-tag",
    "x-sendfile",
    "x-ua-compatible",
    "x-xss-protection",
];
