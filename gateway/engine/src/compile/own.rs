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
pub(super) const UNSUPPORTED: [(Section, &str, &str); 5] = [
    (Section::HttpServices, "acme-http@internal", CERTIFICATES),
    (Section::HttpServices, "dashboard@internal", DASHBOARD),
    (Section::HttpServices, "rest@internal", ROUTER),
    (Section::HttpMiddlewares, "dashboard_redirect@internal", ROUTER),
    (Section::HttpMiddlewares, "dashboard_stripprefix@internal", ROUTER),
];

/// What is there when an option is written.
const OPTIONAL: [(Section, &str, &str); 3] = [
    (Section::HttpServices, "api@internal", "api"),
    (Section::HttpServices, "ping@internal", "ping"),
    (Section::HttpServices, "prometheus@internal", "metrics.prometheus"),
];

const ROUTER: &str = "remove the router";
const DASHBOARD: &str = "remove the router, or use api@internal, which has what the dashboard would show";
const CERTIFICATES: &str =
    "remove the router, and name certificate files under tls.certificates of a routing file";
