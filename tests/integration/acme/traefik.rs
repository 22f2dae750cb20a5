//! What one of the two programs has kept, the other takes over.

use windrose_kit::program::{Program, Settings};

use super::authority::{Pebble, Ports, program};
use super::{LIMIT, ROUTES, holds, install, obtained, ports, shown};

const MORE: &str = "tlsChallenge: {}, keyType: EC256";

/// One more router than [`ROUTES`] has.
fn routes(name: &str) -> String {
    let router = format!(
        "{{rule: 'Host(`{name}`)', service: noop@internal, entryPoints: [secure], tls: {{certResolver: le}}}}"
    );
    format!("{ROUTES}    more: {router}\n")
}

async fn start(pebble: &Pebble, routes: &str, ports: Ports, binary: Option<std::path::PathBuf>) -> Program {
    let at = &[("web", ports.http), ("secure", ports.tls)];
    let static_config = &install(pebble, MORE);
    Program::start(Settings { at, static_config, dynamic_config: routes, binary, ..Settings::default() })
        .await
}

#[tokio::test]
async fn certificates_and_accounts_go_from_one_to_the_other_and_back() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let ours = start(&pebble, ROUTES, ports, None).await;
    let first = obtained(&ours, "secure", "a.test").await;
    let kept = pebble.kept();
    ours.stop(LIMIT).await;

    // Traefik serves what we obtained, and uses our account to obtain more.
    let traefik = Some(program("traefik").await);
    let theirs = start(&pebble, &routes("c.test"), ports, traefik.clone()).await;
    assert_eq!(obtained(&theirs, "secure", "a.test").await, first);
    let second = obtained(&theirs, "secure", "c.test").await;
    assert!(!holds(&second, b"a.test"));
    let after = pebble.kept();
    let uri = "/le/Account/Registration/uri";
    assert_eq!(after.pointer(uri), kept.pointer(uri), "{}", theirs.log());
    assert_eq!(after.pointer("/le/Account/PrivateKey"), kept.pointer("/le/Account/PrivateKey"));
    theirs.stop(LIMIT).await;

    // And we serve what Traefik obtained, and what we had.
    let ours = start(&pebble, &routes("c.test"), ports, None).await;
    assert_eq!(
        shown(&ours, "secure", "a.test", &[]).await,
        Some(first),
        "it is there from the first connection on"
    );
    assert_eq!(shown(&ours, "secure", "c.test", &[]).await, Some(second));
    assert_eq!(pebble.kept()["le"]["Certificates"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn we_take_over_what_traefik_began() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let theirs = start(&pebble, ROUTES, ports, Some(program("traefik").await)).await;
    let first = obtained(&theirs, "secure", "a.test").await;
    let kept = pebble.kept();
    theirs.stop(LIMIT).await;
    let ours = start(&pebble, &routes("c.test"), ports, None).await;
    assert_eq!(obtained(&ours, "secure", "a.test").await, first);
    obtained(&ours, "secure", "c.test").await;
    let (before, after) = (&kept["le"]["Account"], &pebble.kept()["le"]["Account"]);
    assert_eq!(before, after, "the account is theirs, untouched");
}
