//! The answer to a packet: where questions and names meet. Pure.

use crate::message::{Code, LARGEST_DATAGRAM, Query, Read, Reply, labels, number, read, refuse, write};
use crate::names::{Found, Table};

/// What carries an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// UDP: as long as the client takes, and as reaches everybody.
    Datagram,
    /// TCP: as long as its length can say.
    Connection,
}

/// The answer; nothing to what must not be answered.
pub(super) fn answer(packet: &[u8], table: &Table, ttl: u32, carrier: Carrier) -> Option<Vec<u8>> {
    let query = match read(packet) {
        Read::Ask(query) => query,
        Read::Refuse(code, head) => return Some(refuse(head, code)),
        Read::Drop => return None,
    };
    let limit = match carrier {
        Carrier::Datagram => {
            let size = query.edns.map_or(SMALLEST_DATAGRAM, |edns| edns.size);
            size.clamp(SMALLEST_DATAGRAM, LARGEST_DATAGRAM)
        }
        Carrier::Connection => u16::MAX,
    };
    Some(write(&query, &reply(&query, table), ttl, limit.into()))
}

fn reply<'a>(query: &Query<'_>, table: &'a Table) -> Reply<'a> {
    if query.edns.is_some_and(|edns| edns.version != 0) {
        return Reply::Short(Code::BadVers);
    }
    if query.class != number::INTERNET || matches!(query.kind, number::IXFR | number::AXFR) {
        return Reply::Short(Code::Refused);
    }
    let (places, labels): (Vec<usize>, Vec<&[u8]>) = labels(query.name).unzip();
    let Some((found, before)) = table.find(&labels) else { return Reply::Short(Code::Refused) };
    let nothing = |code| Reply::Nothing {
        code,
        // There is no zone without labels, so this one has a place.
        zone_at: places.get(before).copied().unwrap_or_default(),
        serial: table.serial(),
    };
    match (found, query.kind) {
        (Found::Service(addresses), number::A | number::ANY) if !addresses.v4.is_empty() => {
            Reply::V4(&addresses.v4)
        }
        (Found::Service(addresses), number::AAAA | number::ANY) if !addresses.v6.is_empty() => {
            Reply::V6(&addresses.v6)
        }
        (Found::Zone, number::SOA | number::ANY) => Reply::Zone { serial: table.serial() },
        (Found::Service(_) | Found::Namespace | Found::Zone, _) => nothing(Code::NoError),
        (Found::Unknown, _) => nothing(Code::NxDomain),
    }
}

/// What everybody takes who says nothing (RFC 1035 §4.2.1).
const SMALLEST_DATAGRAM: u16 = 512;
