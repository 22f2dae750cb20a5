//! What authorities say, without one.

use std::time::{Duration, SystemTime};

use super::error::pause;
use super::*;

fn refusal(status: u16, body: &str) -> AcmeError {
    let fields = vec![("retry-after".to_owned(), "7".to_owned())];
    AcmeError::of("u", &Answer { status, fields, body: body.as_bytes().to_vec() })
}

#[test]
fn the_kind_of_an_error_says_whose_fault_it_is() {
    let kind = |kind: &str| format!(r#"{{"type": "urn:ietf:params:acme:error:{kind}", "detail": "d"}}"#);
    let cases = [
        (429, kind("rateLimited"), Blame::Rate(Some(Duration::from_secs(7)))),
        (403, kind("unauthorized"), Blame::Proof),
        (400, kind("dns"), Blame::Proof),
        (500, kind("serverInternal"), Blame::Passing),
        (400, kind("rejectedIdentifier"), Blame::Refusal),
        (503, "<html>".to_owned(), Blame::Passing),
        (404, "<html>".to_owned(), Blame::Passing),
        (429, String::new(), Blame::Rate(Some(Duration::from_secs(7)))),
    ];
    for (status, body, blame) in cases {
        assert_eq!(refusal(status, &body).blame(), blame, "{status} {body}");
    }
}

#[test]
fn an_error_names_the_names_that_are_at_fault() {
    let body = r#"{"type": "urn:ietf:params:acme:error:rejectedIdentifier", "detail": "no", "subproblems":
        [{"type": "urn:ietf:params:acme:error:caa", "detail": "forbidden", "identifier": {"type": "dns", "value": "a.test"}}]}"#;
    let said = refusal(403, body).to_string();
    assert_eq!(said, "the authority refuses: rejectedIdentifier: no; a.test caa: forbidden");
}

#[test]
fn a_pause_is_seconds_or_a_date() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    assert_eq!(pause("120", now), Some(Duration::from_secs(120)));
    assert_eq!(pause("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
    assert_eq!(pause("soon", now), None);
}

/// The example of RFC 9773 §4.1.
#[test]
fn a_certificate_is_named_as_the_standard_says() {
    let pem = include_bytes!("rfc9773.pem");
    let der = rustls_pki_types::CertificateDer::from_pem_slice(pem).unwrap();
    assert_eq!(certificate_id(&der).as_deref(), Some("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));
}

use rustls_pki_types::pem::PemObject as _;
