//! Whatever chooses at random can be made to choose the same again.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_property_takes_its_seed_from_one_place() {
    let mut seen = 0;
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        // Not said in one piece, since this file is read, too.
        let properties = text.matches(concat!("proptest", "! {")).count();
        let seeded = text.matches(concat!("#![proptest_config", "(windrose_random::cases(")).count();
        assert_eq!(properties, seeded, "{}", path.display());
        seen += seeded;
    }
    assert!(seen >= 7, "only {seen} properties were found");
}

fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace");
    let mut folders: Vec<PathBuf> =
        ["gateway", "mesh", "providers", "tests", "xtask"].map(|folder| root.join(folder)).into();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                sources.push(path);
            }
        }
    }
    sources
}
