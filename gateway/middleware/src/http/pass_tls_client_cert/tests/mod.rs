use data_encoding::BASE64;

use windrose_http::exchange::Tls;
use windrose_http::{Exchange, Id};

use super::info::escaped;
use crate::testing::{answer, build, fields, filter, request, request_from, secure_request};

/// A client's certificate and that of whoever signed it; the names hold what needs care.
const CHAIN: &str = include_str!("chain.pem");

/// Options, and what Traefik sent.
const TOLD: &str = include_str!("traefik.txt");

/// The lines of base64 of each certificate, joined.
fn encoded() -> Vec<String> {
    let blocks = CHAIN.split("-----BEGIN CERTIFICATE-----").skip(1);
    blocks.map(|block| block.lines().take_while(|line| !line.starts_with('-')).collect()).collect()
}

fn from_client(head: &str) -> Exchange {
    let certificates =
        encoded().into_iter().map(|text| BASE64.decode(text.as_bytes()).expect("base64").into());
    let tls = Tls { peer_certificates: certificates.collect(), ..Tls::default() };
    request_from(head, "192.0.2.1:4000", Some(tls))
}

#[test]
fn what_is_told_of_certificates_is_what_traefik_tells() {
    let lines: Vec<&str> = TOLD.lines().skip(1).collect();
    assert_eq!(lines.len(), 10);
    for pair in lines.chunks(2) {
        let [options, expected] = pair else { panic!("not a pair") };
        let filter = filter(&format!("passTLSClientCert: {{info: {{{options}}}}}"));
        let mut ex = from_client("GET /\nX-Forwarded-Tls-Client-Cert-Info: theirs");
        assert!(answer(&*filter, &mut ex).is_none());
        assert_eq!(ex.headers.get_str(Id::X_FORWARDED_TLS_CLIENT_CERT_INFO), Some(*expected), "{options}");
        assert_eq!(ex.headers.len(), 1);
    }
}

#[test]
fn certificates_are_sent_without_lines() {
    let filter = filter("passTLSClientCert: {pem: true}");
    let mut ex = from_client("GET /");
    assert!(answer(&*filter, &mut ex).is_none());
    let expected = format!("X-Forwarded-Tls-Client-Cert: {}", encoded().join(","));
    assert_eq!(fields(&ex.headers), [expected]);
}

#[test]
fn without_a_certificate_nothing_is_sent() {
    let filter = filter("passTLSClientCert: {pem: true, info: {sans: true}}");
    for mut ex in [request("GET /"), secure_request("GET /")] {
        assert!(answer(&*filter, &mut ex).is_none());
        assert!(ex.headers.is_empty());
    }
    let mut ex = request("GET /\nX-Forwarded-Tls-Client-Cert: trusted");
    assert!(answer(&*filter, &mut ex).is_none());
    assert_eq!(fields(&ex.headers), ["X-Forwarded-Tls-Client-Cert: trusted"]);
}

#[test]
fn what_sends_nothing_is_warned_about() {
    let built = build("passTLSClientCert: {pem: false}");
    assert!(built.result.is_ok() && built.warnings[0].contains("sends nothing"), "{built:?}");
}

#[test]
fn text_is_escaped_as_in_a_query() {
    assert_eq!(escaped("a b+c=\"é\"~-_./%"), "a+b%2Bc%3D%22%C3%A9%22~-_.%2F%25");
}
