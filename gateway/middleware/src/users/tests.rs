use std::cell::RefCell;
use std::sync::Arc;

use windrose_config::{Located, QualifiedName, Source};

use super::*;
use crate::kind::{Keeping, Resolve, Thing};
use crate::stage::Chain;
use crate::testing::build_with;

/// One file, and what was kept last.
#[derive(Default)]
struct Disk {
    file: RefCell<Option<&'static str>>,
    kept: RefCell<Option<Thing>>,
}

impl Resolve for Disk {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        Err(BuildError::at(reference, "there is none"))
    }

    fn file(&self, path: &Located<Arc<str>>) -> Result<Vec<u8>, BuildError> {
        let content = self.file.borrow().map(|text| text.as_bytes().to_vec());
        content.ok_or_else(|| BuildError::at(path, format!("cannot read the file {}", path.value)))
    }

    fn keep(&self, _: Keeping<'_>, make: &mut dyn FnMut() -> Thing) -> Thing {
        Arc::clone(self.kept.borrow_mut().get_or_insert_with(make))
    }
}

/// The users as `name=hash`, and what is said.
fn read_from(
    disk: &Disk,
    users: &[&str],
    path: &str,
    form: Form,
) -> (Result<Vec<String>, String>, Vec<String>) {
    let name = QualifiedName::new("a", "file");
    let cx = BuildContext::new(&name, disk);
    let users: Vec<_> = users.iter().map(|user| Located::from(Secret::new(*user))).collect();
    let path = Located::from(Arc::from(path));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let read = read(&cx, &users, &path, form)
        .map(|users| users.all.iter().map(|(name, hash)| format!("{}={}", text(name), text(hash))).collect())
        .map_err(|error| error.to_string());
    let warnings = cx.take_warnings(&Source::file("t"), Default::default());
    (read, warnings.iter().map(|warning| warning.message.clone()).collect())
}

#[test]
fn users_of_both_options_are_joined_and_those_written_out_go_first() {
    let disk = Disk { file: RefCell::new(Some("# people\n\n  b:2 \r\na:1\nb:3")), ..Disk::default() };
    let (users, warnings) = read_from(&disk, &["b:4", "c:"], "f", Form::Basic);
    assert_eq!(users.unwrap(), ["b=4", "a=1", "c="]);
    assert!(warnings.is_empty());
    let (users, _) = read_from(&disk, &["b:r:4", "c:s:5"], "", Form::Digest);
    assert_eq!(users.unwrap(), ["b:r=4", "c:s=5"]);
}

#[test]
fn what_is_no_user_is_refused_without_showing_it() {
    let disk = Disk { file: RefCell::new(Some("a:1\nsecret")), ..Disk::default() };
    let cases: [(&[&str], &str, Form, &str); 6] = [
        (&["a"], "", Form::Basic, "user 1 of users is not written as name:hash"),
        (&["a:1", "secret:b:c"], "", Form::Basic, "user 2 of users is not written as name:hash"),
        (&["secret:b"], "", Form::Digest, "user 1 of users is not written as name:realm:hash"),
        (&[], "f", Form::Basic, "line 2 of f is not written as name:hash"),
        (&[], "", Form::Basic, "nobody could log in, name somebody in users or usersFile"),
        (&[], "", Form::Digest, "nobody could log in, name somebody in users or usersFile"),
    ];
    for (users, path, form, message) in cases {
        assert_eq!(read_from(&disk, users, path, form).0, Err(message.to_owned()));
    }
}

#[test]
fn a_file_that_turns_bad_keeps_its_users_and_is_told() {
    let disk = Disk { file: RefCell::new(Some("a:1")), ..Disk::default() };
    assert_eq!(read_from(&disk, &[], "f", Form::Basic), (Ok(vec!["a=1".to_owned()]), vec![]));
    for bad in [None, Some("a:1:2"), Some("nonsense")] {
        *disk.file.borrow_mut() = bad;
        let (users, warnings) = read_from(&disk, &["b:2"], "f", Form::Basic);
        assert_eq!(users.unwrap(), ["a=1", "b=2"]);
        assert!(
            warnings.len() == 1 && warnings[0].ends_with("; its users stay as they were"),
            "{warnings:?}"
        );
    }
    *disk.file.borrow_mut() = Some("c:3");
    assert_eq!(read_from(&disk, &[], "f", Form::Basic), (Ok(vec!["c=3".to_owned()]), vec![]));
    // Nobody is meant, so nobody may log in.
    *disk.file.borrow_mut() = Some("# gone\n");
    assert!(read_from(&disk, &[], "f", Form::Basic).0.is_err());
}

#[test]
fn a_file_that_was_never_good_disables_the_middleware() {
    let disk = Disk::default();
    for kind in ["basicAuth", "digestAuth"] {
        let built = build_with(&format!("{kind}: {{usersFile: f}}"), &disk);
        let told = built.result.expect_err("it was never good")[0].to_string();
        assert!(told.contains("cannot read the file f"), "{told}");
    }
}
