//! Several gateways that keep certificates in one file.

use windrose_kit::program::{Program, Settings};

use super::{Pebble, ROUTES, holds, install, obtained, ports, start};

const NONE: &str = "http: {}\n";

/// A gateway to which the authority does not come.
async fn elsewhere(pebble: &Pebble, more: &str, routes: &str) -> Program {
    Program::start(Settings {
        entry_points: &["web", "secure"],
        static_config: &install(pebble, more),
        dynamic_config: routes,
        ..Settings::default()
    })
    .await
}

#[tokio::test]
async fn a_proof_is_shown_by_whichever_gateway_the_authority_comes_to() {
    for more in ["httpChallenge: {entryPoint: web}, keyType: EC256", "tlsChallenge: {}, keyType: EC256"] {
        let ports = ports();
        let pebble = Pebble::start(ports).await;
        let asked = start(&pebble, more, NONE, ports).await;
        let issuer = elsewhere(&pebble, more, ROUTES).await;
        let here = obtained(&issuer, "secure", "a.test").await;
        let there = obtained(&asked, "secure", "a.test").await;
        assert_eq!(here, there);
        assert!(!asked.log().contains("obtaining a certificate"), "nobody wanted it there:\n{}", asked.log());
    }
}

#[tokio::test]
async fn of_many_gateways_one_obtains_and_all_serve() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let more = "httpChallenge: {entryPoint: web}, keyType: EC256";
    let first = start(&pebble, more, ROUTES, ports).await;
    let (second, third) = (elsewhere(&pebble, more, ROUTES).await, elsewhere(&pebble, more, ROUTES).await);
    let served = obtained(&first, "secure", "a.test").await;
    for other in [&second, &third] {
        assert_eq!(obtained(other, "secure", "b.test").await, served);
    }
    let kept = pebble.kept();
    assert_eq!(kept["le"]["Certificates"].as_array().unwrap().len(), 1);
    let accounts = [&first, &second, &third].map(|one| one.log().matches("account made").count());
    assert_eq!(accounts.iter().sum::<usize>(), 1, "one account");
}

#[tokio::test]
async fn when_the_one_that_obtains_is_killed_another_does() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let more = "httpChallenge: {entryPoint: web, delay: 2s}, keyType: EC256";
    let asked = start(&pebble, more, NONE, ports).await;
    for _ in 0..KILLED {
        let mut issuer = elsewhere(&pebble, more, ROUTES).await;
        issuer.wait_for_log("obtaining a certificate").await;
        // Killed by being dropped, in the middle of an order.
        drop(issuer);
    }
    let last = elsewhere(&pebble, "httpChallenge: {entryPoint: web}, keyType: EC256", ROUTES).await;
    let served = obtained(&last, "secure", "a.test").await;
    assert_eq!(obtained(&asked, "secure", "a.test").await, served);
    assert!(holds(&served, b"Pebble Intermediate CA"));
    assert_eq!(pebble.kept()["le"]["Certificates"].as_array().unwrap().len(), 1);
}

/// How often the one that obtains is killed.
const KILLED: usize = 5;
