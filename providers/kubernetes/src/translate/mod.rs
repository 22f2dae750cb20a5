//! From the objects of a cluster to routing: pure, objects in, configuration and verdicts out.
//!
//! Invariants: what is wrong with one route costs that route and nothing else; the place of a route that cannot be used
//! stays closed, so that no broader one gets its requests; no text of an object becomes part of a rule unless it is a
//! rule; names of different objects never collide unseen.

pub mod backends;
pub mod crd;
pub mod ingress;
mod kept;
pub mod names;
pub mod nginx;
pub mod references;
pub mod secrets;
#[cfg(test)]
mod tests;
mod tree;
mod view;

use std::collections::HashMap;
use std::sync::Arc;

use windrose_config::dynamic_config::{
    Objects, Router, Service, TcpRouter, TcpService, TlsCertificate, UdpService,
};
use windrose_config::{DynamicConfig, Mark, Origin, Problem, Section, Severity, Source, Written};

use windrose_providers_core::Wanted;

use crate::objects::{Accepted, Meta, Object};

pub use kept::Kept;
pub use view::{Needs, View};

/// What comes of a translation.
#[derive(Debug, Default)]
pub struct Translated {
    /// The routing.
    pub config: DynamicConfig,
    /// What is wrong with objects, each told once.
    pub verdicts: Vec<Verdict>,
    /// The objects that were looked at.
    pub judged: Vec<Arc<Judged>>,
    /// What is to be recorded of requests.
    pub wanted: Wanted,
    /// The certificates that are declared, by what they and their keys are.
    certificates: HashMap<Pair, Vec<Arc<Written<TlsCertificate>>>>,
}

/// A certificate and its key.
type Pair = (Arc<str>, Arc<str>);

/// An object that was looked at.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The object.
    pub subject: Subject,
    /// What it asked for then.
    pub generation: i64,
    /// What its status said of it then.
    pub accepted: Accepted,
}

/// Something wrong with an object of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// The object.
    pub subject: Subject,
    /// How bad it is.
    pub severity: Severity,
    /// The field at fault, as `spec.routes[0].services[0]`.
    pub field: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

/// An object of the cluster, by all that names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Subject {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its identity.
    pub uid: Arc<str>,
    /// Whether it is written with the group that our kinds had first.
    pub is_old_group: bool,
}

/// The object that is being translated, and all that was made before.
pub(crate) struct Scribe<'a> {
    out: &'a mut Translated,
    subject: Subject,
    source: Arc<Source>,
}

impl Subject {
    pub(crate) fn new(kind: &'static str, meta: &Meta) -> Self {
        Self {
            kind,
            namespace: Arc::clone(&meta.namespace),
            name: Arc::clone(&meta.name),
            uid: Arc::clone(&meta.uid),
            is_old_group: meta.is_old_group,
        }
    }

    /// The name that configuration gives as the place where the object's routing is written.
    pub(crate) fn place(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}

impl Translated {
    /// Begins with an object; `None` after telling that it cannot be read.
    pub(crate) fn begin<'a, 'o, T>(
        &'a mut self,
        kind: &'static str,
        object: &'o Object<T>,
    ) -> Option<(Scribe<'a>, &'o T)> {
        let subject = Subject::new(kind, &object.meta);
        self.judged.push(Arc::new(Judged {
            subject: subject.clone(),
            generation: object.meta.generation,
            accepted: object.meta.accepted.clone(),
        }));
        let source = Source::other(&subject.place());
        let mut scribe = Scribe { out: self, subject, source };
        match &object.body {
            Ok(body) => Some((scribe, body)),
            Err(error) => {
                scribe.wrong("spec", format!("cannot be read: {error}"));
                None
            }
        }
    }
}

impl Translated {
    /// Declares a certificate, unless the same is declared already for the same stores.
    fn certify(&mut self, written: &Arc<Written<TlsCertificate>>) {
        let TlsCertificate { cert_file, key_file, .. } = &written.value;
        let key = (Arc::clone(cert_file.as_written()), Arc::clone(key_file.as_written()));
        let known = self.certificates.entry(key).or_default();
        if known.iter().all(|known| known.value != written.value) {
            known.push(Arc::clone(written));
            self.config.tls.certificates.push(Arc::clone(written));
        }
    }
}

impl Scribe<'_> {
    /// Tells an error.
    pub(crate) fn wrong(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.tell(Severity::Error, field.into(), message.into());
    }

    /// Tells a warning.
    pub(crate) fn odd(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.tell(Severity::Warning, field.into(), message.into());
    }

    fn tell(&mut self, severity: Severity, field: String, message: String) {
        let text = format!("{field}: {message}");
        let problem = Problem { severity, ..Problem::error(text) };
        self.out.config.problems.push(problem.at(&self.source, Mark::default()));
        self.out.verdicts.push(Verdict { subject: self.subject.clone(), severity, field, message });
    }

    /// Tells the owner of the object what everybody else hears from the engine: that it names what is not there.
    pub(crate) fn missing(&mut self, field: String, message: String) {
        self.out.verdicts.push(Verdict {
            subject: self.subject.clone(),
            severity: Severity::Error,
            field,
            message,
        });
    }

    /// The namespace of the object.
    pub(crate) fn namespace(&self) -> Arc<str> {
        Arc::clone(&self.subject.namespace)
    }

    /// Whether the object is written with the group that our kinds had first.
    pub(crate) fn is_old_group(&self) -> bool {
        self.subject.is_old_group
    }

    pub(crate) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// A value, and that this object says so.
    fn stamped<T>(&self, value: T) -> Written<T> {
        Written::new(value, Origin::new(Arc::clone(&self.source), Mark::default()))
    }

    fn written<T>(&self, value: T) -> Arc<Written<T>> {
        Arc::new(self.stamped(value))
    }

    /// Declares a router. One of the same name that another object declared before stays; this one is told.
    pub(crate) fn router(&mut self, name: Arc<str>, router: Router, field: &str) {
        let written = self.written(router);
        let http = &mut self.out.config.http;
        http.closed.shift_remove(&name);
        if let Some(message) = put_first(&mut http.routers, name, written) {
            self.wrong(field, message);
        }
    }

    /// Closes the place of a router that cannot be used, unless another one has it.
    pub(crate) fn close(&mut self, name: Arc<str>, router: Router) {
        if self.out.config.http.routers.contains_key(&name) {
            return;
        }
        let written = self.written(Router { service: None, middlewares: Box::default(), ..router });
        self.out.config.lost.insert(Section::HttpRouters, Arc::clone(&name));
        self.out.config.http.closed.entry(name).or_insert(written);
    }

    /// Declares a TCP router, as one of HTTP.
    pub(crate) fn tcp_router(&mut self, name: Arc<str>, router: TcpRouter, field: &str) {
        let written = self.written(router);
        let tcp = &mut self.out.config.tcp;
        tcp.closed.shift_remove(&name);
        if let Some(message) = put_first(&mut tcp.routers, name, written) {
            self.wrong(field, message);
        }
    }

    /// Closes the place of a TCP router that cannot be used.
    pub(crate) fn tcp_close(&mut self, name: Arc<str>, router: TcpRouter) {
        if self.out.config.tcp.routers.contains_key(&name) {
            return;
        }
        let written = self.written(TcpRouter { service: None, middlewares: Box::default(), ..router });
        self.out.config.lost.insert(Section::TcpRouters, Arc::clone(&name));
        self.out.config.tcp.closed.entry(name).or_insert(written);
    }

    /// Declares a service; the same one may be declared by many.
    pub(crate) fn service(&mut self, name: Arc<str>, service: Service) {
        let written = self.written(service);
        self.out.config.http.services.insert(name, written);
    }

    /// Declares a TCP service.
    pub(crate) fn tcp_service(&mut self, name: Arc<str>, service: TcpService) {
        let written = self.written(service);
        self.out.config.tcp.services.insert(name, written);
    }

    /// Declares a UDP service.
    pub(crate) fn udp_service(&mut self, name: Arc<str>, service: UdpService) {
        let written = self.written(service);
        self.out.config.udp.services.insert(name, written);
    }

    /// Declares a certificate, unless the same is declared already for the same stores.
    pub(crate) fn certificate(&mut self, certificate: TlsCertificate) {
        let written = self.written(certificate);
        self.out.certify(&written);
    }

    /// What is to be recorded.
    pub(crate) fn wanted(&mut self) -> &mut Wanted {
        &mut self.out.wanted
    }

    /// Declares anything else in a section.
    pub(crate) fn object<T>(
        &mut self,
        name: Arc<str>,
        value: T,
        section: fn(&mut DynamicConfig) -> &mut Objects<T>,
        field: &str,
    ) {
        let written = self.written(value);
        if let Some(message) = put_first(section(&mut self.out.config), name, written) {
            self.wrong(field, message);
        }
    }

    /// Takes note that an object is written and cannot be used, so that nothing else passes for it.
    pub(crate) fn lose(&mut self, section: Section, name: Arc<str>) {
        self.out.config.lost.insert(section, name);
    }

    /// Takes in what a document of this object declares.
    pub(crate) fn absorb(&mut self, made: DynamicConfig, field: &str) {
        let DynamicConfig { http, tcp, problems, lost, .. } = made;
        for problem in problems {
            self.out.verdicts.push(Verdict {
                subject: self.subject.clone(),
                severity: problem.severity,
                field: field.to_owned(),
                message: problem.message.clone(),
            });
            self.out
                .config
                .problems
                .push(Problem { message: format!("{field}: {}", problem.message), ..problem });
        }
        self.out.config.lost.extend(&lost);
        let config = &mut self.out.config;
        let mut twice = Vec::new();
        twice.extend(
            http.middlewares.into_iter().filter_map(|(n, w)| put_first(&mut config.http.middlewares, n, w)),
        );
        twice.extend(
            tcp.middlewares.into_iter().filter_map(|(n, w)| put_first(&mut config.tcp.middlewares, n, w)),
        );
        let transports = http.servers_transports.into_iter();
        twice.extend(transports.filter_map(|(n, w)| put_first(&mut config.http.servers_transports, n, w)));
        let transports = tcp.servers_transports.into_iter();
        twice.extend(transports.filter_map(|(n, w)| put_first(&mut config.tcp.servers_transports, n, w)));
        for message in twice {
            self.wrong(field, message);
        }
    }

    /// What is made so far.
    pub(crate) fn config(&self) -> &DynamicConfig {
        &self.out.config
    }
}

/// Puts an object where none is yet; what to say when one is.
fn put_first<T>(objects: &mut Objects<T>, name: Arc<str>, written: Arc<Written<T>>) -> Option<String> {
    match objects.get(&name) {
        Some(first) if first.origin.source != written.origin.source => Some(format!(
            "{} comes to the same name, {name}, and is older; rename one of both",
            first.origin.source
        )),
        _ => {
            objects.insert(name, written);
            None
        }
    }
}
