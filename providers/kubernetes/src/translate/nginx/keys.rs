//! The keys of ingress-nginx' ConfigMap that have a meaning here: those that an annotation has, too, and these.

use super::read::{flag, list, number, plain, redirect_code, reference, seconds, size, statuses, truth};
use super::row::{Fate, Row};
use super::table;

/// Keys that no annotation has the name of.
pub static KEYS: &[Row] = &[
    Row::exact("http-redirect-code", |d, v| redirect_code(&mut d.redirect.tls_code, v)),
    Row::exact("no-tls-redirect-locations", |d, v| list(&mut d.redirect.no_tls, v)),
    Row::exact("custom-http-errors", |d, v| statuses(&mut d.pages.global, v)),
    Row::exact("upstream-keepalive-timeout", |d, v| seconds(&mut d.transport.idle, v)),
    Row::nearly(
        "global-auth-url",
        "an answer that is neither 2xx, 401 nor 403 goes to the client as it is",
        |d, v| plain(&mut d.ask.global, v),
    ),
    Row::nearly("global-auth-signin", "the address asked for is not appended", |d, v| {
        plain(&mut d.ask.sign_in, v)
    }),
    Row::exact("global-auth-response-headers", |d, v| list(&mut d.ask.response_fields, v)),
    Row::exact("no-auth-locations", |d, v| list(&mut d.ask.no_auth, v)),
    Row::exact("global-allowed-response-headers", |d, v| list(&mut d.fields.allowed, v)),
    Row::exact("add-headers", |d, v| reference(&mut d.fields.added, v)),
    Row::exact("proxy-set-headers", |d, v| reference(&mut d.fields.sent, v)),
    Row::exact("hide-headers", |d, v| list(&mut d.fields.hidden, v)),
    Row::exact("hsts", |d, v| flag(&mut d.fields.hsts.is_on, v)),
    Row::exact("hsts-max-age", |d, v| number(&mut d.fields.hsts.max_age, v)),
    Row::exact("hsts-include-subdomains", |d, v| {
        d.fields.hsts.is_without_subdomains = !truth(v)?;
        Ok(())
    }),
    Row::exact("hsts-preload", |d, v| flag(&mut d.fields.hsts.with_preload, v)),
    Row::exact("use-gzip", |d, v| flag(&mut d.compress.gzip, v)),
    Row::exact("enable-brotli", |d, v| flag(&mut d.compress.brotli, v)),
    Row::exact("gzip-types", |d, v| list(&mut d.compress.types, v)),
    Row::exact("gzip-min-length", |d, v| size(&mut d.compress.least, v)),
    Row::exact("ssl-protocols", |d, v| list(&mut d.tls.protocols, v)),
    Row::exact("disable-access-log", |d, v| {
        d.access_log = truth(v)?.then_some(false);
        Ok(())
    }),
    Row::idle("server-tokens", "no field tells which program this is"),
    Row::idle("allow-backend-server-header", "the field Server of servers is passed on"),
    Row::refused("allow-snippet-annotations", "snippets are written for another program").plain(&["false"]),
];

/// The line of a key.
pub(super) fn find(name: &str) -> Option<&'static Row> {
    KEYS.iter().find(|row| row.name == name).or_else(|| table::find(name).filter(|row| row.is_key))
}

/// Whether a key says whom to let in.
pub(super) fn is_guard(name: &str) -> bool {
    name.ends_with("source-range") || name.contains("auth")
}

/// What becomes of a key that has no line.
pub(super) const UNKNOWN: Fate =
    Fate::LeftOut("it is about the other program, or is said in the install configuration here");
