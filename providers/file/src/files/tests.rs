//! The cache, scan by scan, without a watch.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use windrose_config::DynamicConfig;
use windrose_kit::temp::TempDir;

use super::{Files, Scan};
use crate::options::{Rendered, Target};

fn router(name: &str) -> String {
    format!("http:\n  routers:\n    {name}: {{rule: Path(`/{name}`), service: s}}\n")
}

fn directory(path: &Path) -> Files {
    Files::new(Target::Directory(path.to_owned()), Rendered::Silent)
}

fn single(path: &Path) -> Files {
    Files::new(Target::File(path.to_owned()), Rendered::Silent)
}

fn scan(files: &mut Files) -> Option<DynamicConfig> {
    files.scan(Scan::Changed, None).expect("the target is there")
}

fn names(config: &DynamicConfig) -> Vec<&str> {
    config.http.routers.keys().map(|name| &**name).collect()
}

#[test]
fn only_the_changed_file_gives_new_objects() {
    let folder = TempDir::new();
    for number in 0..100 {
        folder.write(&format!("f{number:03}.yml"), router(&format!("r{number:03}")));
    }
    let mut files = directory(folder.path());
    let before = scan(&mut files).expect("the first scan");
    assert_eq!(before.http.routers.len(), 100);
    assert!(scan(&mut files).is_none(), "nothing changed");
    folder.write("f050.yml", router("r050").replace("service: s", "service: other"));
    let after = scan(&mut files).expect("a change");
    let changed: Vec<_> = before
        .http
        .routers
        .iter()
        .filter(|(name, router)| !Arc::ptr_eq(router, &after.http.routers[*name]))
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(changed, ["r050"]);
}

#[test]
fn a_touched_file_is_no_change() {
    let folder = TempDir::new();
    folder.write("a.yml", router("a"));
    let mut files = directory(folder.path());
    scan(&mut files);
    folder.write("a.yml", router("a"));
    assert!(scan(&mut files).is_none());
}

#[test]
fn a_broken_file_keeps_its_last_good_objects_until_it_is_good_again() {
    let folder = TempDir::new();
    folder.write("a.yml", router("a"));
    folder.write("b.yml", router("b"));
    let mut files = directory(folder.path());
    let good = scan(&mut files).expect("the first scan");
    folder.write("b.yml", "http: [\n");
    let broken = scan(&mut files).expect("a problem");
    assert_eq!((names(&broken), broken.problems.len()), (vec!["a", "b"], 1));
    assert!(Arc::ptr_eq(&good.http.routers["b"], &broken.http.routers["b"]));
    assert!(scan(&mut files).is_none(), "a problem is told once");
    folder.write("b.yml", router("c"));
    let mended = scan(&mut files).expect("a change");
    assert_eq!((names(&mended), mended.problems.len()), (vec!["a", "c"], 0));
}

#[test]
fn a_file_mended_to_what_it_was_loses_its_problem() {
    let folder = TempDir::new();
    folder.write("a.yml", router("a"));
    let mut files = directory(folder.path());
    scan(&mut files);
    folder.write("a.yml", "http: [\n");
    assert_eq!(scan(&mut files).expect("a problem").problems.len(), 1);
    folder.write("a.yml", router("a"));
    assert_eq!(scan(&mut files).expect("no problem").problems, []);
}

#[test]
fn an_emptied_file_declares_nothing() {
    let folder = TempDir::new();
    let path = folder.write("a.yml", router("a"));
    let mut files = single(&path);
    assert_eq!(names(&scan(&mut files).expect("the first scan")), ["a"]);
    folder.write("a.yml", "");
    let emptied = scan(&mut files).expect("a change");
    assert!(emptied.is_empty() && emptied.problems.is_empty());
}

#[test]
fn a_deleted_single_file_keeps_its_objects_and_says_so() {
    let folder = TempDir::new();
    let path = folder.write("a.yml", router("a"));
    let mut files = single(&path);
    scan(&mut files);
    fs::remove_file(&path).expect("it is there");
    let kept = scan(&mut files).expect("a problem");
    assert_eq!((names(&kept), kept.problems.len()), (vec!["a"], 1));
    folder.write("a.yml", router("a"));
    assert_eq!(scan(&mut files).expect("it is back").problems, []);
}

#[test]
fn a_file_deleted_from_a_directory_takes_its_objects_along() {
    let folder = TempDir::new();
    let path = folder.write("sub/a.yml", router("a"));
    folder.write("b.yml", router("b"));
    let mut files = directory(folder.path());
    assert_eq!(names(&scan(&mut files).expect("the first scan")), ["b", "a"]);
    fs::remove_file(path).expect("it is there");
    assert_eq!(names(&scan(&mut files).expect("a change")), ["b"]);
    assert_eq!(files.faults().count(), 0);
}

#[test]
fn a_deleted_directory_keeps_its_objects() {
    let folder = TempDir::new();
    folder.write("conf/a.yml", router("a"));
    let mut files = directory(&folder.path().join("conf"));
    scan(&mut files);
    fs::remove_dir_all(folder.path().join("conf")).expect("it is there");
    let kept = scan(&mut files).expect("a problem");
    assert_eq!((names(&kept), kept.problems.len()), (vec!["a"], 1));
    folder.write("conf/b.yml", router("b"));
    let back = scan(&mut files).expect("it is back");
    assert_eq!((names(&back), back.problems.len()), (vec!["b"], 0));
}

#[test]
fn links_are_read_and_what_belongs_to_kubernetes_is_not_read_twice() {
    let folder = TempDir::new();
    folder.write("conf/..2024/a.yml", router("a"));
    let conf = folder.path().join("conf");
    symlink("..2024", conf.join("..data")).expect("a link");
    symlink("..data/a.yml", conf.join("a.yml")).expect("a link");
    symlink("nowhere.yml", conf.join("dangling.yml")).expect("a link");
    let config = scan(&mut directory(&conf)).expect("the first scan");
    assert_eq!((names(&config), config.problems.len()), (vec!["a"], 0), "{:?}", config.problems);
}

#[test]
fn a_full_scan_renders_templates_again_and_keeps_the_rest() {
    let folder = TempDir::new();
    folder.write("a.yml", router("a"));
    folder.write("b.yml", router("b-{{ uuidv4 }}"));
    let mut files = directory(folder.path());
    let before = scan(&mut files).expect("the first scan");
    assert!(scan(&mut files).is_none());
    let after = files.scan(Scan::Everything, None).expect("it is there").expect("another name");
    assert!(Arc::ptr_eq(&before.http.routers["a"], &after.http.routers["a"]));
    assert_ne!(names(&before)[1], names(&after)[1]);
}

#[test]
fn a_changed_certificate_renews_the_object_that_refers_to_it() {
    let folder = TempDir::new();
    let pem = folder.write("certs/site.pem", "one");
    let pem = pem.display();
    let text = format!(
        "tls: {{certificates: [{{certFile: {pem}, keyFile: {pem}.key}}, {{certFile: /x, keyFile: /x}}]}}"
    );
    let path = folder.write("conf/tls.yml", text);
    let mut files = single(&path);
    let before = scan(&mut files).expect("the first scan");
    assert!(scan(&mut files).is_none());
    folder.write("certs/site.pem.key", "the key appears");
    let after = scan(&mut files).expect("a change");
    let same = |at: usize| Arc::ptr_eq(&before.tls.certificates[at], &after.tls.certificates[at]);
    assert!(!same(0) && same(1));
    assert_eq!(before, after);
}
