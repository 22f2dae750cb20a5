//! Writing an answer.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::read::{CHECKING_DISABLED, Head, IS_ANSWER, IS_TRUNCATED, Query, RECURSION_DESIRED};
use super::{Code, HEAD, number};

/// What is answered to a question.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply<'a> {
    /// Addresses of one family.
    V4(&'a [Ipv4Addr]),
    /// Addresses of the other.
    V6(&'a [Ipv6Addr]),
    /// There is nothing of this kind, or no such name, in the zone that begins at this place of the name.
    Nothing { code: Code, zone_at: usize, serial: u32 },
    /// The head of the zone itself, which the question names.
    Zone { serial: u32 },
    /// Nothing but a code.
    Short(Code),
}

/// Writes the answer to a question, at most `limit` bytes of it. Addresses that do not fit are left out, and the
/// answer says that it is not all (TC); so whoever cannot ask again over TCP has something.
pub(crate) fn write(query: &Query<'_>, reply: &Reply<'_>, ttl: u32, limit: usize) -> Vec<u8> {
    let opt = query.edns.map(|edns| opt(edns.dnssec_ok, reply.code()));
    let room = limit.saturating_sub(opt.map_or(0, |opt| opt.len()));
    let mut out = vec![0; HEAD];
    out.extend_from_slice(query.bytes);
    let mut counts = [1, 0, 0, u16::from(opt.is_some())];
    let [_, answers, authorities, _] = &mut counts;
    // The id is different each time: nobody is always the first.
    let first = usize::from(query.id());
    let is_whole = match reply {
        Reply::V4(addresses) => fill(&mut out, rotated(addresses, first), room, answers, |out, address| {
            record(out, number::A, ttl, &address.octets());
        }),
        Reply::V6(addresses) => fill(&mut out, rotated(addresses, first), room, answers, |out, address| {
            record(out, number::AAAA, ttl, &address.octets());
        }),
        Reply::Nothing { zone_at, serial, .. } => {
            let heads = [(*zone_at, *serial)];
            fill(&mut out, heads, room, authorities, |out, (at, serial)| soa(out, *at, *serial, ttl))
        }
        Reply::Zone { serial } => {
            fill(&mut out, [*serial], room, answers, |out, serial| soa(out, 0, *serial, ttl))
        }
        Reply::Short(_) => true,
    };
    out.extend(opt.iter().flatten());
    let authority = if matches!(reply, Reply::Short(_)) { 0 } else { AUTHORITATIVE };
    let truncated = if is_whole { 0 } else { IS_TRUNCATED };
    set_head(&mut out, query.head, authority | truncated, reply.code(), counts);
    out
}

/// The answer to what is no question that we understand: the first fields alone.
pub(crate) fn refuse(head: Head, code: Code) -> Vec<u8> {
    let mut out = vec![0; HEAD];
    set_head(&mut out, head, 0, code, [0; 4]);
    out
}

impl Reply<'_> {
    const fn code(&self) -> Code {
        match self {
            Self::V4(_) | Self::V6(_) | Self::Zone { .. } => Code::NoError,
            Self::Nothing { code, .. } | Self::Short(code) => *code,
        }
    }
}

/// Writes as many records as there is room for, and counts them; whether that was all.
fn fill<T: Copy>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    room: usize,
    count: &mut u16,
    write: impl Fn(&mut Vec<u8>, &T),
) -> bool {
    for item in items {
        let before = out.len();
        write(out, &item);
        if out.len() > room || *count == u16::MAX {
            out.truncate(before);
            return false;
        }
        *count += 1;
    }
    true
}

fn rotated<T>(items: &[T], first: usize) -> impl Iterator<Item = &T> {
    let (before, after) = items.split_at(first.checked_rem(items.len()).unwrap_or(0));
    after.iter().chain(before)
}

/// A record of the name in the question.
fn record(out: &mut Vec<u8>, kind: u16, ttl: u32, data: &[u8]) {
    pointer(out, HEAD);
    fields(out, kind, ttl);
    // An address: 4 or 16 bytes.
    out.extend_from_slice(&[0, u8::try_from(data.len()).unwrap_or(0)]);
    out.extend_from_slice(data);
}

/// The head of the zone that begins at this place of the name in the question. How long "there is nothing" holds is as
/// long as an address does.
fn soa(out: &mut Vec<u8>, zone_at: usize, serial: u32, ttl: u32) {
    let zone = HEAD + zone_at;
    pointer(out, zone);
    fields(out, number::SOA, ttl);
    let mut data = Vec::with_capacity(48);
    data.extend_from_slice(b"\x02ns\x03dns");
    pointer(&mut data, zone);
    data.extend_from_slice(b"\x0ahostmaster");
    pointer(&mut data, zone);
    for number in [serial, REFRESH, RETRY, EXPIRE, ttl] {
        data.extend_from_slice(&number.to_be_bytes());
    }
    out.extend_from_slice(&[0, u8::try_from(data.len()).unwrap_or(0)]);
    out.extend_from_slice(&data);
}

fn fields(out: &mut Vec<u8>, kind: u16, ttl: u32) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&number::INTERNET.to_be_bytes());
    out.extend_from_slice(&ttl.to_be_bytes());
}

/// A name that is written elsewhere, at most 12 + 255 bytes from the start.
fn pointer(out: &mut Vec<u8>, to: usize) {
    let to = u16::try_from(to).unwrap_or(0) & 0x3fff;
    out.extend_from_slice(&(0xc000 | to).to_be_bytes());
}

fn opt(dnssec_ok: bool, code: Code) -> [u8; 11] {
    let [size_high, size_low] = LARGEST_DATAGRAM.to_be_bytes();
    let extended = u8::try_from(code.number() >> 4).unwrap_or(0);
    let flags = if dnssec_ok { 0x80 } else { 0 };
    let [kind_high, kind_low] = number::OPT.to_be_bytes();
    [0, kind_high, kind_low, size_high, size_low, extended, 0, flags, 0, 0, 0]
}

fn set_head(out: &mut [u8], head: Head, more: u16, code: Code, counts: [u16; 4]) {
    let mut flags = IS_ANSWER | more | u16::from(head.opcode) << 11 | code.number() & 0xf;
    if head.recursion_desired {
        flags |= RECURSION_DESIRED;
    }
    if head.checking_disabled {
        flags |= CHECKING_DISABLED;
    }
    let numbers = [head.id, flags].into_iter().chain(counts);
    for (place, number) in out.chunks_exact_mut(2).zip(numbers) {
        place.copy_from_slice(&number.to_be_bytes());
    }
}

/// What reaches everybody in one piece, also over IPv6 (DNS flag day 2020).
pub(crate) const LARGEST_DATAGRAM: u16 = 1232;
const AUTHORITATIVE: u16 = 0x0400;
const REFRESH: u32 = 7200;
const RETRY: u32 = 1800;
const EXPIRE: u32 = 86_400;
