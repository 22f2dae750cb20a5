//! The list of files.

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

/// All there are.
pub(super) static ALL: &[File] = &[
    File { name: INDEX, kind: HTML, text: include_str!("assets/index.html") },
    File { name: "style.css", kind: CSS, text: include_str!("assets/style.css") },
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
