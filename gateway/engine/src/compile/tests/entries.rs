//! From the install configuration to entry points.

use std::time::Duration;

use windrose_http::exchange::Trust;

use super::*;
use crate::compile::entries::entries;
use crate::entry::{OddNames, Treatment};
use crate::listen::Sharing;

#[test]
fn defaults_are_those_of_the_reference() {
    let entries = entries(&settings_of("entryPoints: {web: {address: ':80/tcp'}}")).unwrap();
    let [web] = &*entries else { panic!("one entry point") };
    let options = &web.options;
    assert_eq!((web.address.to_string(), web.sharing), (":80".to_owned(), Sharing::Exclusive));
    assert_eq!(&*options.name, "web");
    assert_eq!(options.read_timeout, Some(Duration::from_secs(60)));
    assert_eq!(options.write_timeout, None);
    assert_eq!(options.idle_timeout, Some(Duration::from_secs(180)));
    assert_eq!((options.grace, options.accept_grace), (Duration::from_secs(10), Duration::ZERO));
    assert_eq!((options.max_requests, options.max_age, options.max_head), (None, None, 1 << 20));
    assert!(options.appends_peer && options.denied_escapes.is_empty());
    assert_eq!(options.trusted.judge([127, 0, 0, 1].into()), Trust::Stranger);
}

#[test]
fn everything_written_has_an_effect() {
    let entries = entries(&settings_of(
        "
global: {notAppendXForwardedFor: true}
entryPoints:
  web:
    address: '[::1]:8443'
    reusePort: true
    transport:
      keepAliveMaxRequests: 5
      keepAliveMaxTime: 1m
      respondingTimeouts: {readTimeout: 0, writeTimeout: 2s}
    forwardedHeaders: {trustedIPs: [10.0.0.0/8, 192.168.1.1, '::ffff:172.16.0.0/108'], connection: [X-A]}
    http:
      sanitizePath: false
      maxHeaderBytes: 4096
      underscoreHeadersStrategy: delete
      encodedCharacters: {allowEncodedSlash: false, allowEncodedNullCharacter: false}
",
    ))
    .unwrap();
    let [web] = &*entries else { panic!("one entry point") };
    let options = &web.options;
    assert_eq!((web.address.to_string(), web.sharing), ("[::1]:8443".to_owned(), Sharing::Shared));
    assert_eq!((options.max_requests, options.max_age), (Some(5), Some(Duration::from_secs(60))));
    assert_eq!((options.read_timeout, options.write_timeout), (None, Some(Duration::from_secs(2))));
    assert_eq!(*options.denied_escapes, ["%2F", "%00"]);
    assert_eq!(
        (options.odd_names, options.max_head, options.appends_peer),
        (OddNames { underscores: Treatment::Delete, others: Treatment::Keep }, 4096, false)
    );
    assert_eq!(*options.kept_connection, [Box::from("X-A")]);
    for (peer, trust) in [
        ("10.1.2.3", Trust::Trusted),
        ("::ffff:10.1.2.3", Trust::Trusted),
        ("192.168.1.1", Trust::Trusted),
        ("172.17.0.1", Trust::Trusted),
        ("192.168.1.2", Trust::Stranger),
        ("::1", Trust::Stranger),
    ] {
        assert_eq!(options.trusted.judge(peer.parse().unwrap()), trust, "{peer}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let problems = entries(&settings_of(
        "
entryPoints:
  a: {address: '80'}
  b: {address: ':80/udp', udp: {timeout: 0}}
  e: {address: ':81', proxyProtocol: {}}
  f: {address: ':82', proxyProtocol: {trustedIPs: [home]}}
  c: {address: ':80/sctp'}
  d: {address: ':80', forwardedHeaders: {trustedIPs: [home]}, http: {underscoreHeadersStrategy: burn}}
",
    ))
    .map(|entries| entries.len())
    .unwrap_err();
    let told = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for expected in [
        "entry point a: listen address \"80\" has no port",
        "entry point b: udp.timeout is not above zero",
        "entry point e: proxyProtocol believes nobody",
        "entry point f: proxyProtocol.trustedIPs: \"home\" is neither",
        "entry point c: address \":80/sctp\" ends in an unknown protocol",
        "entry point d: forwardedHeaders.trustedIPs: \"home\" is neither",
        "entry point d: underscoreHeadersStrategy \"burn\" is unknown",
    ] {
        assert!(told.contains(expected), "{expected}\nis not in\n{told}");
    }
    assert_eq!(problems.len(), 7);
}
