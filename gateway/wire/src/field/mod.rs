//! The field names the gateway knows by number.
//!
//! Owns the list of names, their canonical spelling and the look-up from bytes. A known name is compared
//! as one byte everywhere above; an unknown one is compared without case. Must not know what a field means.

mod ids;
mod spelling;

pub use ids::Ids;
pub use spelling::{Folded, is_spelling};

/// A known field name, or [`Id::OTHER`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Id(u8);

macro_rules! names {
    ($($constant:ident = $text:literal,)*) => {
        #[derive(Clone, Copy)]
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "one variant per constant, only counted")]
        enum Number { $($constant,)* }

        impl Id {
            $(
                #[doc = concat!("`", $text, "`")]
                pub const $constant: Self = Self(Number::$constant as u8);
            )*
        }

        pub(crate) const NAMES: &[&str] = &[$($text,)*];
    };
}

names! {
    OTHER = "",
    HOST = "Host",
    CONNECTION = "Connection",
    KEEP_ALIVE = "Keep-Alive",
    PROXY_CONNECTION = "Proxy-Connection",
    PROXY_AUTHENTICATE = "Proxy-Authenticate",
    PROXY_AUTHORIZATION = "Proxy-Authorization",
    TE = "Te",
    TRAILER = "Trailer",
    TRANSFER_ENCODING = "Transfer-Encoding",
    UPGRADE = "Upgrade",
    HTTP2_SETTINGS = "Http2-Settings",
    CONTENT_LENGTH = "Content-Length",
    CONTENT_TYPE = "Content-Type",
    CONTENT_ENCODING = "Content-Encoding",
    EXPECT = "Expect",
    ACCEPT = "Accept",
    ACCEPT_ENCODING = "Accept-Encoding",
    ACCEPT_LANGUAGE = "Accept-Language",
    ACCEPT_RANGES = "Accept-Ranges",
    USER_AGENT = "User-Agent",
    REFERER = "Referer",
    COOKIE = "Cookie",
    SET_COOKIE = "Set-Cookie",
    AUTHORIZATION = "Authorization",
    DATE = "Date",
    SERVER = "Server",
    LOCATION = "Location",
    CACHE_CONTROL = "Cache-Control",
    ETAG = "Etag",
    LAST_MODIFIED = "Last-Modified",
    EXPIRES = "Expires",
    VARY = "Vary",
    ORIGIN = "Origin",
    RANGE = "Range",
    AGE = "Age",
    VIA = "Via",
    FORWARDED = "Forwarded",
    X_FORWARDED_FOR = "X-Forwarded-For",
    X_FORWARDED_PROTO = "X-Forwarded-Proto",
    X_FORWARDED_HOST = "X-Forwarded-Host",
    X_FORWARDED_PORT = "X-Forwarded-Port",
    X_FORWARDED_SERVER = "X-Forwarded-Server",
    X_FORWARDED_URI = "X-Forwarded-Uri",
    X_FORWARDED_METHOD = "X-Forwarded-Method",
    X_FORWARDED_PREFIX = "X-Forwarded-Prefix",
    X_FORWARDED_SCHEME = "X-Forwarded-Scheme",
    X_SCHEME = "X-Scheme",
    X_FORWARDED_TLS_CLIENT_CERT = "X-Forwarded-Tls-Client-Cert",
    X_FORWARDED_TLS_CLIENT_CERT_INFO = "X-Forwarded-Tls-Client-Cert-Info",
    X_REAL_IP = "X-Real-Ip",
    X_REPLACED_PATH = "X-Replaced-Path",
    X_CONTENT_TYPE_OPTIONS = "X-Content-Type-Options",
    SEC_WEBSOCKET_KEY = "Sec-WebSocket-Key",
    SEC_WEBSOCKET_EXTENSIONS = "Sec-WebSocket-Extensions",
    SEC_WEBSOCKET_ACCEPT = "Sec-WebSocket-Accept",
    SEC_WEBSOCKET_PROTOCOL = "Sec-WebSocket-Protocol",
    SEC_WEBSOCKET_VERSION = "Sec-WebSocket-Version",
    ACCESS_CONTROL_REQUEST_METHOD = "Access-Control-Request-Method",
    ACCESS_CONTROL_REQUEST_HEADERS = "Access-Control-Request-Headers",
    ACCESS_CONTROL_ALLOW_ORIGIN = "Access-Control-Allow-Origin",
    ACCESS_CONTROL_ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials",
    ACCESS_CONTROL_ALLOW_HEADERS = "Access-Control-Allow-Headers",
    ACCESS_CONTROL_ALLOW_METHODS = "Access-Control-Allow-Methods",
    ACCESS_CONTROL_EXPOSE_HEADERS = "Access-Control-Expose-Headers",
    ACCESS_CONTROL_MAX_AGE = "Access-Control-Max-Age",
    STRICT_TRANSPORT_SECURITY = "Strict-Transport-Security",
    RETRY_AFTER = "Retry-After",
    ALT_SVC = "Alt-Svc",
    GRPC_STATUS = "Grpc-Status",
    GRPC_MESSAGE = "Grpc-Message",
}

impl Id {
    /// Finds the number of a name, whatever its case.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let mut slot = hash(name);
        loop {
            let candidate = SLOTS.get(slot).copied().unwrap_or(0);
            if candidate == 0 {
                return Self::OTHER;
            }
            let id = Self(candidate);
            if is_same(id.text().as_bytes(), name) {
                return id;
            }
            slot = (slot + 1) % SLOT_COUNT;
        }
    }

    /// Its place among the names.
    pub(crate) const fn number(self) -> usize {
        self.0 as usize
    }

    /// The canonical spelling; empty for [`Id::OTHER`].
    #[must_use]
    pub fn text(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or("")
    }

    /// Whether the field belongs to one connection only (RFC 9110 §7.6.1) and is never forwarded as it stands.
    #[must_use]
    pub const fn is_hop_by_hop(self) -> bool {
        self.0 >= Self::CONNECTION.0 && self.0 <= Self::HTTP2_SETTINGS.0
    }

    /// Whether the gateway alone may say this about a request: the fields a client can forge.
    #[must_use]
    pub const fn is_owned(self) -> bool {
        self.0 >= Self::X_FORWARDED_FOR.0 && self.0 <= Self::X_REAL_IP.0
    }

    /// Whether the field belongs to the opening of a WebSocket.
    #[must_use]
    pub const fn is_web_socket(self) -> bool {
        self.0 >= Self::SEC_WEBSOCKET_KEY.0 && self.0 <= Self::SEC_WEBSOCKET_VERSION.0
    }

    /// Whether the field says where a message ends; such fields are computed, never copied.
    #[must_use]
    pub const fn is_framing(self) -> bool {
        self.0 == Self::CONTENT_LENGTH.0 || self.0 == Self::TRANSFER_ENCODING.0
    }
}

/// The name, owned or framing, that `name` would be read as by a backend that treats every separator alike, if
/// any.
///
/// `X_Forwarded_For` and `content.length` are such spellings; the true spelling is not an alias.
#[must_use]
pub fn owned_alias(name: &[u8]) -> Option<Id> {
    if name.len() > LONGEST || !matches!(name.first(), Some(b'x' | b'X' | b'c' | b'C' | b't' | b'T')) {
        return None;
    }
    let mut folded = [0_u8; LONGEST];
    for (to, from) in folded.iter_mut().zip(name) {
        *to = if from.is_ascii_alphanumeric() { *from } else { b'-' };
    }
    let folded = folded.get(..name.len())?;
    if folded == name {
        return None;
    }
    Some(Id::of(folded)).filter(|id| id.is_owned() || id.is_framing())
}

/// Whether a name is a known one, eight bytes at a time. Only a letter may differ, and only in the bit of its case;
/// of all that stands in known names, the letters alone have the bit above that one.
fn is_same(known: &[u8], name: &[u8]) -> bool {
    if known.len() != name.len() {
        return false;
    }
    let ((known, known_rest), (name, name_rest)) = (known.as_chunks::<8>(), name.as_chunks::<8>());
    let same = known.iter().zip(name).all(|(known, name)| {
        let (known, name) = (u64::from_ne_bytes(*known), u64::from_ne_bytes(*name));
        (known ^ name) & !((known >> 1) & CASE_BITS) == 0
    });
    same && known_rest
        .iter()
        .zip(name_rest)
        .all(|(known, name)| (known ^ name) & !((known >> 1) & CASE_BIT) == 0)
}

const CASE_BIT: u8 = 0x20;
const CASE_BITS: u64 = 0x2020_2020_2020_2020;

const fn lower(byte: u8) -> usize {
    byte.to_ascii_lowercase() as usize
}

const fn hash(name: &[u8]) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    (length * 29 + lower(name[0]) * 3 + lower(name[length - 1]) * 37 + lower(name[length / 2]) * 11)
        % SLOT_COUNT
}

const fn slots() -> [u8; SLOT_COUNT] {
    let mut slots = [0; SLOT_COUNT];
    let mut number = 1;
    while number < NAMES.len() {
        let mut slot = hash(NAMES[number].as_bytes());
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOT_COUNT;
        }
        slots[slot] = number as u8;
        number += 1;
    }
    slots
}

const SLOT_COUNT: usize = 1024;
const LONGEST: usize = 40;
static SLOTS: [u8; SLOT_COUNT] = slots();

#[cfg(test)]
mod tests;
