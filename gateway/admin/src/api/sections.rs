//! Lists and single objects of the sections of the routing configuration.

use std::collections::HashSet;

use serde_json::Value;
use windrose_config::Section;

use crate::answer::{Answer, Paging};
use crate::query::{BadPage, Query};
use crate::view::{
    Middlewares, Naming, Routers, Services, Shown, TcpMiddlewares, TcpRouters, TcpServices, UdpRouters,
    UdpServices, View,
};

/// The page of a section that a query asks for.
pub(super) fn list(section: Section, query: Option<&str>, view: &View) -> Answer {
    let page = |query: &Query| match section {
        Section::HttpRouters => page::<Routers>(query, view),
        Section::HttpServices => page::<Services>(&plain(query), view),
        Section::HttpMiddlewares => page::<Middlewares>(&plain(query), view),
        Section::TcpRouters => page::<TcpRouters>(query, view),
        Section::TcpServices => page::<TcpServices>(&plain(query), view),
        Section::TcpMiddlewares => page::<TcpMiddlewares>(&plain(query), view),
        // Nothing stands in front of their routers, so nothing can be asked for.
        Section::UdpRouters => page::<UdpRouters>(&Query { middleware: None, ..query.clone() }, view),
        Section::UdpServices => page::<UdpServices>(&plain(query), view),
        _ => Ok((Vec::new(), query.window(0)?.1)),
    };
    match Query::parse(query).and_then(|query| page(&query)) {
        Ok((objects, paging)) => Answer::page(&objects, paging),
        Err(bad) => Answer::error(400, &bad.to_string()),
    }
}

/// One object of a section.
pub(super) fn one(section: Section, name: &str, view: &View) -> Answer {
    let found = match section {
        Section::HttpRouters => object::<Routers>(name, view),
        Section::HttpServices => object::<Services>(name, view),
        Section::HttpMiddlewares => object::<Middlewares>(name, view),
        Section::TcpRouters => object::<TcpRouters>(name, view),
        Section::TcpServices => object::<TcpServices>(name, view),
        Section::TcpMiddlewares => object::<TcpMiddlewares>(name, view),
        Section::UdpRouters => object::<UdpRouters>(name, view),
        Section::UdpServices => object::<UdpServices>(name, view),
        _ => None,
    };
    match found {
        Some(object) => Answer::json(&object),
        None => Answer::error(404, &format!("{} not found: {name}", noun(section))),
    }
}

/// Only routers have a service and middlewares.
fn plain(query: &Query) -> Query {
    Query { service: None, middleware: None, ..query.clone() }
}

/// The objects of a page written out, and where it is.
fn page<S: Shown>(query: &Query, view: &View) -> Result<(Vec<Value>, Paging), BadPage> {
    let page = view.page::<S>(query)?;
    let names: HashSet<String> = page.objects.iter().map(|object| object.id.to_string()).collect();
    let related = S::related(view, &|name| names.contains(name));
    let show = |object| view.show::<S>(object, &related, Naming::Inside);
    Ok((page.objects.iter().map(show).collect(), page.paging))
}

fn object<S: Shown>(name: &str, view: &View) -> Option<Value> {
    let found = view.find::<S>(name)?;
    Some(view.show::<S>(&found, &S::related(view, &|candidate| candidate == name), Naming::Inside))
}

/// One of its objects, in a word.
const fn noun(section: Section) -> &'static str {
    match section {
        Section::HttpServices | Section::TcpServices | Section::UdpServices => "service",
        Section::HttpMiddlewares | Section::TcpMiddlewares => "middleware",
        _ => "router",
    }
}
