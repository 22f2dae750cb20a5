//! Which certificates are wanted: from what routers and stores say, to lists of names.
//!
//! Pure; knows no authority. Invariant: names leave here in one form (lower case, ASCII, no final dot), so that they can
//! be compared.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use thiserror::Error;
use url::Host;
use windrose_config::dynamic_config::{Name, Router, RouterTls, TcpRouter, TlsDomain};
use windrose_config::{DynamicConfig, StaticConfig};
use windrose_engine::merge::{Merged, Place};
use windrose_rule::{Protocol, Syntax, parse};

/// A certificate that something wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Who is to obtain it.
    pub(crate) resolver: Arc<str>,
    /// Its names, the main one first.
    pub(crate) names: Vec<String>,
    /// Who wants it, for the log.
    pub(crate) whose: Arc<str>,
}

/// A name that no authority can certify, or not in this way.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum NameError {
    #[error("{0:?} is no host name")]
    NoHost(String),
    #[error("{0:?}: authorities give no certificate for a wildcard below a wildcard")]
    TwoWildcards(String),
    #[error("{0:?}: a wildcard is only proved by dnsChallenge, which the resolver does not have")]
    NeedsDns(String),
}

/// Remembers what each provider's configuration wants, so that what did not change is not looked at again.
#[derive(Debug, Default)]
pub(crate) struct Wishes(HashMap<Arc<str>, (Arc<DynamicConfig>, Vec<Wish>)>);

impl Wishes {
    /// Everything that is wanted, each once, in order.
    pub(crate) fn of(&mut self, merged: &Merged) -> Vec<Wish> {
        let mut known = std::mem::take(&mut self.0);
        let mut all: Vec<Wish> = Vec::new();
        for part in &merged.parts {
            let (_, wishes) = match known.remove(&part.provider) {
                Some(entry) if Arc::ptr_eq(&entry.0, &part.config) => {
                    self.0.entry(Arc::clone(&part.provider)).insert_entry(entry).into_mut()
                }
                _ => {
                    let wishes = of_config(&merged.settings, &merged.places, &part.provider, &part.config);
                    let entry = (Arc::clone(&part.config), wishes);
                    self.0.entry(Arc::clone(&part.provider)).insert_entry(entry).into_mut()
                }
            };
            all.extend(wishes.iter().cloned());
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|wish| seen.insert((Arc::clone(&wish.resolver), wish.names.clone())));
        all
    }
}

fn of_config(settings: &StaticConfig, places: &[Place], provider: &str, config: &DynamicConfig) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for (name, router) in &config.http.routers {
        for tls in of_router(router, places) {
            let hosts = || hosts(settings, router.rule_syntax.as_deref(), &router.rule, Protocol::Http);
            add(&mut wishes, tls.cert_resolver.as_ref(), &tls.domains, hosts, &format!("{name}@{provider}"));
        }
    }
    for (name, router) in &config.tcp.routers {
        wishes_of_tcp(&mut wishes, settings, router, &format!("{name}@{provider}"));
    }
    for (name, store) in &config.tls.stores {
        if let Some(generated) = store.default_generated_cert.as_deref().filter(|_| &**name == "default") {
            let domains = generated.domain.as_slice();
            add(
                &mut wishes,
                Some(&generated.resolver),
                domains,
                Vec::new,
                &format!("store {name}@{provider}"),
            );
        }
    }
    wishes
}

/// What a router says of TLS in each way in which it appears.
fn of_router<'a>(router: &'a Router, places: &'a [Place]) -> Vec<&'a RouterTls> {
    let is_on = |place: &&Place| match &*router.entry_points {
        [] => place.default,
        names => names.iter().any(|name| name.value == place.name),
    };
    let mut on = places.iter().filter(is_on).peekable();
    match &router.tls {
        Some(own) => on.peek().map(|_| &**own).into_iter().collect(),
        None => on.filter_map(|place| place.model.as_ref()?.tls.as_deref()).collect(),
    }
}

fn wishes_of_tcp(wishes: &mut Vec<Wish>, settings: &StaticConfig, router: &TcpRouter, whose: &str) {
    let Some(tls) = router.tls.as_ref().filter(|tls| !tls.passthrough) else { return };
    let hosts = || hosts(settings, router.rule_syntax.as_deref(), &router.rule, Protocol::Tcp);
    add(wishes, tls.cert_resolver.as_ref(), &tls.domains, hosts, whose);
}

fn add(
    wishes: &mut Vec<Wish>,
    resolver: Option<&Name>,
    domains: &[TlsDomain],
    hosts: impl FnOnce() -> Vec<String>,
    whose: &str,
) {
    let Some(resolver) = resolver.filter(|name| !name.is_empty()) else { return };
    let lists = if domains.is_empty() { vec![hosts()] } else { apart(domains) };
    wishes.extend(lists.into_iter().filter(|names| !names.is_empty()).map(|names| Wish {
        resolver: Arc::clone(&resolver.value),
        names,
        whose: whose.into(),
    }));
}

/// The names in a rule. A rule that cannot be read is told elsewhere.
fn hosts(settings: &StaticConfig, syntax: Option<&str>, rule: &str, protocol: Protocol) -> Vec<String> {
    let written = syntax.unwrap_or(&settings.core.default_rule_syntax);
    let syntax = if written.eq_ignore_ascii_case("v2") { Syntax::V2 } else { Syntax::V3 };
    let Ok(rule) = parse(rule, syntax, protocol) else { return Vec::new() };
    rule.hosts().iter().map(|name| name.to_string()).collect()
}

/// The certificates that a list of domains asks for, without names that another one of them covers by a wildcard, and
/// each name once. traefik: the same.
fn apart(domains: &[TlsDomain]) -> Vec<Vec<String>> {
    let names = |domain: &TlsDomain| -> Vec<String> {
        let all = std::iter::once(&domain.main).chain(&domain.sans).filter(|name| !name.is_empty());
        all.map(|name| name.to_ascii_lowercase()).collect()
    };
    let all: Vec<Vec<String>> = domains.iter().map(names).collect();
    let wildcards: Vec<(usize, &String)> = all
        .iter()
        .enumerate()
        .flat_map(|(index, names)| names.iter().map(move |name| (index, name)))
        .filter(|(_, name)| name.starts_with("*."))
        .collect();
    let mut seen = std::collections::HashSet::new();
    let mut lists = Vec::new();
    for (index, names) in all.iter().enumerate() {
        let is_covered = |name: &String| {
            wildcards
                .iter()
                .any(|(other, wildcard)| *other != index && covers(wildcard, name) && *wildcard != name)
        };
        let kept = names.iter().filter(|name| !is_covered(name) && seen.insert((*name).clone()));
        lists.push(kept.cloned().collect());
    }
    lists
}

/// Whether a certificate for `certified` serves `name`.
pub(crate) fn covers(certified: &str, name: &str) -> bool {
    if certified == name {
        return true;
    }
    let under = certified.strip_prefix("*.").zip(name.split_once('.'));
    under.is_some_and(|(parent, (label, rest))| parent == rest && !label.is_empty() && label != "*")
}

/// The names as an authority is to be asked for them.
pub(crate) fn canonical(names: &[String], has_dns: bool) -> Result<Vec<String>, NameError> {
    let mut all: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let name = canonical_name(name, has_dns)?;
        if !all.contains(&name) {
            all.push(name);
        }
    }
    Ok(all)
}

fn canonical_name(written: &str, has_dns: bool) -> Result<String, NameError> {
    let written = written.trim();
    let name = written.strip_suffix('.').unwrap_or(written);
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    let (prefix, rest) = match name.strip_prefix("*.") {
        Some(rest) if rest.starts_with("*.") => return Err(NameError::TwoWildcards(written.into())),
        Some(_) if !has_dns => return Err(NameError::NeedsDns(written.into())),
        Some(rest) => ("*.", rest),
        None => ("", name),
    };
    let no_host = || NameError::NoHost(written.into());
    match Host::parse(rest).map_err(|_| no_host())? {
        Host::Domain(name) if !name.is_empty() && !name.contains('*') => Ok(format!("{prefix}{name}")),
        _ => Err(no_host()),
    }
}
