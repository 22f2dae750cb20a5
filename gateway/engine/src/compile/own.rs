//! References to the gateway's own objects that are not there: what Traefik has, and what an option brings.

use windrose_config::{Problem, Section};

/// Why `name`, with its provider, does not exist, if it is one that an operator of Traefik may expect.
pub(super) fn missing(section: Section, name: &str) -> Option<Problem> {
    let is = |(of, known, _): &&(Section, &str, &str)| *of == section && *known == name;
    let what = super::problems::kind(section);
    if let Some((.., instead)) = UNSUPPORTED.iter().find(is) {
        let message =
            format!("{what} {name} is not supported yet; {instead} (see docs/reference/refused.md)");
        return Some(Problem::error(message));
    }
    OPTIONAL.iter().find(is).map(|(.., option)| {
        Problem::error(format!("{what} {name} does not exist; write {option} in the install configuration"))
    })
}

/// What Traefik has and this gateway does not have yet, and what to do until then.
pub(super) const UNSUPPORTED: [(Section, &str, &str); 1] = [(Section::HttpServices, "rest@internal", ROUTER)];

/// What is there when an option is written.
const OPTIONAL: [(Section, &str, &str); 7] = [
    (Section::HttpServices, "acme-http@internal", "an httpChallenge of a certificate resolver"),
    (Section::HttpServices, "api@internal", "api"),
    (Section::HttpServices, "dashboard@internal", "api, without dashboard: false,"),
    (Section::HttpServices, "ping@internal", "ping"),
    (Section::HttpMiddlewares, "dashboard_redirect@internal", INSECURE),
    (Section::HttpMiddlewares, "dashboard_stripprefix@internal", INSECURE),
    (Section::HttpServices, "prometheus@internal", "metrics.prometheus"),
];

const ROUTER: &str = "remove the router";
const INSECURE: &str = "api.insecure, without api.dashboard: false,";
