//! The files that all dashboards share.

/// A file of a dashboard.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its path below the dashboard's; empty for the page itself.
    pub name: &'static str,
    /// What is in it.
    pub text: &'static str,
}

impl File {
    /// Its media type, by the end of its name.
    pub(crate) fn kind(&self) -> &'static str {
        match self.name.rsplit_once('.').map(|(_, end)| end) {
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("js") => "text/javascript; charset=utf-8",
            _ => "text/html; charset=utf-8",
        }
    }
}

/// The name of the page, which is the path of the dashboard itself.
pub(crate) const INDEX: File = File { name: "", text: include_str!("assets/index.html") };

macro_rules! file {
    ($name:literal) => {
        File { name: $name, text: include_str!(concat!("assets/", $name)) }
    };
}

/// All that every dashboard has, but for the page. `app.js` asks `pages.js`, which is each dashboard's own.
pub(crate) static SHARED: &[File] = &[
    file!("style.css"),
    file!("icon.svg"),
    file!("theme.js"),
    file!("app.js"),
    file!("api.js"),
    file!("dom.js"),
    file!("routes.js"),
    file!("parts/facts.js"),
    file!("parts/flow.js"),
    file!("parts/icons.js"),
    file!("parts/paging.js"),
    file!("parts/rates.js"),
    file!("parts/tools.js"),
    file!("parts/words.js"),
];
