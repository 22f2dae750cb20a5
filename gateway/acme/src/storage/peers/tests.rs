//! Two gateways and one folder.

use std::path::PathBuf;
use std::time::Duration;

use super::*;

/// A folder of its own, removed in the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let path =
            std::env::temp_dir().join(format!("windrose-peers-{}", data_encoding::HEXLOWER.encode(&random)));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn gateway(&self) -> Folder {
        Folder::beside(&self.0.join("acme.json"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn proof(name: &str) -> Proof {
    Proof::Tls { name: name.into(), authorization: "a.b".into() }
}

#[test]
fn a_right_is_one_gateways_until_it_is_dropped() {
    let place = Place::new();
    let (one, other) = (place.gateway(), place.gateway());
    let Claimed::Mine(claim) = one.claim("a.test").unwrap() else { panic!() };
    assert!(matches!(other.claim("a.test").unwrap(), Claimed::Elsewhere));
    assert!(matches!(other.claim("b.test").unwrap(), Claimed::Mine(_)));
    drop(claim);
    assert!(matches!(other.claim("a.test").unwrap(), Claimed::Mine(_)));
    assert_eq!(std::fs::read_dir(place.0.join("acme.json.shared/claims")).unwrap().count(), 0);
}

#[test]
fn a_failure_holds_the_others_back_until_it_is_over() {
    let place = Place::new();
    let (one, other) = (place.gateway(), place.gateway());
    let Claimed::Mine(claim) = one.claim("a.test").unwrap() else { panic!() };
    claim.rest(SystemTime::now() + Duration::from_secs(100));
    drop(claim);
    assert!(matches!(other.claim("a.test").unwrap(), Claimed::Resting(_)));
    let Claimed::Mine(claim) = one.claim("b.test").unwrap() else { panic!() };
    claim.rest(SystemTime::now() - Duration::from_secs(1));
    drop(claim);
    assert!(matches!(other.claim("b.test").unwrap(), Claimed::Mine(_)));
}

#[test]
fn a_proof_is_shown_when_all_that_are_there_say_so() {
    let place = Place::new();
    let (issuer, second, third) = (place.gateway(), place.gateway(), place.gateway());
    // To look is to be there.
    assert_eq!((second.posted(), third.posted()), (None, None));
    let proof = proof("a.test");
    issuer.post(&proof).unwrap();
    assert!(!issuer.is_shown(&proof));
    assert_eq!(second.posted(), Some(vec![proof.clone()]));
    second.showing(&[proof.id()].into()).unwrap();
    assert!(!issuer.is_shown(&proof), "the third does not show it");
    drop(third);
    assert!(issuer.is_shown(&proof), "who has gone need not");
    assert_eq!(second.posted(), None);
    issuer.withdraw(&proof);
    assert_eq!(second.posted(), Some(Vec::new()));
}

#[test]
fn whoever_cannot_have_a_folder_is_alone() {
    let folder = Folder::beside(std::path::Path::new("/proc/none/acme.json"));
    assert!(matches!(folder.claim("a.test").unwrap(), Claimed::Mine(_)));
    let proof = proof("a.test");
    folder.post(&proof).unwrap();
    assert!(folder.is_shown(&proof) && folder.posted().is_none());
}
