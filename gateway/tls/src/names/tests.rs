use super::*;

fn table(names: &[&'static str]) -> NameTable<&'static str> {
    let mut table = NameTable::default();
    for name in names {
        table.insert_first(name, *name);
    }
    table
}

#[test]
fn exact_goes_before_wildcard() {
    let table = table(&["*.example.com", "www.example.com"]);
    assert_eq!(table.find("www.example.com"), Some(&"www.example.com"));
    assert_eq!(table.find("api.example.com"), Some(&"*.example.com"));
}

#[test]
fn a_wildcard_covers_one_label() {
    let table = table(&["*.example.com"]);
    for name in ["example.com", "a.b.example.com", ".example.com", "example.org", ""] {
        assert_eq!(table.find(name), None, "{name:?}");
    }
}

#[test]
fn spelling_does_not_matter() {
    let table = table(&["*.Example.COM.", "WWW.example.org"]);
    assert!(table.find("A.EXAMPLE.com.").is_some());
    assert!(table.find("www.EXAMPLE.org..").is_some());
}

#[test]
fn the_first_one_stays() {
    let mut table = NameTable::default();
    assert!(table.insert_first("a.com", 1));
    assert!(!table.insert_first("A.com.", 2));
    assert_eq!(table.find("a.com"), Some(&1));
}
