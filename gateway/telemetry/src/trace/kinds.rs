//! What spans of middlewares are called.

/// The name of the spans of a kind, as Traefik has them; nothing for those that it does not trace.
pub(super) fn span(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name)
}

/// The kind whose every attempt is a span.
pub(super) const RETRY: &str = "retry";

const KINDS: [(&str, &str); 25] = [
    ("addPrefix", "AddPrefix"),
    ("basicAuth", "BasicAuth"),
    ("bodyLimit", "BodyLimit"),
    ("buffering", "Buffer"),
    ("circuitBreaker", "CircuitBreaker"),
    ("compress", "Compress"),
    ("digestAuth", "digestAuth"),
    ("errors", "CustomError"),
    ("forwardAuth", "ForwardAuth"),
    ("headers", "Headers"),
    ("inFlightReq", "InFlightReq"),
    ("ipAllowList", "IPAllowLister"),
    ("ipDenyList", "IPDenyLister"),
    ("ipWhiteList", "IPWhiteLister"),
    ("maintenance", "Maintenance"),
    ("passTLSClientCert", "PassClientTLSCert"),
    ("rateLimit", "RateLimiter"),
    ("redirectRegex", "Redirect"),
    ("replacePath", "ReplacePath"),
    ("replacePathRegex", "ReplacePathRegex"),
    ("respond", "Respond"),
    (RETRY, "Retry"),
    ("stripPrefix", "StripPrefix"),
    ("stripPrefixRegex", "StripPrefixRegex"),
    ("encodedCharacters", "EncodedCharacters"),
];
