//! The gateway's own objects that an operator of Traefik may name.

use super::*;
use crate::compile::own::{UNSUPPORTED, missing};

#[test]
fn what_traefik_has_and_we_do_not_is_named_with_a_way_out() {
    let page = include_str!("../../../../../docs/reference/refused.md");
    for (section, name, instead) in UNSUPPORTED {
        let (kind, router) = match section {
            Section::HttpServices => ("service", format!("service: {name}")),
            _ => ("middleware", format!("service: noop@internal, middlewares: [{name}]")),
        };
        let expected =
            format!("{kind} {name} is not supported yet; {instead} (see docs/reference/refused.md)");
        let mut bench = Bench::web();
        let made = bench.say("file", &format!("http: {{routers: {{r: {{rule: 'Path(`/`)', {router}}}}}}}"));
        let told = made.told();
        assert!(told.len() == 1 && told[0].ends_with(&format!("error: {expected}")), "{told:?}");
        assert!(page.contains(&format!("`{name}`")), "{name} is not on the page");
    }
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
