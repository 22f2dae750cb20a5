//! What stops the start: exit code 1, the problem on standard error, and nothing is served.

use std::net::{Ipv4Addr, TcpListener};

use windrose_kit::program::{Program, Settings};

use super::END;

/// Starts with this install configuration and expects it to be refused; returns what was printed.
async fn refused(static_config: &str) -> String {
    let settings = Settings { entry_points: &["web"], static_config, ..Settings::default() };
    let program = Program::spawn(settings);
    let folder = format!("{}/", program.folder().path().display());
    let (status, printed) = program.wait(END).await;
    assert_eq!(status.code(), Some(1), "{printed}");
    printed.replace(&folder, "")
}

#[tokio::test]
async fn an_unknown_option_is_shown_with_a_caret() {
    let printed = refused("entryPoints:\n  web:\n    adress: '${web}'\n").await;
    assert!(printed.starts_with("windrose.yml:3:5: error: "), "{printed}");
    assert!(printed.contains("\n      |     ^^^^^^\n"), "{printed}");
    assert!(printed.contains("= did you mean `address`?\n"), "{printed}");
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_refused() {
    let printed = refused("entryPoints: {web: {address: '${web}', reusePort: perhaps}}\n").await;
    assert!(printed.starts_with("windrose.yml:1:"), "{printed}");
    assert!(printed.contains("reusePort") || printed.contains("perhaps"), "{printed}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let printed = refused("entryPoints: {web: {address: eighty}}\n").await;
    assert!(printed.starts_with("windrose.yml:1:30: error: entryPoints.web.address `eighty`"), "{printed}");
}

#[tokio::test]
async fn an_option_that_does_nothing_yet_is_refused() {
    let printed = refused("entryPoints: {web: {address: '${web}'}}\nhostResolver: {resolvDepth: 1}\n").await;
    assert!(printed.starts_with("windrose.yml:2:1: error: hostResolver is not supported yet"), "{printed}");
}

#[tokio::test]
async fn an_option_of_an_older_version_is_refused() {
    let printed = refused("entryPoints: {web: {address: '${web}'}}\nhub: {tls: {}}\n").await;
    assert!(printed.starts_with("windrose.yml:2:1: error: hub was removed in version 3"), "{printed}");
}

#[tokio::test]
async fn all_problems_are_told_at_once() {
    let printed =
        refused("entryPoints: {web: {address: '${web}', nonsense: 1}}\nhostResolver: {resolvDepth: 1}\n")
            .await;
    assert!(printed.contains("nonsense") && printed.contains("hostResolver"), "{printed}");
}

#[tokio::test]
async fn a_file_that_is_no_document_is_refused() {
    let printed = refused("entryPoints: {web: {address: [}\n").await;
    assert!(printed.starts_with("windrose.yml:1:"), "{printed}");
    assert!(refused("").await.contains("the file is empty"));
}

#[tokio::test]
async fn a_port_in_use_is_refused() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let printed = refused(&format!("entryPoints: {{web: {{address: '{address}'}}}}\n")).await;
    let expected =
        format!("entry point web: cannot listen on {address}: the port is in use by another program");
    assert!(printed.contains(&expected), "{printed}");
}

#[tokio::test]
async fn wrong_options_of_a_provider_are_refused() {
    let printed = refused("entryPoints: {web: {address: '${web}'}}\nproviders: {file: {}}\n").await;
    assert!(printed.starts_with("windrose.yml:2:"), "{printed}");
    assert!(printed.contains("set filename or directory"), "{printed}");
}

#[tokio::test]
async fn a_redirection_to_nowhere_is_told_and_stops_nothing() {
    let static_config = "\
entryPoints:
  web:
    address: '${web}'
    http: {redirections: {entryPoint: {to: nowhere}}}
log: {level: WARN, noColor: true}
";
    let settings = Settings { entry_points: &["web"], static_config, ..Settings::default() };
    let program = Program::start(settings).await;
    let log = program.stop(END).await;
    assert!(log.contains("nowhere"), "{log}");
}
