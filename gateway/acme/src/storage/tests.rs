//! What is kept is found again, by us and by Traefik.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use windrose_kit::temp::TempDir;

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn private(folder: &TempDir, text: &str) -> PathBuf {
    let path = folder.write("acme.json", text);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[test]
fn the_first_question_makes_an_empty_file_for_its_owner_alone() {
    let folder = TempDir::new();
    let path = folder.path().join("acme.json");
    assert_eq!(File::new(&path).load("le").unwrap(), Kept::default());
    assert_eq!((mode(&path), fs::read(&path).unwrap().len()), (0o600, 0));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = TempDir::new();
    let path = private(&folder, "{}");
    for open in [0o640, 0o604, 0o610] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let error = File::new(&path).load("le").unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}

/// As Traefik 3.6 writes it, with a field that 3.7 has no more.
const OF_TRAEFIK: &str = r#"{
  "le": {
    "Account": {
      "Email": "a@b.test",
      "Registration": {"body": {"status": "valid", "contact": ["mailto:a@b.test"]}, "uri": "https://ca/acct/1"},
      "PrivateKey": "AQID",
      "KeyType": "4096"
    },
    "Certificates": [
      {"domain": {"main": "a.test", "sans": ["b.test"]}, "certificate": "Q0VSVA==", "key": "S0VZ", "Store": "default"}
    ]
  },
  "other": {"Account": null, "Certificates": null}
}"#;

#[test]
fn what_traefik_wrote_is_read_and_written_back_as_it_was() {
    let folder = TempDir::new();
    let path = private(&folder, OF_TRAEFIK);
    let file = File::new(&path);
    let kept = file.load("le").unwrap();
    let account = kept.account.as_ref().unwrap();
    assert_eq!(account.registration.as_ref().unwrap().uri, "https://ca/acct/1");
    assert_eq!(account.private_key, [1, 2, 3]);
    assert_eq!(kept.certificates[0].domain.names(), ["a.test", "b.test"]);
    assert_eq!(kept.certificates[0].certificate, b"CERT");
    let new = Certificate::new(&["c.test".into()], "chain", "key");
    file.change("other", &mut |kept| kept.certificates.push(new.clone())).unwrap();
    file.change("le", &mut |_| {}).unwrap();
    let before: Value = serde_json::from_str(OF_TRAEFIK).unwrap();
    let after: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(before["le"], after["le"]);
    let expected =
        json!([{"domain": {"main": "c.test"}, "certificate": "Y2hhaW4=", "key": "a2V5", "Store": "default"}]);
    assert_eq!(after["other"]["Certificates"], expected);
    assert_eq!(after["other"]["Account"], Value::Null);
    assert_eq!(mode(&path), 0o600);
    let mut there: Vec<_> =
        folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    there.sort();
    assert_eq!(there, ["acme.json", "acme.json.shared"], "nothing else is left beside it");
}

#[test]
fn a_damaged_file_is_kept_aside_and_not_lost() {
    let folder = TempDir::new();
    let path = private(&folder, "{\"le\": ");
    let file = File::new(&path);
    assert_eq!(file.load("le").unwrap(), Kept::default());
    file.change("le", &mut |_| {}).unwrap();
    let aside = folder.path().join("acme.json.damaged-1");
    assert_eq!((fs::read(&aside).unwrap(), mode(&aside)), (b"{\"le\": ".to_vec(), 0o600));
    assert!(fs::read_to_string(&path).unwrap().contains("Certificates"));
}

#[test]
fn a_part_of_another_form_is_an_error_and_stays() {
    let folder = TempDir::new();
    let path = private(&folder, r#"{"le": {"Certificates": [{"certificate": "!"}]}}"#);
    let file = File::new(&path);
    assert!(matches!(file.load("le"), Err(StoreError::Form { .. })));
    assert!(file.change("le", &mut |_| {}).is_err());
    assert!(file.load("else").is_ok());
    assert!(fs::read_to_string(&path).unwrap().contains('!'));
}

#[test]
fn a_link_stays_a_link() {
    let folder = TempDir::new();
    let path = private(&folder, "{}");
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    File::new(&link).change("le", &mut |_| {}).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&path).unwrap().contains("\"le\""));
}

#[test]
fn what_another_program_keeps_is_noticed_and_not_overwritten() {
    let folder = TempDir::new();
    let path = private(&folder, "{}");
    let [ours, theirs] = [File::new(&path), File::new(&path)];
    ours.load("le").unwrap();
    assert!(!ours.is_changed());
    let new = Certificate::new(&["c.test".into()], "chain", "key");
    theirs.change("le", &mut |kept| kept.certificates.push(new.clone())).unwrap();
    assert!(ours.is_changed() && !theirs.is_changed());
    ours.change("other", &mut |_| {}).unwrap();
    assert_eq!(ours.load("le").unwrap().certificates, [new]);
    assert!(!ours.is_changed());
}
