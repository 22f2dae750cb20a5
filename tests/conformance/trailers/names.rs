//! What is sent as trailers.

/// What must stand in a head (RFC 9110 §6.5.1), and what only the gateway may say.
pub(super) const FORBIDDEN: &[&str] = &[
    "Content-Length",
    "Transfer-Encoding",
    "Host",
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "TE",
    "Trailer",
    "Upgrade",
    "HTTP2-Settings",
    "Authorization",
    "Cookie",
    "Set-Cookie",
    "WWW-Authenticate",
    "Expect",
    "Range",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "If-Range",
    "Accept",
    "Accept-Encoding",
    "Cache-Control",
    "Pragma",
    "Max-Forwards",
    "X-HTTP-Method-Override",
    "X-Original-URL",
    "X-Rewrite-URL",
    "Age",
    "Date",
    "Expires",
    "Location",
    "Retry-After",
    "Vary",
    "Warning",
    "Content-Type",
    "Content-Encoding",
    "Content-Range",
    "Content-Disposition",
    "Strict-Transport-Security",
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-Uri",
    "X-Forwarded-Method",
    "X-Forwarded-Prefix",
    "X-Forwarded-Scheme",
    "X-Scheme",
    "X-Forwarded-Tls-Client-Cert",
    "X-Forwarded-Tls-Client-Cert-Info",
    "X-Real-Ip",
];

/// What the middleware sets and removes in both directions.
pub(super) const CLAIMED: &[&str] = &["X-Set", "X-Gone"];

/// What it sets and removes in answers only.
pub(super) const ANSWERED: &[&str] = &["Server", "Permissions-Policy", "Referrer-Policy"];

/// What is made for trailers: gRPC, digests, metadata that stands in the head too.
pub(super) const PASSING: &[&str] = &[
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "x-trace-bin",
    "x-both",
    "x-sum",
    "x_under",
    "etag",
    "digest",
    "server-timing",
];

/// As written, in upper case, and with other marks.
pub(super) fn in_every_spelling(names: &[&str]) -> Vec<String> {
    let spellings = |name: &&str| {
        let mut all =
            vec![(*name).to_owned(), name.to_uppercase(), name.replace('-', "_"), name.replace('-', ".")];
        all.dedup();
        all
    };
    names.iter().flat_map(spellings).collect()
}
