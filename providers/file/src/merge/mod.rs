//! Many files as one configuration.
//!
//! Files come in order; of two objects with the same name in the same section the first stays, and a problem names
//! both places. Objects are shared, not copied.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use windrose_config::dynamic_config::{Lost, Objects, TlsCertificate};
use windrose_config::{DynamicConfig, ObjectRef, Problem, Section, Written};

/// Merges what files declare, and collects their problems.
pub(crate) fn merge<'a>(parts: impl Iterator<Item = &'a DynamicConfig> + Clone) -> DynamicConfig {
    let mut merging = Merging::default();
    // The sections that grow large; growing step by step would hash every name several times.
    let DynamicConfig { http, .. } = &mut merging.all;
    http.routers.reserve(parts.clone().map(|part| part.http.routers.len()).sum());
    http.services.reserve(parts.clone().map(|part| part.http.services.len()).sum());
    for part in parts {
        merging.add(part);
    }
    let DynamicConfig { http, tcp, udp, .. } = &mut merging.all;
    http.closed.retain(|name, _| !http.routers.contains_key(name));
    tcp.closed.retain(|name, _| !tcp.routers.contains_key(name));
    udp.closed.retain(|name, _| !udp.routers.contains_key(name));
    merging.all
}

#[derive(Default)]
struct Merging {
    all: DynamicConfig,
    /// Certificates by their file.
    certificates: HashMap<Arc<str>, Vec<Arc<Written<TlsCertificate>>>>,
}

impl Merging {
    fn add(&mut self, part: &DynamicConfig) {
        let DynamicConfig { http, tcp, udp, tls, problems, lost } = &mut self.all;
        problems.extend_from_slice(&part.problems);
        // Where a router is that cannot be read is known, so that another one may have its name.
        objects(&mut http.routers, &part.http.routers, Section::HttpRouters, &Lost::default(), problems);
        // What cannot be read has been told.
        closed(&mut http.closed, &part.http.closed);
        closed(&mut tcp.closed, &part.tcp.closed);
        closed(&mut udp.closed, &part.udp.closed);
        objects(&mut http.services, &part.http.services, Section::HttpServices, lost, problems);
        objects(&mut http.middlewares, &part.http.middlewares, Section::HttpMiddlewares, lost, problems);
        let transports = &part.http.servers_transports;
        objects(&mut http.servers_transports, transports, Section::HttpServersTransports, lost, problems);
        objects(&mut tcp.routers, &part.tcp.routers, Section::TcpRouters, &Lost::default(), problems);
        objects(&mut tcp.services, &part.tcp.services, Section::TcpServices, lost, problems);
        objects(&mut tcp.middlewares, &part.tcp.middlewares, Section::TcpMiddlewares, lost, problems);
        let transports = &part.tcp.servers_transports;
        objects(&mut tcp.servers_transports, transports, Section::TcpServersTransports, lost, problems);
        objects(&mut udp.routers, &part.udp.routers, Section::UdpRouters, &Lost::default(), problems);
        objects(&mut udp.services, &part.udp.services, Section::UdpServices, lost, problems);
        objects(&mut tls.options, &part.tls.options, Section::TlsOptions, lost, problems);
        objects(&mut tls.stores, &part.tls.stores, Section::TlsStores, lost, problems);
        lost.extend(&part.lost);
        for certificate in &part.tls.certificates {
            self.certificate(certificate);
        }
    }

    /// Certificates have no names: the same one written twice counts once.
    fn certificate(&mut self, certificate: &Arc<Written<TlsCertificate>>) {
        let same_file = self.certificates.entry(certificate.cert_file.as_written().clone()).or_default();
        if let Some(first) = same_file.iter().find(|first| first.value == certificate.value) {
            let message = format!(
                "this certificate is written in {} already, remove one of them",
                first.origin.place()
            );
            self.all.problems.push(at(Problem::warning(message), certificate));
            return;
        }
        same_file.push(certificate.clone());
        self.all.tls.certificates.push(certificate.clone());
    }
}

/// Adds the places of routers that cannot be read.
fn closed<T>(all: &mut Objects<T>, part: &Objects<T>) {
    for (name, router) in part {
        all.entry(Arc::clone(name)).or_insert_with(|| Arc::clone(router));
    }
}

/// Adds the objects of a file. None of them passes for one that stands before it and cannot be read.
fn objects<T>(
    all: &mut Objects<T>,
    part: &Objects<T>,
    section: Section,
    lost: &Lost,
    problems: &mut Vec<Problem>,
) {
    for (name, object) in part {
        if lost.contains(section, name) {
            let message = format!(
                "`{name}` in {section} is written twice: the first one cannot be read, and this one is left out; rename one of them"
            );
            problems.push(at(Problem::warning(message), object).of(ObjectRef::new(section, name.clone())));
            continue;
        }
        // One look per object: a second one only for the few that turn out to be there already.
        let Some(first) = all.insert(name.clone(), object.clone()) else { continue };
        let message = format!(
            "`{name}` in {section} is written twice: the one in {} is kept, this one is left out; rename one of them",
            first.origin.place()
        );
        problems.push(at(Problem::warning(message), object).of(ObjectRef::new(section, name.clone())));
        all.insert(name.clone(), first);
    }
}

fn at<T>(mut problem: Problem, object: &Written<T>) -> Problem {
    problem.origin = Some(object.origin.clone());
    problem
}
