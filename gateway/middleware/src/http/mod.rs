//! The kinds of HTTP middleware, one folder each.

pub mod add_prefix;
pub mod basic_auth;
pub mod chain;
pub mod circuit_breaker;
pub mod digest_auth;
pub mod errors;
pub mod forward_auth;
pub mod headers;
pub mod in_flight_req;
pub mod ip_allow_list;
pub mod redirect_regex;
pub mod redirect_scheme;
pub mod replace_path;
pub mod retry;
pub mod strip_prefix;
#[cfg(test)]
mod tests;

pub use add_prefix::AddPrefix;
pub use basic_auth::BasicAuth;
pub use chain::Chain;
pub use circuit_breaker::CircuitBreaker;
pub use digest_auth::DigestAuth;
pub use errors::Errors;
pub use forward_auth::ForwardAuth;
pub use headers::Headers;
pub use in_flight_req::InFlightReq;
pub use ip_allow_list::IpAllowList;
pub use redirect_regex::RedirectRegex;
pub use redirect_scheme::RedirectScheme;
pub use replace_path::ReplacePath;
pub use retry::Retry;
pub use strip_prefix::StripPrefix;
