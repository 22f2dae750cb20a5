//! What is written of resolvers, and what can be wrong with it before anybody is asked.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use windrose_config::static_config::Acme;
use windrose_config::tree::nearest;
use windrose_config::{Located, Mark, Problem, Source, StaticConfig};

use crate::{dns, keys, storage};

/// What is wrong with the certificate resolvers of an install configuration. Errors stop the start.
#[must_use]
pub fn check(settings: &StaticConfig, source: &Arc<Source>, open: storage::Open) -> Vec<Problem> {
    let mut check = Check { settings, source, open, problems: Vec::new() };
    for (name, resolver) in &settings.certificates_resolvers {
        if let Some(acme) = &resolver.acme {
            check.resolver(&format!("certificatesResolvers.{name}.acme"), acme);
        }
    }
    check.problems
}

struct Check<'a> {
    settings: &'a StaticConfig,
    source: &'a Arc<Source>,
    open: storage::Open,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn resolver(&mut self, at: &str, acme: &Acme) {
        let by_dns = acme.dns_challenge.as_ref();
        let by_http = acme.http_challenge.as_ref();
        if by_dns.is_none() && by_http.is_none() && acme.tls_challenge.is_none() {
            let message = format!("{at} has no challenge; write tlsChallenge, httpChallenge or dnsChallenge");
            self.problems.push(Problem::error(message).at(self.source, Mark::default()));
        }
        if let Err(error) = (self.open)(&acme.storage) {
            let expected = "the path of a file, or kubernetes://NAMESPACE/NAME".into();
            self.wrong(&acme.storage, format!("{at}.{error}"), expected);
        }
        if keys::KeyType::named(&acme.key_type).is_none() {
            let known = keys::NAMES.map(|(name, _)| name).join(", ");
            let message = format!("{at}.keyType cannot be `{}`", &**acme.key_type);
            self.wrong(&acme.key_type, message, format!("one of {known}"));
        }
        if let Some(dns) = by_dns {
            if dns.provider.is_empty() {
                self.missing(&format!("{at}.dnsChallenge.provider"), &dns.provider);
            } else if !dns::is_known(&dns.provider) {
                let message = format!(
                    "{at}.dnsChallenge.provider: there is no DNS provider `{}` here",
                    &**dns.provider
                );
                let others = "use exec or httpreq to bring your own";
                self.wrong(&dns.provider, message, format!("one of {}; {others}", dns::names().join(", ")));
                if let Some(problem) = self.problems.last_mut() {
                    problem.nearest = nearest(&dns.provider, &dns::names());
                }
            }
        }
        if let Some(http) = by_http {
            let option = format!("{at}.httpChallenge.entryPoint");
            if http.entry_point.is_empty() {
                self.missing(&option, &http.entry_point);
            } else if !self.has_entry_point(&http.entry_point) {
                let message = format!("{option}: there is no entry point `{}`", &**http.entry_point);
                self.wrong(&http.entry_point, message, "the name of an entry point".into());
            }
        }
        if let Some(eab) = &acme.eab
            && (eab.kid.is_empty() || eab.hmac_encoded.is_empty())
        {
            let message = format!("{at}.eab needs both kid and hmacEncoded");
            self.problems.push(Problem::error(message).at(self.source, Mark::default()));
        }
        if acme.ca_server.is_empty() || url::Url::parse(&acme.ca_server).is_err() {
            let message = format!(
                "{at}.caServer `{}` is no URL; write one such as https://host/directory",
                acme.ca_server
            );
            self.problems.push(Problem::error(message).at(self.source, Mark::default()));
        }
    }

    fn has_entry_point(&self, name: &str) -> bool {
        windrose_engine::merge::effective(self.settings).contains_key(name)
    }

    fn missing(&mut self, option: &str, written: &Located<Arc<str>>) {
        self.problems.push(Problem::error(format!("{option} is missing")).at(self.source, written.mark));
    }

    fn wrong(&mut self, written: &Located<Arc<str>>, message: String, expected: String) {
        let problem = Problem::error(message).at(self.source, written.mark);
        self.problems.push(problem.spanning(written.chars().count()).expecting(expected));
    }
}
