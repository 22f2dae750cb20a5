//! What is the same for all paths of a host, whoever wrote them: expressions in paths, and handshakes.
//!
//! Invariant: a host of which one Ingress asks for certificates of clients is served by no router that does not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use windrose_config::Located;
use windrose_config::dynamic_config::{ClientAuth, Name, TlsOptions};

use super::draft::Draft;
use super::steps::Wrong;
use super::{Context, Reading};
use crate::translate::secrets::Secrets;
use crate::translate::{Scribe, Translated};

/// What is known of hosts.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    known: BTreeSet<Arc<str>>,
    regex: BTreeSet<Arc<str>>,
    aliases: BTreeMap<String, String>,
    handshakes: BTreeMap<Arc<str>, Handshake>,
}

/// How clients of a host shake hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Handshake {
    /// As all do.
    Usual,
    /// With these options.
    With(Arc<str>),
    /// Nobody does: what is asked for cannot be had.
    Closed,
}

impl Hosts {
    /// Whether paths of a host are expressions.
    pub(super) fn is_regex(&self, host: &str) -> bool {
        self.regex.contains(host)
    }

    /// Whether an Ingress is about this host.
    pub(super) fn is_known(&self, host: &str) -> bool {
        self.known.contains(host)
    }

    /// Whether an alias is free for an Ingress.
    pub(super) fn may_have(&self, alias: &str, stem: &str) -> bool {
        !self.is_known(alias) && self.aliases.get(alias).is_some_and(|owner| owner == stem)
    }

    pub(super) fn handshake(&self, host: &str) -> Handshake {
        self.handshakes.get(host).cloned().unwrap_or(Handshake::Usual)
    }
}

impl Context<'_> {
    /// Looks at all Ingresses, the older ones first.
    pub(super) fn hosts(&self, out: &mut Translated, readings: &[Reading<'_>]) -> Hosts {
        let mut hosts = Hosts::default();
        for reading in readings.iter().filter(|reading| !reading.draft.canary.is_on) {
            let place = &reading.draft.place;
            let own: BTreeSet<Arc<str>> =
                reading.body.rules.iter().map(|rule| Arc::clone(&rule.host)).collect();
            if place.is_regex || !place.rewrite.is_empty() {
                hosts.regex.extend(own.iter().cloned());
            }
            for alias in &place.aliases {
                hosts.aliases.entry(alias.clone()).or_insert_with(|| reading.stem.clone());
            }
            if let Some((mut scribe, _)) = out.begin("Ingress", reading.object) {
                self.handshakes(&mut scribe, reading, &own, &mut hosts);
            }
            hosts.known.extend(own);
        }
        hosts
    }

    fn handshakes(
        &self,
        scribe: &mut Scribe<'_>,
        reading: &Reading<'_>,
        own: &BTreeSet<Arc<str>>,
        hosts: &mut Hosts,
    ) {
        let handshake = match self.options_of(scribe, &reading.draft) {
            Ok(None) => return,
            Ok(Some(options)) => {
                let name: Arc<str> = reading.stem.as_str().into();
                scribe.object(Arc::clone(&name), options, |config| &mut config.tls.options, "metadata.name");
                Handshake::With(name)
            }
            Err((annotation, message)) => {
                scribe.wrong(super::field(annotation), message);
                Handshake::Closed
            }
        };
        for host in own {
            let first = hosts.handshakes.entry(Arc::clone(host)).or_insert_with(|| handshake.clone());
            if *first != handshake && !reading.draft.client.secret.is_empty() {
                let message = format!("an older Ingress says already how clients of {host:?} shake hands");
                scribe.wrong(super::field("auth-tls-secret"), message);
            }
        }
    }

    fn options_of(&self, scribe: &Scribe<'_>, draft: &Draft) -> Result<Option<TlsOptions>, Wrong> {
        let (client, tls) = (&draft.client, &draft.tls);
        let asks = !client.secret.is_empty() && client.verify != "off";
        if !asks && tls.ciphers.is_empty() && tls.protocols.is_empty() {
            return Ok(None);
        }
        let names = |all: &[String]| all.iter().map(|name| Name::from(Arc::from(name.as_str()))).collect();
        let (min, max) = versions(&tls.protocols).map_err(|message| ("ssl-protocols", message))?;
        let mut options = TlsOptions {
            min_version: Name::from(Arc::from(min)),
            max_version: Name::from(Arc::from(max)),
            cipher_suites: names(&tls.ciphers),
            ..TlsOptions::default()
        };
        if asks {
            let wrong = |message| ("auth-tls-secret", message);
            let (namespace, name) = self.find(&client.secret, &scribe.namespace()).map_err(wrong)?;
            let secrets = Secrets { world: self.view, namespace: &namespace };
            let kind = match client.verify {
                "optional" => "VerifyClientCertIfGiven",
                "optional_no_ca" => "RequestClientCert",
                _ => "RequireAndVerifyClientCert",
            };
            let authorities = secrets.named_authorities(&name).map_err(|error| wrong(error.to_string()))?;
            options.client_auth = ClientAuth {
                ca_files: [Located::from(authorities)].into(),
                client_auth_type: Name::from(Arc::from(kind)),
            };
        }
        Ok(Some(options))
    }
}

/// The lowest and the highest version among those that are named; both empty where none is.
pub(super) fn versions(names: &[String]) -> Result<(&'static str, &'static str), String> {
    const KNOWN: [(&str, &str); 4] = [
        ("TLSv1", "VersionTLS10"),
        ("TLSv1.1", "VersionTLS11"),
        ("TLSv1.2", "VersionTLS12"),
        ("TLSv1.3", "VersionTLS13"),
    ];
    let mut found = Vec::new();
    for name in names {
        let at = KNOWN.iter().position(|(known, _)| known == name);
        found.push(at.ok_or_else(|| format!("{name:?} is not spoken, only TLSv1.2 and TLSv1.3 are"))?);
    }
    let version = |at: Option<&usize>| at.and_then(|at| KNOWN.get(*at)).map_or("", |(_, ours)| ours);
    Ok((version(found.iter().min()), version(found.iter().max())))
}
