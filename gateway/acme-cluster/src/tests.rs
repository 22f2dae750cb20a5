use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};
use windrose_acme::storage::Kept;
use windrose_provider_kubernetes::objects::Change;

use crate::form::{self, Part};
use crate::peers::{all_show, lapsed};
use crate::place::Place;
use crate::secrets::is_news;
use crate::world::{World, wanted};

#[test]
fn a_place_is_a_name_in_a_namespace() {
    let read = |text: &str| Place::read(text).map(|place| place.map(|place| place.to_string()));
    assert_eq!(read("acme.json"), None);
    assert_eq!(read("/data/kubernetes/acme.json"), None);
    assert_eq!(read("kubernetes://acme"), Some(Ok("kubernetes://acme".to_owned())));
    assert_eq!(read("kubernetes://edge/acme"), Some(Ok("kubernetes://edge/acme".to_owned())));
    for odd in ["", "/acme", "edge/", "Acme", "a/b/c", "-acme", "acme-", "a cme", &"a".repeat(64)] {
        let error = read(&format!("kubernetes://{odd}")).unwrap().unwrap_err().to_string();
        assert!(error.contains("kubernetes://NAMESPACE/NAME"), "{error}");
    }
}

/// What two resolvers keep, with fields that nobody here knows.
fn kept(email: &str, names: &[&str]) -> Kept {
    let certificate = |name: &&str| {
        json!({"domain": {"main": name, "sans": [format!("www.{name}")]}, "certificate": "Y2hhaW4=", "key": "a2V5",
            "Store": "default", "Later": 1})
    };
    serde_json::from_value(json!({
        "Account": {"Email": email, "Registration": {"body": {"status": "valid"}, "uri": "https://ca/1"},
            "PrivateKey": "a2V5", "KeyType": "4096"},
        "Certificates": names.iter().map(certificate).collect::<Vec<_>>(),
    }))
    .unwrap()
}

#[test]
fn what_is_kept_comes_back_from_secrets_as_it_was() {
    let before = kept("a@example.org", &["a.example.org", "b.example.org"]);
    let accounts = json!({"data": {form::account_key("le"): form::account_text(&before).unwrap()}});
    let mut after = form::account(&accounts, "le").unwrap().unwrap();
    assert!(after.certificates.is_empty());
    for one in &before.certificates {
        let secret = form::certificate_secret("acme", "acme-certificate-1", "le", one).unwrap();
        assert_eq!(secret["type"], "kubernetes.io/tls");
        assert_eq!(secret["data"]["tls.crt"], "Y2hhaW4=");
        // The key is nowhere but where keys are looked for.
        assert!(!secret["metadata"].to_string().contains("a2V5"));
        assert_eq!(form::certificate(&secret, "other").unwrap(), None);
        after.certificates.extend(form::certificate(&secret, "le").unwrap());
    }
    assert_eq!(after, before);
    assert_eq!(form::account(&accounts, "other").unwrap(), None);
}

#[test]
fn each_certificate_has_a_secret_of_its_own_and_keeps_it_when_it_is_renewed() {
    let names = |resolver: &str, kept: &Kept| -> Vec<String> {
        form::certificate_names("acme", &BTreeMap::new(), resolver, &kept.certificates)
    };
    let before = kept("a@example.org", &["a.example.org", "b.example.org"]);
    let mut renewed = before.clone();
    renewed.certificates.iter_mut().for_each(|one| one.certificate = b"another".to_vec());
    assert_eq!(names("le", &before), names("le", &renewed));
    let mut all = [names("le", &before), names("other", &before)].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4, "{all:?}");
    let longest = form::name_of(&"a".repeat(63), Part::Certificate, "");
    assert!(longest.len() <= 253, "{longest}");
}

#[test]
fn a_chosen_name_is_that_of_the_first_certificate_of_its_domain() {
    let place =
        Place::read("kubernetes://acme?B.example.org=shop-tls&*.c.example.org=wild").unwrap().unwrap();
    let all = kept("a@example.org", &["a.example.org", "b.example.org", "b.example.org", "*.c.example.org"]);
    let names = form::certificate_names("acme", &place.chosen, "le", &all.certificates);
    let plain = form::certificate_names("acme", &BTreeMap::new(), "le", &all.certificates);
    assert_eq!([&names[1], &names[3]], ["shop-tls", "wild"]);
    assert_eq!([&names[0], &names[2]], [&plain[0], &plain[2]]);
    for wrong in
        ["b=", "=s", "b", "b=S", "b=s&c=s", "b=s&B=t", "b=acme-certificate-1", "b=acme", "", "b=../x"]
    {
        assert!(Place::read(&format!("kubernetes://ns/acme?{wrong}")).unwrap().is_err(), "{wrong}");
    }
}

#[test]
fn keys_of_accounts_are_keys_of_secrets() {
    for resolver in ["le", "my.resolver_1", "Größe", "a/b", &"x".repeat(300)] {
        let key = form::account_key(resolver);
        let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        assert!(key.len() <= 253 && key.bytes().all(is_right), "{key}");
    }
    assert_ne!(form::account_key("a/b"), form::account_key("a_b"));
    let long = "x".repeat(300);
    assert_ne!(form::account_key(&format!("{long}1")), form::account_key(&format!("{long}2")));
}

fn secret(name: &str, version: &str) -> Value {
    json!({"metadata": {"name": name, "resourceVersion": version, "labels": {"windrose.io/part": "certificate"}}})
}

#[test]
fn only_what_is_newer_than_what_was_written_is_news() {
    let seen = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect()
    };
    let world = |there: &[(&str, &str)]| {
        let mut world = World::default();
        for (name, version) in there {
            take(&mut world, "secrets", Change::Put(secret(name, version)));
        }
        world
    };
    let news = |there: &[(&str, &str)], known: &[(&str, &str)]| is_news(&world(there), &seen(known));
    assert!(!news(&[("a", "5")], &[("a", "5")]));
    assert!(news(&[("a", "6")], &[("a", "5")]), "it was changed");
    assert!(!news(&[("a", "5")], &[("a", "6")]), "our own change has not come round");
    assert!(news(&[("a", "5"), ("b", "7")], &[("a", "5")]), "there is another one");
    assert!(!news(&[("a", "5")], &[("a", "5"), ("b", "7")]), "our own one has not come round");
    assert!(!news(&[("a", "9"), ("b", "7")], &[("a", "9")]), "one that was removed here is still seen");
    assert!(!news(&[], &[]));
    assert!(news(&[("a", "x")], &[("a", "y")]), "a server whose versions are no numbers");

    let mut less = world(&[("a", "5"), ("b", "7")]);
    take(&mut less, "secrets", Change::Gone(secret("b", "8")));
    assert!(is_news(&less, &seen(&[("a", "5"), ("b", "7")])), "somebody removed one");
    assert!(!is_news(&less, &seen(&[("a", "5")])), "it was removed here");
    assert!(
        !is_news(&less, &seen(&[("a", "5"), ("b", "9")])),
        "it was made again here, which has not come round"
    );
    take(&mut less, "secrets", Change::Only(None, HashSet::new()));
    assert!(is_news(&less, &seen(&[("a", "5")])), "a list says that it is gone");
}

fn take(world: &mut World, kind: &str, change: Change) -> bool {
    let kind = wanted("").into_iter().map(|wanted| wanted.kind).find(|known| known.plural == kind).unwrap();
    (kind.take)(world, change)
}

fn here(name: &str, version: &str, shows: &str) -> Value {
    json!({"metadata": {"name": name, "resourceVersion": version, "labels": {"windrose.io/part": "here"},
        "annotations": {"windrose.io/shows": shows}}})
}

#[test]
fn a_proof_is_shown_when_all_others_that_are_there_show_it() {
    let mut world = World::default();
    assert!(all_show(&world, "me", "p"), "nobody else is there");
    take(&mut world, "leases", Change::Put(here("me", "1", "")));
    assert!(all_show(&world, "me", "p"));
    take(&mut world, "leases", Change::Put(here("other", "2", "q")));
    assert!(!all_show(&world, "me", "p"));
    take(&mut world, "leases", Change::Put(here("other", "3", "q p")));
    assert!(all_show(&world, "me", "p"));
    take(&mut world, "leases", Change::Gone(here("other", "4", "")));
    assert!(all_show(&world, "me", "r"));
}

#[test]
fn a_list_that_says_the_same_makes_nothing_younger() {
    let mut world = World::default();
    assert!(take(&mut world, "leases", Change::Put(here("other", "2", "q"))));
    let since = world.leases["other"].since;
    let listed = |version: &str| Change::Put(here("other", version, "q"));
    assert!(!take(&mut world, "leases", listed("2")));
    assert!(!take(&mut world, "leases", Change::Only(None, HashSet::from([("".into(), "other".into())]))));
    assert_eq!(world.leases["other"].since, since);
    assert!(take(&mut world, "leases", listed("3")));
    assert!(take(&mut world, "leases", Change::Only(None, HashSet::new())));
    assert!(!lapsed(&world, "other"), "one that was never seen may have been made just now");
}
