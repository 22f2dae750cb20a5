//! Which hosts are served, and what browsers are told to be careful about.

use windrose_http::{Exchange, Id, Name, Reply};

use super::edit::{field_name, field_value};
use super::nonce::Nonce;
use super::options::{Options, Text};
use crate::kind::BuildError;

/// The security part.
#[derive(Debug)]
pub(super) struct Security {
    allowed_hosts: Box<[Box<str>]>,
    host_fields: Box<[Name]>,
    tls_fields: Box<[Field]>,
    always: Vec<Field>,
    over_tls: Vec<Field>,
    with_nonce: Vec<(Name, Template)>,
}

type Field = (Name, Box<str>);

/// The text before, between and after its nonces.
type Template = Box<[Box<str>]>;

impl Security {
    pub(super) fn new(options: &Options) -> Result<Self, BuildError> {
        let mut host_fields = Vec::new();
        for name in &options.hosts_proxy_headers {
            host_fields.push(field_name(name, name)?);
        }
        let mut tls_fields = Vec::new();
        for (name, value) in &options.ssl_proxy_headers {
            tls_fields.push((field_name(name, value)?, value.value.clone()));
        }
        let allowed_hosts = if options.is_development { Vec::new() } else { options.allowed_hosts.clone() };
        let mut security = Self {
            allowed_hosts: allowed_hosts.into(),
            host_fields: host_fields.into(),
            tls_fields: tls_fields.into(),
            always: Vec::new(),
            over_tls: Vec::new(),
            with_nonce: Vec::new(),
        };
        security.add_transport(options)?;
        security.add_flags(options)?;
        security.add_policies(options)?;
        Ok(security)
    }

    /// What is told to clients that came by TLS.
    fn add_transport(&mut self, options: &Options) -> Result<(), BuildError> {
        if options.is_development {
            return Ok(());
        }
        if options.sts_seconds > 0 {
            let subdomains = if options.sts_include_subdomains { "; includeSubDomains" } else { "" };
            let preload = if options.sts_preload { "; preload" } else { "" };
            let value = format!("max-age={}{subdomains}{preload}", options.sts_seconds);
            let field = field(Id::STRICT_TRANSPORT_SECURITY.text(), &Text::from(Box::from(value)))?;
            if options.force_sts_header { &mut self.always } else { &mut self.over_tls }.push(field);
        }
        if !options.public_key.is_empty() {
            self.over_tls.push(field("Public-Key-Pins", &options.public_key)?);
        }
        Ok(())
    }

    /// Fields with a usual value and perhaps an own one.
    fn add_flags(&mut self, options: &Options) -> Result<(), BuildError> {
        let none = Text::default();
        let flags = [
            ("X-Frame-Options", options.frame_deny, "DENY", &options.custom_frame_options_value),
            ("X-Content-Type-Options", options.content_type_nosniff, "nosniff", &none),
            (
                "X-XSS-Protection",
                options.browser_xss_filter,
                "1; mode=block",
                &options.custom_browser_xss_value,
            ),
        ];
        for (name, is_set, usual, own) in flags {
            if !own.is_empty() {
                self.always.push(field(name, own)?);
            } else if is_set {
                self.always.push(field(name, &Text::from(Box::from(usual)))?);
            }
        }
        Ok(())
    }

    fn add_policies(&mut self, options: &Options) -> Result<(), BuildError> {
        let policies = [
            ("Content-Security-Policy", &options.content_security_policy),
            ("Content-Security-Policy-Report-Only", &options.content_security_policy_report_only),
            ("Referrer-Policy", &options.referrer_policy),
            ("Permissions-Policy", &options.permissions_policy),
        ];
        for (name, value) in policies {
            if value.is_empty() {
                continue;
            }
            let (name, text) = field(name, value)?;
            if name.as_str().starts_with("Content-Security") && text.contains(NONCE) {
                self.with_nonce.push((name, text.split(NONCE).map(Box::from).collect()));
            } else {
                self.always.push((name, text));
            }
        }
        Ok(())
    }

    /// Whether the host asked for is served.
    pub(super) fn admits(&self, ex: &Exchange) -> bool {
        if self.allowed_hosts.is_empty() {
            return true;
        }
        let told =
            self.host_fields.iter().find_map(|name| ex.headers.get(name).filter(|host| !host.is_empty()));
        let host = told.unwrap_or(ex.host.as_str().as_bytes());
        self.allowed_hosts.iter().any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(host))
    }

    /// Tells the client.
    pub(super) fn apply(&self, ex: &Exchange, reply: &mut Reply) {
        for (name, value) in &self.always {
            reply.headers.set(name, value.as_bytes());
        }
        if !self.over_tls.is_empty() && self.is_tls(ex) {
            for (name, value) in &self.over_tls {
                reply.headers.set(name, value.as_bytes());
            }
        }
        if !self.with_nonce.is_empty() {
            let nonce = Nonce::new();
            for (name, template) in &self.with_nonce {
                reply.headers.set(name, template.join(nonce.as_str()));
            }
        }
    }

    fn is_tls(&self, ex: &Exchange) -> bool {
        let told = |(name, value): &Field| ex.headers.get(name) == Some(value.as_bytes());
        ex.is_secure() || self.tls_fields.iter().any(told)
    }
}

fn field(name: &str, value: &Text) -> Result<Field, BuildError> {
    Ok((field_name(name, value)?, field_value(value)?))
}

/// What stands for a nonce in a policy.
const NONCE: &str = "$NONCE";
