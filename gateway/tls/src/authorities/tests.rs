use super::*;
use crate::testing::{Issued, no_files};

#[test]
fn every_entry_must_yield_an_authority() {
    let good = Issued::new(&["a.com"]).authority_pem;
    let read_all = |entries: &[&str]| {
        let entries: Vec<_> = entries.iter().map(|&text| FileOrContent::new(text)).collect();
        read(&no_files, &entries)
    };
    assert_eq!(read_all(&[&good]).unwrap().trusted.anchors().len(), 1);
    let cut = &good[..good.len() / 2];
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (bad, name) in [("/missing.pem", "missing"), ("\n", "empty"), (cut, "cut")] {
        let error = read_all(&[&good, bad]).unwrap_err();
        assert!(matches!(error, AuthorityError::Read { position: 2, .. }), "{name}: {error}");
    }
    assert!(matches!(read_all(&[garbage]).unwrap_err(), AuthorityError::Unusable { position: 1 }));
    let mixed = format!("{good}{garbage}");
    assert_eq!(read_all(&[&mixed]).unwrap().ignored, 1);
}
