use windrose_kit::temp::TempDir;

use super::*;

#[test]
fn what_is_there_is_left_alone() {
    let folder = TempDir::new();
    let said = write(folder.path()).unwrap();
    assert!(said.contains("windrose.yml") && said.contains("hello.yml"), "{said}");
    let before = fs::read_to_string(folder.path().join("windrose.yml")).unwrap();
    let routes = format!("directory: \"{}/routes\"", fs::canonicalize(folder.path()).unwrap().display());
    assert!(before.contains(&routes), "{before}");
    assert!(matches!(write(folder.path()), Err(InitError::Exists(_))));
    fs::remove_file(folder.path().join("windrose.yml")).unwrap();
    assert!(matches!(write(folder.path()), Err(InitError::Exists(path)) if path.ends_with("hello.yml")));
    assert!(!folder.path().join("windrose.yml").exists());
}

#[test]
fn a_folder_that_is_not_there_is_made() {
    let folder = TempDir::new();
    write(&folder.path().join("a/b")).unwrap();
    assert!(folder.path().join("a/b/routes/hello.yml").exists());
}
