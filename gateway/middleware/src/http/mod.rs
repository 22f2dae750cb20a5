//! The kinds of HTTP middleware, one folder each.

pub mod add_prefix;
pub mod chain;
pub mod headers;
pub mod ip_allow_list;
pub mod redirect_regex;
pub mod redirect_scheme;
pub mod replace_path;
pub mod retry;
pub mod strip_prefix;
#[cfg(test)]
mod tests;

pub use add_prefix::AddPrefix;
pub use chain::Chain;
pub use headers::Headers;
pub use ip_allow_list::IpAllowList;
pub use redirect_regex::RedirectRegex;
pub use redirect_scheme::RedirectScheme;
pub use replace_path::ReplacePath;
pub use retry::Retry;
pub use strip_prefix::StripPrefix;
