//! References to the gateway's own objects that are not there, and the option that brings each.

use windrose_config::{Problem, Section};

/// Why `name`, with its provider, does not exist, if it is one that an operator of Traefik may expect.
pub(super) fn missing(section: Section, name: &str) -> Option<Problem> {
    let is = |(of, known, _): &&(Section, &str, &str)| *of == section && *known == name;
    let what = super::problems::kind(section);
    OPTIONAL.iter().find(is).map(|(.., option)| {
        Problem::error(format!("{what} {name} does not exist; write {option} in the install configuration"))
    })
}

/// What is there when an option is written.
const OPTIONAL: [(Section, &str, &str); 8] = [
    (Section::HttpServices, "acme-http@internal", "an httpChallenge of a certificate resolver"),
    (Section::HttpServices, "api@internal", "api"),
    (Section::HttpServices, "dashboard@internal", "api, without dashboard: false,"),
    (Section::HttpServices, "ping@internal", "ping"),
    (Section::HttpMiddlewares, "dashboard_redirect@internal", INSECURE),
    (Section::HttpMiddlewares, "dashboard_stripprefix@internal", INSECURE),
    (Section::HttpServices, "prometheus@internal", "metrics.prometheus"),
    (Section::HttpServices, "rest@internal", "providers.rest"),
];

const INSECURE: &str = "api.insecure, without api.dashboard: false,";
