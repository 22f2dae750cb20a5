//! The gateway's own objects that an operator of Traefik may name.

use super::*;
use crate::compile::own::missing;

#[test]
fn a_router_is_told_which_option_brings_its_service() {
    let mut bench = Bench::web();
    let made = bench.say("file", "http: {routers: {r: {rule: 'Path(`/`)', service: rest@internal}}}");
    let told = made.told();
    let expected =
        "error: service rest@internal does not exist; write providers.rest in the install configuration";
    assert!(told.len() == 1 && told[0].ends_with(expected), "{told:?}");
}

#[test]
fn a_chain_says_the_same() {
    let mut bench = Bench::web();
    let made = bench
        .say("file", "http: {middlewares: {c: {chain: {middlewares: ['dashboard_redirect@internal']}}}}");
    let told = made.told();
    assert!(
        told.len() == 1 && told[0].contains("dashboard_redirect@internal does not exist; write api.insecure"),
        "{told:?}"
    );
}

#[test]
fn what_an_option_brings_is_told_with_the_option() {
    let said = |section, name| missing(section, name).map(|problem| problem.message);
    let expected = "service api@internal does not exist; write api in the install configuration";
    assert_eq!(said(Section::HttpServices, "api@internal").as_deref(), Some(expected));
    let expected = "service dashboard@internal does not exist; \
                    write api, without dashboard: false, in the install configuration";
    assert_eq!(said(Section::HttpServices, "dashboard@internal").as_deref(), Some(expected));
    assert_eq!(said(Section::HttpMiddlewares, "api@internal"), None);
    assert_eq!(said(Section::HttpServices, "dashboard@file"), None);
}
