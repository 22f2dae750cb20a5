//! Packets in, packets out, without a socket.

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RecordType};
use windrose_random::Random;

use super::answer::{Carrier, answer};
use crate::Table;

fn table() -> Table {
    let mut table = Table::new();
    table.add("whoami", "default", ["10.96.1.1".parse().unwrap()]).unwrap();
    table.add("six", "default", ["fd00::1".parse().unwrap()]).unwrap();
    let many = (0..200_u32).map(|number| std::net::Ipv4Addr::from(0x0a00_0000 + number).into());
    table.add("many", "default", many).unwrap();
    table
}

fn question(name: &str, kind: RecordType) -> Message {
    let mut message = Message::new(1, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn ask(message: &Message, carrier: Carrier) -> (Message, usize) {
    let bytes = answer(&message.to_vec().unwrap(), &table(), 5, carrier).unwrap();
    (Message::from_vec(&bytes).unwrap(), bytes.len())
}

#[test]
fn each_question_has_its_answer() {
    use RecordType as Type;
    use ResponseCode as Code;
    for (name, kind, code, answers, authorities) in [
        ("whoami.default.traefik.mesh.", Type::A, Code::NoError, 1, 0),
        ("whoami.default.maesh.", Type::A, Code::NoError, 1, 0),
        ("whoami.default.windrose.mesh.", Type::A, Code::NoError, 1, 0),
        ("WHOAMI.Default.Maesh.", Type::A, Code::NoError, 1, 0),
        ("whoami.default.maesh.", Type::ANY, Code::NoError, 1, 0),
        ("whoami.default.maesh.", Type::AAAA, Code::NoError, 0, 1),
        ("whoami.default.maesh.", Type::TXT, Code::NoError, 0, 1),
        ("whoami.default.maesh.", Type::HTTPS, Code::NoError, 0, 1),
        ("six.default.maesh.", Type::AAAA, Code::NoError, 1, 0),
        ("six.default.maesh.", Type::ANY, Code::NoError, 1, 0),
        ("six.default.maesh.", Type::A, Code::NoError, 0, 1),
        ("default.maesh.", Type::A, Code::NoError, 0, 1),
        ("maesh.", Type::A, Code::NoError, 0, 1),
        ("traefik.mesh.", Type::SOA, Code::NoError, 1, 0),
        ("other.default.maesh.", Type::A, Code::NXDomain, 0, 1),
        ("whoami.other.maesh.", Type::A, Code::NXDomain, 0, 1),
        ("pod.whoami.default.maesh.", Type::A, Code::NXDomain, 0, 1),
        ("example.org.", Type::A, Code::Refused, 0, 0),
        ("mesh.", Type::SOA, Code::Refused, 0, 0),
        (".", Type::NS, Code::Refused, 0, 0),
        ("maesh.", Type::AXFR, Code::Refused, 0, 0),
        ("maesh.", Type::IXFR, Code::Refused, 0, 0),
    ] {
        let (answer, _) = ask(&question(name, kind), Carrier::Datagram);
        let seen = (answer.metadata.response_code, answer.answers.len(), answer.authorities.len());
        assert_eq!(seen, (code, answers, authorities), "{name} {kind}");
        assert_eq!(answer.metadata.authoritative, code != Code::Refused, "{name} {kind}");
    }
}

#[test]
fn only_the_internet_is_known() {
    let mut message = question("whoami.default.maesh.", RecordType::A);
    message.queries[0].set_query_class(DNSClass::CH);
    assert_eq!(ask(&message, Carrier::Datagram).0.metadata.response_code, ResponseCode::Refused);
}

#[test]
fn an_answer_is_as_long_as_the_client_takes() {
    let of = |size: Option<u16>, carrier| {
        let mut message = question("many.default.maesh.", RecordType::A);
        if let Some(size) = size {
            let mut edns = Edns::new();
            edns.set_max_payload(size);
            message.set_edns(edns);
        }
        let (answer, length) = ask(&message, carrier);
        (answer.metadata.truncation, length)
    };
    for (size, most) in
        [(None, 512), (Some(0), 512), (Some(600), 600), (Some(4096), 1232), (Some(65_535), 1232)]
    {
        let (is_truncated, length) = of(size, Carrier::Datagram);
        assert!(is_truncated && length <= most && length > most - 16, "{length} for {size:?}");
    }
    let (is_truncated, length) = of(None, Carrier::Connection);
    assert!(!is_truncated && length > 200 * 16);
}

#[test]
fn a_version_of_edns_that_does_not_exist_is_refused() {
    let mut message = question("whoami.default.maesh.", RecordType::A);
    let mut edns = Edns::new();
    edns.set_version(1);
    message.set_edns(edns);
    let (answer, _) = ask(&message, Carrier::Datagram);
    assert_eq!((u16::from(answer.metadata.response_code), answer.answers.len()), (16, 0));
}

mod property {
    use super::*;

    #[test]
    fn no_packet_makes_it_panic_or_say_more_than_its_limit() {
        let mut random = Random::new();
        let table = table();
        let names = [
            "whoami.default.maesh.",
            "many.default.traefik.mesh.",
            "maesh.",
            "x.y.windrose.mesh.",
            "a.example.",
        ];
        let mut answered = 0;
        for _ in 0..100_000 {
            let mut packet = question(names[random.below(names.len())], RecordType::A).to_vec().unwrap();
            // From bytes that mean nothing to a question with one wrong bit.
            if random.once_in(4) {
                packet = (0..random.below(80)).map(|_| byte(&mut random)).collect();
            }
            for _ in 0..random.below(6) {
                let at = random.below(packet.len() + 1);
                match (random.below(4), packet.get_mut(at)) {
                    (0, _) => packet.truncate(at),
                    (1, _) => packet.insert(at, byte(&mut random)),
                    (2, Some(place)) => *place = byte(&mut random),
                    (_, Some(place)) => *place ^= 1 << random.below(8),
                    (_, None) => packet.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]),
                }
            }
            let Some(answer) = answer(&packet, &table, 5, Carrier::Datagram) else { continue };
            answered += 1;
            assert!(answer.len() <= 1232);
            assert_eq!(answer[..2], packet[..2], "the id of {packet:?}");
            assert_ne!(answer[2] & 0x80, 0, "an answer to {packet:?}");
            // What was not understood is not made longer.
            assert!(answer[3] & 0xf != 1 || answer.len() <= packet.len(), "{answer:?} to {packet:?}");
            if Message::from_vec(&packet).is_ok() {
                Message::from_vec(&answer)
                    .unwrap_or_else(|error| panic!("{error}: {answer:?} to {packet:?}"));
            }
        }
        assert!(answered > 10_000, "only {answered} of them were answered");
    }

    fn byte(random: &mut Random) -> u8 {
        u8::try_from(random.below(256)).unwrap()
    }
}
