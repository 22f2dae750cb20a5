//! How control of a name is proved, apart from DNS: an answer to a request (HTTP-01), or a certificate in a handshake
//! (TLS-ALPN-01, which `windrose-tls` shows).

mod tokens;

pub use tokens::{AcmeHttp, Tokens};
