use std::fs;

use super::TempDir;

#[test]
fn files_live_as_long_as_the_folder() {
    let folder = TempDir::new();
    let file = folder.write("a/b.yml", "x: 1");
    assert_eq!(fs::read_to_string(&file).unwrap(), "x: 1");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let path = folder.path().to_owned();
    drop(folder);
    assert!(!path.exists());
}

#[test]
fn folders_are_apart() {
    assert_ne!(TempDir::new().path(), TempDir::new().path());
}
