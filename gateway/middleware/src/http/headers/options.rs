//! The written form.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::redact::header_values;

use crate::is_default;

/// Text that can prove wrong.
pub(in crate::http) type Text = Located<Box<str>>;

/// The options of `headers`; at least one must be set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Fields of the request to set, or to remove when empty. `Host` changes the host, and an empty
    /// `X-Forwarded-For` also keeps the peer's address back.
    #[serde(skip_serializing_if = "is_default", serialize_with = "header_values")]
    pub custom_request_headers: IndexMap<Box<str>, Text>,
    /// Fields of the answer to set, or to remove when empty.
    #[serde(skip_serializing_if = "is_default", serialize_with = "header_values")]
    pub custom_response_headers: IndexMap<Box<str>, Text>,

    /// Whether other origins may send credentials.
    #[serde(skip_serializing_if = "is_default")]
    pub access_control_allow_credentials: bool,
    /// Fields that preflights allow; `*` with credentials is whatever was asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub access_control_allow_headers: Vec<Text>,
    /// Methods that preflights allow; `*` with credentials is whatever was asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub access_control_allow_methods: Vec<Text>,
    /// Allowed origins; `*` is any.
    #[serde(skip_serializing_if = "is_default")]
    pub access_control_allow_origin_list: Vec<Text>,
    /// Expressions that match allowed origins.
    #[serde(skip_serializing_if = "is_default")]
    pub access_control_allow_origin_list_regex: Vec<Text>,
    /// Fields of answers that pages may read.
    #[serde(skip_serializing_if = "is_default")]
    pub access_control_expose_headers: Vec<Text>,
    /// How many seconds a preflight may be remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_control_max_age: Option<i64>,
    /// Whether `Origin` is added to Vary.
    #[serde(skip_serializing_if = "is_default")]
    pub add_vary_header: bool,

    /// Hosts that are served; any other gets status 500.
    #[serde(skip_serializing_if = "is_default")]
    pub allowed_hosts: Vec<Box<str>>,
    /// Fields that may hold the host, asked in this order before the request's own.
    #[serde(skip_serializing_if = "is_default")]
    pub hosts_proxy_headers: Vec<Text>,
    /// Fields and the value each has when a proxy before us spoke TLS.
    #[serde(skip_serializing_if = "is_default", serialize_with = "header_values")]
    pub ssl_proxy_headers: IndexMap<Box<str>, Text>,
    /// The age of Strict-Transport-Security; 0 sends none.
    #[serde(skip_serializing_if = "is_default")]
    pub sts_seconds: u64,
    /// Adds `includeSubDomains` to it.
    #[serde(skip_serializing_if = "is_default")]
    pub sts_include_subdomains: bool,
    /// Adds `preload` to it.
    #[serde(skip_serializing_if = "is_default")]
    pub sts_preload: bool,
    /// Sends it without TLS too.
    #[serde(rename = "forceSTSHeader", skip_serializing_if = "is_default")]
    pub force_sts_header: bool,
    /// `X-Frame-Options: DENY`.
    #[serde(skip_serializing_if = "is_default")]
    pub frame_deny: bool,
    /// X-Frame-Options with this value instead.
    #[serde(skip_serializing_if = "is_default")]
    pub custom_frame_options_value: Text,
    /// `X-Content-Type-Options: nosniff`.
    #[serde(skip_serializing_if = "is_default")]
    pub content_type_nosniff: bool,
    /// `X-XSS-Protection: 1; mode=block`.
    #[serde(skip_serializing_if = "is_default")]
    pub browser_xss_filter: bool,
    /// X-XSS-Protection with this value instead.
    #[serde(rename = "customBrowserXSSValue", skip_serializing_if = "is_default")]
    pub custom_browser_xss_value: Text,
    /// Content-Security-Policy; `$NONCE` is new for each answer.
    #[serde(skip_serializing_if = "is_default")]
    pub content_security_policy: Text,
    /// Content-Security-Policy-Report-Only; `$NONCE` is the same as in the other policy.
    #[serde(skip_serializing_if = "is_default")]
    pub content_security_policy_report_only: Text,
    /// Public-Key-Pins, sent over TLS.
    #[serde(skip_serializing_if = "is_default")]
    pub public_key: Text,
    /// Referrer-Policy.
    #[serde(skip_serializing_if = "is_default")]
    pub referrer_policy: Text,
    /// Permissions-Policy.
    #[serde(skip_serializing_if = "is_default")]
    pub permissions_policy: Text,
    /// Switches off `allowedHosts`, `stsSeconds` and `publicKey`.
    #[serde(skip_serializing_if = "is_default")]
    pub is_development: bool,

    /// Deprecated, no effect: use `redirectScheme`.
    #[serde(skip_serializing_if = "is_default")]
    pub ssl_redirect: Located<bool>,
    /// Deprecated, no effect: use `redirectScheme`.
    #[serde(skip_serializing_if = "is_default")]
    pub ssl_temporary_redirect: Located<bool>,
    /// Deprecated, no effect: use `redirectRegex`.
    #[serde(skip_serializing_if = "is_default")]
    pub ssl_host: Text,
    /// Deprecated, no effect: use `redirectRegex`.
    #[serde(skip_serializing_if = "is_default")]
    pub ssl_force_host: Located<bool>,
    /// Deprecated, no effect: use `permissionsPolicy`.
    #[serde(skip_serializing_if = "is_default")]
    pub feature_policy: Text,
}
