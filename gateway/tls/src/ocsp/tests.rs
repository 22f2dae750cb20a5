//! Answers that OpenSSL made (`recorded/make`), against questions of ours.

use std::time::Duration;

use super::*;
use crate::certificate::load_certificate;

fn question() -> OcspQuestion {
    let chain = include_bytes!("recorded/chain.pem");
    let certificate = load_certificate(chain, include_bytes!("recorded/leaf.key")).unwrap();
    OcspQuestion::about(certificate.chain()).unwrap()
}

/// In seconds after the answers were made, or before.
fn now(question: &OcspQuestion, seconds: i64) -> SystemTime {
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(3_000_000_000);
    let from = question.read(GOOD, far).unwrap().from + seconds;
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(from).unwrap())
}

#[test]
fn a_question_is_the_one_that_others_ask() {
    let question = question();
    assert_eq!(question.request, include_bytes!("recorded/request.der"));
    assert_eq!(question.responders, ["http://first.test/ocsp", "http://second.test"]);
}

#[test]
fn an_answer_of_the_issuer_or_of_whom_it_lets_sign_is_believed() {
    let question = question();
    for answer in [GOOD, include_bytes!("recorded/by-delegate.der")] {
        let staple = question.read(answer, now(&question, 0)).unwrap();
        assert_eq!(staple.bytes, answer);
        assert!(staple.until.unwrap() > staple.from);
    }
}

#[test]
fn an_answer_of_anybody_else_or_about_another_is_not() {
    let question = question();
    let cases: [(&[u8], OcspError); 6] = [
        (include_bytes!("recorded/by-usurper.der"), OcspError::Unsigned),
        (include_bytes!("recorded/by-stranger.der"), OcspError::Unsigned),
        (include_bytes!("recorded/of-other.der"), OcspError::Other),
        (include_bytes!("recorded/revoked.der"), OcspError::Revoked),
        (include_bytes!("recorded/unknown.der"), OcspError::Unknown),
        (&[0x30, 0x03, 0x0a, 0x01, 0x03], OcspError::Refused("it asks to try later")),
    ];
    for (answer, expected) in cases {
        assert_eq!(question.read(answer, now(&question, 0)), Err(expected));
    }
}

#[test]
fn an_answer_counts_from_its_beginning_to_its_end() {
    let question = question();
    let until = question.read(GOOD, now(&question, 0)).unwrap().until.unwrap();
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(until).unwrap());
    assert_eq!(question.read(GOOD, end), Err(OcspError::Untimely));
    assert!(question.read(GOOD, end - Duration::from_secs(1)).is_ok());
    assert_eq!(question.read(GOOD, now(&question, -LENIENCE - 1)), Err(OcspError::Untimely));
    assert!(question.read(GOOD, now(&question, -LENIENCE)).is_ok(), "clocks differ a little");
}

#[test]
fn an_answer_with_any_byte_changed_says_nothing_else() {
    let question = question();
    let now = now(&question, 0);
    for place in 0..GOOD.len() {
        let mut changed = GOOD.to_vec();
        changed[place] ^= 1;
        // Certificates that are of no use stand behind the signature.
        if let Ok(staple) = question.read(&changed, now) {
            let good = question.read(GOOD, now).unwrap();
            assert_eq!((staple.from, staple.until), (good.from, good.until), "byte {place}");
        }
        assert!(question.read(&GOOD[..place], now).is_err());
    }
}

#[test]
fn nobody_is_asked_about_a_chain_without_its_issuer() {
    let chain = include_str!("recorded/chain.pem");
    let end = chain.find("-----END CERTIFICATE-----").unwrap() + 26;
    let certificate =
        load_certificate(&chain.as_bytes()[..end], include_bytes!("recorded/leaf.key")).unwrap();
    assert!(certificate.question().is_none());
}

const GOOD: &[u8] = include_bytes!("recorded/good.der");
