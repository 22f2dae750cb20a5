//! The structure of an answer (RFC 6960 §4.2).

use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use super::{OcspError, Subject};
use crate::der::{BIT_STRING, Der, ENUMERATED, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, context};

/// An answer that says something.
pub(super) struct Basic<'a> {
    /// What is signed.
    pub(super) signed: &'a [u8],
    /// How, without the sequence around it.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
    /// The certificates of whoever has signed, each whole.
    pub(super) certificates: Vec<&'a [u8]>,
    /// The answers, each the content of its sequence.
    answers: Vec<&'a [u8]>,
}

/// What is said of one certificate.
pub(super) struct One {
    pub(super) status: Status,
    pub(super) from: i64,
    pub(super) until: Option<i64>,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Good,
    Revoked,
    Unknown,
}

/// Takes an answer apart.
pub(super) fn basic(bytes: &[u8]) -> Result<Basic<'_>, OcspError> {
    let mut outer = Der::new(bytes).enter(SEQUENCE).ok_or(OcspError::Malformed)?;
    match outer.take(ENUMERATED) {
        Some([0]) => {}
        Some([1]) => return Err(OcspError::Refused("the request is malformed")),
        Some([2]) => return Err(OcspError::Refused("an internal error")),
        Some([3]) => return Err(OcspError::Refused("it asks to try later")),
        Some([5]) => return Err(OcspError::Refused("it wants signed requests")),
        Some([6]) => return Err(OcspError::Refused("it does not answer us")),
        _ => return Err(OcspError::Malformed),
    }
    parts(outer).ok_or(OcspError::Malformed)
}

fn parts(mut outer: Der<'_>) -> Option<Basic<'_>> {
    let mut typed = outer.enter(context(0))?.enter(SEQUENCE)?;
    typed.take(OBJECT_IDENTIFIER).filter(|kind| *kind == BASIC)?;
    let mut basic = Der::new(typed.take(OCTET_STRING)?).enter(SEQUENCE)?;
    let data = basic.any().filter(|data| data.tag == SEQUENCE)?;
    let algorithm = basic.take(SEQUENCE)?;
    let (_unused, signature) = basic.take(BIT_STRING)?.split_first().filter(|(unused, _)| **unused == 0)?;
    let mut certificates = Vec::new();
    if let Some(mut list) = basic.enter(context(0)).and_then(|mut list| list.enter(SEQUENCE)) {
        while let Some(certificate) = list.any() {
            certificates.push(certificate.whole);
        }
    }
    let mut inside = Der::new(data.content);
    // The version, where it is not the first; who has signed, which the signature shows; and when.
    inside.take(context(0));
    inside.any()?;
    inside.take(GENERALIZED_TIME)?;
    let mut list = inside.enter(SEQUENCE)?;
    let mut answers = Vec::new();
    while let Some(answer) = list.take(SEQUENCE) {
        answers.push(answer);
    }
    Some(Basic { signed: data.whole, algorithm, signature, certificates, answers })
}

/// What it says of this certificate.
pub(super) fn about(basic: &Basic<'_>, subject: &Subject) -> Result<One, OcspError> {
    for answer in &basic.answers {
        let mut answer = Der::new(answer);
        let mut id = answer.enter(SEQUENCE).ok_or(OcspError::Malformed)?;
        id.take(SEQUENCE);
        let is_it = id.take(OCTET_STRING) == Some(&subject.issuer_name)
            && id.take(OCTET_STRING) == Some(&subject.issuer_key)
            && id.take(INTEGER) == Some(&subject.serial);
        if is_it {
            return one(answer).ok_or(OcspError::Malformed);
        }
    }
    Err(OcspError::Other)
}

fn one(mut answer: Der<'_>) -> Option<One> {
    let status = match answer.any()?.tag {
        GOOD => Status::Good,
        REVOKED => Status::Revoked,
        _ => Status::Unknown,
    };
    let from = time(&mut answer)?;
    let until = match answer.enter(context(0)) {
        Some(mut until) => Some(time(&mut until)?),
        None => None,
    };
    Some(One { status, from, until })
}

fn time(der: &mut Der<'_>) -> Option<i64> {
    let element = der.any().filter(|element| element.tag == GENERALIZED_TIME)?;
    ASN1Time::from_der(element.whole).ok().map(|(_, time)| time.timestamp())
}

/// 1.3.6.1.5.5.7.48.1.1
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
const GENERALIZED_TIME: u8 = 0x18;
const GOOD: u8 = 0x80;
const REVOKED: u8 = 0xa1;
