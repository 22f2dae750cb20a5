//! Objects of which a file has the name and nothing else.
//!
//! Traefik refuses the whole file for one ("cannot be a standalone element"). TLS options and stores may be empty.

use std::sync::Arc;

use windrose_config::tree::{Entry, Value};
use windrose_config::{ObjectRef, Problem, Section, Source, Tree};

/// The objects without options.
pub(super) fn objects(document: &Tree, source: &Arc<Source>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (section, kind) in SECTIONS {
        let mut steps = section.path().split('.');
        let Some(objects) = steps.try_fold(document, |tree, step| tree.field(step)) else { continue };
        let Value::Table(entries) = &objects.value else { continue };
        problems.extend(entries.iter().filter(|entry| entry.value.is_null()).map(|entry| {
            let Entry { key, mark, .. } = entry;
            let problem = Problem::error(format!("{kind} {key} is empty, write its options or remove it"));
            problem.at(source, *mark).spanning(key.chars().count()).of(ObjectRef::new(section, &**key))
        }));
    }
    problems
}

const SECTIONS: [(Section, &str); 10] = [
    (Section::HttpRouters, "router"),
    (Section::HttpServices, "service"),
    (Section::HttpMiddlewares, "middleware"),
    (Section::HttpServersTransports, "serversTransport"),
    (Section::TcpRouters, "router"),
    (Section::TcpServices, "service"),
    (Section::TcpMiddlewares, "middleware"),
    (Section::TcpServersTransports, "serversTransport"),
    (Section::UdpRouters, "router"),
    (Section::UdpServices, "service"),
];
