//! Every kind of object that refers to files.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Source};

use super::{collect, renew};

const TEXT: &str = "
http:
  serversTransports:
    t: {rootCAs: [/root.pem], certificates: [{certFile: /client.pem, keyFile: /client.key}]}
  middlewares:
    users: {basicAuth: {usersFile: /users}}
    auth: {forwardAuth: {address: http://auth, tls: {ca: /auth-ca.pem}}}
    none: {addPrefix: {prefix: /not-a-file}}
tcp:
  serversTransports:
    t: {tls: {rootCAs: [/tcp-root.pem]}}
tls:
  certificates:
  - {certFile: /site.pem, keyFile: /site.key}
  - certFile: |
      -----BEGIN CERTIFICATE-----
      inline
    keyFile: /inline.key
  options:
    default: {clientAuth: {caFiles: [/clients.pem]}}
  stores:
    default: {defaultCertificate: {certFile: /default.pem, keyFile: /default.key}}
";

/// Without refusals: references count before their options do anything.
fn config() -> DynamicConfig {
    let source = Source::file("a.yml");
    let config = DynamicConfig::decode(parse(Format::Yaml, TEXT, &source).expect("a document"), &source, &[]);
    assert_eq!(config.problems, []);
    config
}

#[test]
fn every_path_is_found_and_content_is_no_path() {
    let found: Vec<_> =
        collect(&config()).into_iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let expected = [
        "/auth-ca.pem",
        "/client.key",
        "/client.pem",
        "/clients.pem",
        "/default.key",
        "/default.pem",
        "/inline.key",
        "/root.pem",
        "/site.key",
        "/site.pem",
        "/tcp-root.pem",
        "/users",
    ];
    assert_eq!(found, expected);
}

#[test]
fn only_objects_that_refer_to_a_changed_file_are_renewed() {
    let before = config();
    let mut after = before.clone();
    renew(&mut after, &HashSet::from([PathBuf::from("/site.key"), PathBuf::from("/clients.pem")]));
    let same = |at: usize| Arc::ptr_eq(&before.tls.certificates[at], &after.tls.certificates[at]);
    assert!(!same(0) && same(1));
    assert!(!Arc::ptr_eq(&before.tls.options["default"], &after.tls.options["default"]));
    assert!(Arc::ptr_eq(&before.tls.stores["default"], &after.tls.stores["default"]));
    assert!(Arc::ptr_eq(&before.http.servers_transports["t"], &after.http.servers_transports["t"]));
    assert_eq!(before, after, "a new pointer is all that changes");
}
