//! The page, its tag, and where people are sent.

use super::*;

fn pages(base: &str) -> Pages {
    let own = [File { name: "own.css", text: "" }, File { name: "pages.js", text: "" }];
    Pages::new(&About { brand: "Ours", base, facts: "api/rawdata" }, &own)
}

#[test]
fn the_page_knows_its_base_path_and_its_tag_follows() {
    let page = |pages: &Pages| {
        let ready = pages.files.iter().find(|file| file.name.is_empty()).unwrap();
        (String::from_utf8(ready.body.to_vec()).unwrap(), ready.tag.clone())
    };
    let (plain, based) = (page(&pages("")), page(&pages("/base")));
    assert!(plain.0.contains("name=\"windrose-base\" content=\"\""));
    assert!(based.0.contains("name=\"windrose-base\" content=\"/base\""));
    assert_ne!(plain.1, based.1);
    assert_eq!(plain, page(&pages("")));
}

#[test]
fn the_page_names_what_its_dashboard_has() {
    let pages = pages("");
    let (_, page) = pages.texts().find(|(name, _)| name.is_empty()).unwrap();
    for part in [
        "<title>Ours</title>",
        "<link rel=\"stylesheet\" href=\"./style.css\">\n<link rel=\"stylesheet\" href=\"./own.css\">",
        "<link rel=\"modulepreload\" href=\"./pages.js\">",
        "<code>api/rawdata</code>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("{{"), "{page}");
}

#[test]
fn a_prefix_that_leads_elsewhere_is_none() {
    for (prefix, expected) in [
        ("/a", true),
        ("/a/b", true),
        ("a", false),
        ("//evil", false),
        ("/\\evil", false),
        ("/a\r\nb", false),
    ] {
        assert_eq!(is_local(prefix), expected, "{prefix:?}");
    }
}
