//! The kinds of HTTP middleware, one folder each.

pub mod add_prefix;
pub mod buffering;
pub mod chain;
pub mod compress;
pub mod content_type;
pub mod encoded_characters;
pub mod grpc_web;
pub mod headers;
pub mod ip_allow_list;
pub mod ip_white_list;
pub mod pass_tls_client_cert;
pub mod rate_limit;
pub mod redirect_regex;
pub mod redirect_scheme;
pub mod replace_path;
pub mod replace_path_regex;
pub mod retry;
pub mod strip_prefix;
pub mod strip_prefix_regex;
#[cfg(test)]
mod tests;

pub use add_prefix::AddPrefix;
pub use buffering::Buffering;
pub use chain::Chain;
pub use compress::Compress;
pub use content_type::ContentType;
pub use encoded_characters::EncodedCharacters;
pub use grpc_web::GrpcWeb;
pub use headers::Headers;
pub use ip_allow_list::IpAllowList;
pub use ip_white_list::IpWhiteList;
pub use pass_tls_client_cert::PassTlsClientCert;
pub use rate_limit::RateLimit;
pub use redirect_regex::RedirectRegex;
pub use redirect_scheme::RedirectScheme;
pub use replace_path::ReplacePath;
pub use replace_path_regex::ReplacePathRegex;
pub use retry::Retry;
pub use strip_prefix::StripPrefix;
pub use strip_prefix_regex::StripPrefixRegex;
