//! What is read and written here is written and read by another implementation, `hickory-proto`.

use std::net::{Ipv4Addr, Ipv6Addr};

use hickory_proto::op::{Edns as Options, Message, MessageType, OpCode, Query as Question, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};

use super::*;

fn question(name: &str, kind: RecordType) -> Message {
    let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Question::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn with_edns(mut message: Message, size: u16) -> Message {
    let mut edns = Options::new();
    edns.set_max_payload(size).set_dnssec_ok(true);
    message.set_edns(edns);
    message
}

fn asked(bytes: &[u8]) -> Query<'_> {
    match read(bytes) {
        Read::Ask(query) => query,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_question_is_read_as_it_was_written() {
    let bytes = with_edns(question("WhoAmI.default.maesh.", RecordType::AAAA), 1400).to_vec().unwrap();
    let query = asked(&bytes);
    assert_eq!((query.id(), query.kind, query.class), (4711, number::AAAA, number::INTERNET));
    assert_eq!(query.name, b"\x06WhoAmI\x07default\x05maesh\0");
    let labels: Vec<_> = labels(query.name).collect();
    assert_eq!(labels, [(0, &b"WhoAmI"[..]), (7, b"default"), (15, b"maesh")]);
    let edns = query.edns.unwrap();
    assert_eq!((edns.size, edns.version, edns.dnssec_ok), (1400, 0, true));
    assert_eq!(asked(&question(".", RecordType::A).to_vec().unwrap()).name, b"\0");
}

#[test]
fn what_is_no_question_gets_no_answer_or_a_short_one() {
    let good = question("whoami.default.maesh.", RecordType::A).to_vec().unwrap();
    let edited = |edit: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        edit(&mut bytes);
        bytes
    };
    let code = |bytes: &[u8]| match read(bytes) {
        Read::Ask(_) => Some(Code::NoError),
        Read::Refuse(code, _) => Some(code),
        Read::Drop => None,
    };
    for (bytes, expected, why) in [
        (edited(|_| ()), Some(Code::NoError), "a good one"),
        (edited(|bytes| bytes.truncate(11)), None, "too short for an id and flags"),
        (edited(|bytes| bytes[2] |= 0x80), None, "an answer"),
        (edited(|bytes| bytes[2] |= 0x20), Some(Code::NotImp), "a notification"),
        (edited(|bytes| bytes[2] |= 0x02), Some(Code::FormErr), "cut off"),
        (edited(|bytes| bytes[5] = 0), Some(Code::FormErr), "no question"),
        (edited(|bytes| bytes[5] = 2), Some(Code::FormErr), "two questions"),
        (edited(|bytes| bytes[7] = 1), Some(Code::FormErr), "a record that is not there"),
        (edited(|bytes| bytes[11] = 1), Some(Code::FormErr), "an additional record that is not there"),
        (edited(|bytes| bytes[12] = 0xc0), Some(Code::FormErr), "a pointer"),
        (edited(|bytes| bytes[12] = 0x40), Some(Code::FormErr), "a label of a kind that nobody has"),
        (edited(|bytes| bytes.truncate(20)), Some(Code::FormErr), "cut inside of the name"),
        (edited(|bytes| bytes.truncate(bytes.len() - 1)), Some(Code::FormErr), "cut inside of the class"),
    ] {
        assert_eq!(code(&bytes), expected, "{why}");
    }
    let mut long = good[..12].to_vec();
    for _ in 0..4 {
        long.push(63);
        long.extend_from_slice(&[b'a'; 63]);
    }
    long.extend_from_slice(&[0, 0, 1, 0, 1]);
    assert_eq!(code(&long), Some(Code::FormErr), "a name of 257 bytes");

    let opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
    let mut twice = good.clone();
    twice[11] = 2;
    twice.extend_from_slice(&opt);
    twice.extend_from_slice(&opt);
    assert_eq!(code(&twice), Some(Code::FormErr), "EDNS twice");
    let mut named = good;
    named[11] = 1;
    named.extend_from_slice(&[0xc0, 12]);
    named.extend_from_slice(&opt[1..]);
    assert_eq!(code(&named), Some(Code::FormErr), "EDNS of a name");
}

#[test]
fn addresses_are_read_by_others() {
    let bytes = with_edns(question("WhoAmI.default.maesh.", RecordType::A), 4096).to_vec().unwrap();
    let v4: Vec<Ipv4Addr> = vec![[10, 0, 0, 1].into(), [10, 0, 0, 2].into()];
    let answer = write(&asked(&bytes), &Reply::V4(&v4), 5, 1232);
    let answer = Message::from_vec(&answer).unwrap();
    assert_eq!((answer.metadata.id, answer.metadata.response_code), (4711, ResponseCode::NoError));
    assert!(answer.metadata.authoritative && answer.metadata.recursion_desired);
    assert!(!answer.metadata.recursion_available && !answer.metadata.truncation);
    let edns = answer.edns.as_ref().unwrap();
    assert_eq!((edns.max_payload(), edns.flags().dnssec_ok), (LARGEST_DATAGRAM, true));
    let mut found = Vec::new();
    for record in &answer.answers {
        assert_eq!((record.name.to_ascii().as_str(), record.ttl), ("WhoAmI.default.maesh.", 5));
        let RData::A(address) = &record.data else { panic!("{record}") };
        found.push(address.0);
    }
    found.sort();
    assert_eq!(found, v4);

    let v6: Vec<Ipv6Addr> = vec!["fd00::1".parse().unwrap()];
    let bytes = question("whoami.default.maesh.", RecordType::AAAA).to_vec().unwrap();
    let answer = Message::from_vec(&write(&asked(&bytes), &Reply::V6(&v6), 5, 512)).unwrap();
    assert!(matches!(&answer.answers[0].data, RData::AAAA(address) if address.0 == v6[0]));
    assert!(answer.edns.is_none());
}

#[test]
fn that_there_is_nothing_is_said_with_the_head_of_the_zone() {
    let bytes = question("a.b.Traefik.Mesh.", RecordType::A).to_vec().unwrap();
    let reply = Reply::Nothing { code: Code::NxDomain, zone_at: 4, serial: 7 };
    let answer = Message::from_vec(&write(&asked(&bytes), &reply, 5, 512)).unwrap();
    assert_eq!(answer.metadata.response_code, ResponseCode::NXDomain);
    assert!(answer.metadata.authoritative && answer.answers.is_empty());
    let record = &answer.authorities[0];
    assert_eq!((record.name.to_ascii().as_str(), record.ttl), ("Traefik.Mesh.", 5));
    let RData::SOA(soa) = &record.data else { panic!("{record}") };
    assert_eq!(soa.mname.to_ascii(), "ns.dns.Traefik.Mesh.");
    assert_eq!(soa.rname.to_ascii(), "hostmaster.Traefik.Mesh.");
    assert_eq!((soa.serial, soa.minimum), (7, 5));
}

#[test]
fn a_version_of_edns_that_does_not_exist_is_said_in_edns() {
    let bytes = with_edns(question("a.b.maesh.", RecordType::A), 4096).to_vec().unwrap();
    let answer = Message::from_vec(&write(&asked(&bytes), &Reply::Short(Code::BadVers), 5, 512)).unwrap();
    // 16 has two names: BADVERS, and BADSIG where the message is signed.
    assert_eq!(u16::from(answer.metadata.response_code), 16);
    assert!(!answer.metadata.authoritative);
}

#[test]
fn what_does_not_fit_is_left_out_and_that_is_said() {
    let many: Vec<Ipv4Addr> = (0..5000_u32).map(|number| (0x0a00_0000 + number).into()).collect();
    let six: Vec<Ipv6Addr> = (0..5000_u128).map(Into::into).collect();
    let plain = question("whoami.default.maesh.", RecordType::A).to_vec().unwrap();
    let extended = with_edns(question("whoami.default.maesh.", RecordType::A), 4096).to_vec().unwrap();
    for bytes in [&plain, &extended] {
        for limit in (512..1232).chain([4096, 65_535]) {
            for reply in [Reply::V4(&many), Reply::V6(&six)] {
                let answer = write(&asked(bytes), &reply, 5, limit);
                assert!(answer.len() <= limit && answer.len() + 28 > limit, "{} of {limit}", answer.len());
                let answer = Message::from_vec(&answer).unwrap();
                assert!(answer.metadata.truncation && !answer.answers.is_empty());
                assert_eq!(answer.edns.is_some(), bytes == &extended);
            }
        }
    }
    let whole = Message::from_vec(&write(&asked(&plain), &Reply::V4(&many[..4000]), 5, 65_535)).unwrap();
    assert!(!whole.metadata.truncation);
    assert_eq!(whole.answers.len(), 4000);
}

#[test]
fn another_address_is_the_first_each_time() {
    let many: Vec<Ipv4Addr> = (1..=3_u32).map(Into::into).collect();
    let mut first = Vec::new();
    for id in 0..6 {
        let mut message = question("whoami.default.maesh.", RecordType::A);
        message.metadata.id = id;
        let bytes = message.to_vec().unwrap();
        let answer = Message::from_vec(&write(&asked(&bytes), &Reply::V4(&many), 5, 512)).unwrap();
        assert_eq!(answer.answers.len(), 3);
        let RData::A(address) = &answer.answers[0].data else { panic!() };
        first.push(u32::from(address.0));
    }
    assert_eq!(first, [1, 2, 3, 1, 2, 3]);
}
