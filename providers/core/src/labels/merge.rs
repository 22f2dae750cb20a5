//! Many workloads as one configuration.
//!
//! Workloads come in order, the oldest first. Servers of services that are otherwise the same become one service. What
//! two workloads declare alike is declared once; where they differ the older one stays, and a problem of the newer one
//! names both. A router that cannot be read keeps its name and its place, too: a newer one of that name is left out, as
//! requests would else go to whatever is broader. Objects are shared, not copied, where nothing joins them.

use std::sync::Arc;

use windrose_config::dynamic_config::{Lost, Objects};
use windrose_config::{DynamicConfig, ObjectRef, Problem, Section, Source, Written};

use super::joined::Joined;

/// Puts workloads together, given from the oldest to the newest.
#[must_use]
pub fn merge<'a>(parts: impl IntoIterator<Item = &'a DynamicConfig>) -> DynamicConfig {
    let DynamicConfig { mut http, mut tcp, mut udp, mut tls, mut problems, mut lost } =
        DynamicConfig::default();
    let (mut http_services, mut tcp_services, mut udp_services) =
        (Joined::default(), Joined::default(), Joined::default());
    let told = &mut problems;
    for part in parts {
        told.extend_from_slice(&part.problems);
        objects(&mut http.routers, &part.http.routers, Section::HttpRouters, &lost, told);
        closed(&mut http.closed, &part.http.closed, &http.routers);
        http_services.add(&part.http.services, Section::HttpServices, told);
        objects(&mut http.middlewares, &part.http.middlewares, Section::HttpMiddlewares, &lost, told);
        objects(&mut tcp.routers, &part.tcp.routers, Section::TcpRouters, &lost, told);
        closed(&mut tcp.closed, &part.tcp.closed, &tcp.routers);
        tcp_services.add(&part.tcp.services, Section::TcpServices, told);
        objects(&mut tcp.middlewares, &part.tcp.middlewares, Section::TcpMiddlewares, &lost, told);
        objects(&mut udp.routers, &part.udp.routers, Section::UdpRouters, &lost, told);
        closed(&mut udp.closed, &part.udp.closed, &udp.routers);
        udp_services.add(&part.udp.services, Section::UdpServices, told);
        objects(&mut tls.stores, &part.tls.stores, Section::TlsStores, &lost, told);
        lost.extend(&part.lost);
    }
    http.services = http_services.finish();
    tcp.services = tcp_services.finish();
    udp.services = udp_services.finish();
    DynamicConfig { http, tcp, udp, tls, problems, lost }
}

/// Adds the places of routers that cannot be read, save where an older one has the name.
fn closed<T>(all: &mut Objects<T>, part: &Objects<T>, routers: &Objects<T>) {
    for (name, router) in part {
        if !routers.contains_key(name) {
            all.entry(Arc::clone(name)).or_insert_with(|| Arc::clone(router));
        }
    }
}

/// Adds objects. None of them passes for an older one that cannot be read.
fn objects<T: PartialEq>(
    all: &mut Objects<T>,
    part: &Objects<T>,
    section: Section,
    lost: &Lost,
    problems: &mut Vec<Problem>,
) {
    for (name, object) in part {
        match all.get(name) {
            Some(older) if older.value == object.value => {}
            Some(older) => problems.push(clash(section, name, older, object)),
            None if lost.contains(section, name) => {
                let message = format!(
                    "`{name}` in {section} is declared by an older one, too, which cannot be read, so this one is left out; rename one of them"
                );
                problems.push(told(Problem::error(message), section, name, object));
            }
            None => {
                all.insert(Arc::clone(name), Arc::clone(object));
            }
        }
    }
}

/// Two that cannot both be: the newer is told.
pub(super) fn clash<T>(section: Section, name: &Arc<str>, older: &Written<T>, newer: &Written<T>) -> Problem {
    let message = format!(
        "`{name}` in {section} is declared by {} and, differently, by {}: that of {}, which is older, stays, this one is left out; give both the same labels, or rename one of them",
        owner(older),
        owner(newer),
        owner(older),
    );
    told(Problem::error(message), section, name, newer)
}

fn told<T>(mut problem: Problem, section: Section, name: &Arc<str>, object: &Written<T>) -> Problem {
    problem.origin = Some(object.origin.clone());
    problem.of(ObjectRef::new(section, Arc::clone(name)))
}

/// Who carries the labels.
fn owner<T>(object: &Written<T>) -> String {
    match &*object.origin.source {
        Source::Labels { owner, .. } => owner.to_string(),
        other => other.to_string(),
    }
}
