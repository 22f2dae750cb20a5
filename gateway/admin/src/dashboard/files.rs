//! The list of files. A new page of the dashboard is a file and a line here.

/// A file of the dashboard.
pub(super) struct File {
    /// Its path below the dashboard's; empty for the page itself.
    pub(super) name: &'static str,
    /// Its media type.
    pub(super) kind: &'static str,
    /// What is in it.
    pub(super) text: &'static str,
}

/// The name of the page, which is the path of the dashboard itself.
pub(super) const INDEX: &str = "";

macro_rules! file {
    ($kind:ident $name:literal) => {
        File { name: $name, kind: $kind, text: include_str!(concat!("assets/", $name)) }
    };
}

/// All there are.
pub(super) static ALL: &[File] = &[
    File { name: INDEX, kind: HTML, text: include_str!("assets/index.html") },
    file!(CSS "style.css"),
    file!(ICON "icon.svg"),
    file!(SCRIPT "theme.js"),
    file!(SCRIPT "app.js"),
    file!(SCRIPT "api.js"),
    file!(SCRIPT "dom.js"),
    file!(SCRIPT "pages.js"),
    file!(SCRIPT "routes.js"),
    file!(SCRIPT "pages/certificates.js"),
    file!(SCRIPT "pages/entry_point.js"),
    file!(SCRIPT "pages/explain.js"),
    file!(SCRIPT "pages/list.js"),
    file!(SCRIPT "pages/middleware.js"),
    file!(SCRIPT "pages/overview.js"),
    file!(SCRIPT "pages/problems.js"),
    file!(SCRIPT "pages/reloads.js"),
    file!(SCRIPT "pages/router.js"),
    file!(SCRIPT "pages/service.js"),
    file!(SCRIPT "pages/tail.js"),
    file!(SCRIPT "parts/facts.js"),
    file!(SCRIPT "parts/flow.js"),
    file!(SCRIPT "parts/icons.js"),
    file!(SCRIPT "parts/paging.js"),
    file!(SCRIPT "parts/rates.js"),
    file!(SCRIPT "parts/tools.js"),
    file!(SCRIPT "parts/words.js"),
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const ICON: &str = "image/svg+xml";
const SCRIPT: &str = "text/javascript; charset=utf-8";
