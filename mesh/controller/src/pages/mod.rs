//! The dashboard of the mesh. A new page is a file and a line here, and a line in `assets/pages.js`.
//!
//! Owns the pages; their frame is that of all dashboards (`windrose-pages`).

use windrose_pages::{About, File, Pages};

macro_rules! file {
    ($name:literal) => {
        File { name: $name, text: include_str!(concat!("assets/", $name)) }
    };
}

/// All of them, ready to be sent.
pub(crate) fn all() -> Pages {
    Pages::new(&About { brand: "Windrose mesh", base: "", facts: "api/topology/current" }, OWN)
}

static OWN: &[File] = &[
    file!("mesh.css"),
    file!("mesh.js"),
    file!("pages.js"),
    file!("pages/nodes.js"),
    file!("pages/overview.js"),
    file!("pages/policies.js"),
    file!("pages/problems.js"),
    file!("pages/service.js"),
    file!("pages/services.js"),
    file!("pages/splits.js"),
    file!("pages/traffic.js"),
    file!("parts/figures.js"),
    file!("parts/graph.js"),
    file!("parts/table.js"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_what_pages_have_to_be() {
        let nothing: [&str; 0] = [];
        assert_eq!(windrose_pages::testing::faults(&all()), nothing);
    }
}
