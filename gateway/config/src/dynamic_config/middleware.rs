//! A middleware: the name of its kind, and options that only the owner of the kind understands.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Name;
use crate::redact::Unowned;
use crate::tree::Tree;

/// A middleware as written: exactly one kind under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Middleware {
    /// The kind as written, for example `stripPrefix`; compare it without case.
    pub kind: Name,
    /// The options of that kind, to be decoded by whoever owns it.
    pub options: Tree,
}

impl Serialize for Middleware {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.kind, &Unowned(&self.options))?;
        map.end()
    }
}

/// The names of all kinds, of HTTP and of TCP, as they are usually written. Their owner has the same list.
pub const MIDDLEWARE_KINDS: [&str; 36] = [
    "addPrefix",
    "apiKey",
    "basicAuth",
    "bodyLimit",
    "buffering",
    "chain",
    "circuitBreaker",
    "compress",
    "contentType",
    "csrf",
    "digestAuth",
    "encodedCharacters",
    "errors",
    "forwardAuth",
    "grpcWeb",
    "headers",
    "inFlightConn",
    "inFlightReq",
    "ipAllowList",
    "ipDenyList",
    "ipWhiteList",
    "jwt",
    "maintenance",
    "oidc",
    "passTLSClientCert",
    "plugin",
    "rateLimit",
    "redirectRegex",
    "redirectScheme",
    "replacePath",
    "replacePathRegex",
    "respond",
    "retry",
    "stripPrefix",
    "stripPrefixRegex",
    "timeouts",
];
