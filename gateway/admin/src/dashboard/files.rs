//! The list of files. A new page of the dashboard is a file and a line here.

use windrose_pages::File;

macro_rules! file {
    ($name:literal) => {
        File { name: $name, text: include_str!(concat!("assets/", $name)) }
    };
}

/// Those that only the gateway's dashboard has.
pub(super) static OWN: &[File] = &[
    file!("pages.js"),
    file!("pages/certificates.js"),
    file!("pages/entry_point.js"),
    file!("pages/explain.js"),
    file!("pages/list.js"),
    file!("pages/middleware.js"),
    file!("pages/overview.js"),
    file!("pages/problems.js"),
    file!("pages/reloads.js"),
    file!("pages/router.js"),
    file!("pages/service.js"),
    file!("pages/tail.js"),
];
