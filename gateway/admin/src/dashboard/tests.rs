use std::collections::HashSet;

use super::*;

fn file(name: &str) -> &'static str {
    files::ALL.iter().find(|file| file.name == name).unwrap_or_else(|| panic!("no {name}")).text
}

/// Addresses in a script or page, of the files that it needs.
fn needs(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'']).filter(|word| word.starts_with("./") || word.starts_with("../"))
}

/// The path of a file that another one names.
fn beside(name: &str, address: &str) -> String {
    let mut folder: Vec<&str> = name.split('/').collect();
    folder.pop();
    for step in address.split('/') {
        match step {
            "." => {}
            ".." => {
                folder.pop();
            }
            step => folder.push(step),
        }
    }
    folder.join("/")
}

#[test]
fn every_file_that_is_named_is_there_and_none_is_idle() {
    let mut named = HashSet::from([String::new()]);
    for each in files::ALL {
        for address in needs(each.text) {
            let path = beside(each.name, address);
            assert!(files::ALL.iter().any(|file| file.name == path), "{} names {path}", each.name);
            named.insert(path);
        }
    }
    for each in files::ALL {
        assert!(named.contains(each.name), "nobody names {}", each.name);
    }
}

#[test]
fn the_page_loads_all_scripts_at_once() {
    let page = file(INDEX);
    for each in files::ALL.iter().filter(|file| file.name.ends_with(".js")) {
        assert!(page.contains(&format!("=\"./{}\"", each.name)), "{}", each.name);
    }
}

#[test]
fn nothing_is_inline_and_nothing_is_elsewhere() {
    let page = file(INDEX);
    for forbidden in ["<style", " style=", " onclick=", "<script>", "javascript:"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for each in files::ALL {
        for forbidden in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
        {
            assert!(!each.text.contains(forbidden), "{}: {forbidden}", each.name);
        }
        let addresses = each.text.matches("://").count();
        let names = each.text.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(addresses, names, "{}", each.name);
    }
}

#[test]
fn all_of_it_is_small() {
    let bytes: usize = files::ALL.iter().map(|file| file.text.len()).sum();
    assert!(bytes < 160 << 10, "{bytes} bytes");
}

#[test]
fn the_page_knows_its_base_path_and_its_tag_follows() {
    let (plain, based) = (Dashboard::new(""), Dashboard::new("/base"));
    let page = |dashboard: &Dashboard| {
        let ready = dashboard.files.iter().find(|file| file.name == INDEX).unwrap();
        (String::from_utf8(ready.body.to_vec()).unwrap(), ready.tag.clone())
    };
    assert!(page(&plain).0.contains("name=\"windrose-base\" content=\"\""));
    assert!(page(&based).0.contains("name=\"windrose-base\" content=\"/base\""));
    assert_ne!(page(&plain).1, page(&based).1);
    assert_eq!(page(&plain), page(&Dashboard::new("")));
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
