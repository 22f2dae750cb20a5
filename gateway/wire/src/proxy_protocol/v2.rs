//! Version 2: a signature, a command, a family, a length, and then that many bytes of addresses and additions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Defect, Ends, Header, MAX_V2, Outcome};

pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let Some((head, rest)) = bytes.split_at_checked(HEAD) else { return Outcome::NeedMore };
    let &[.., command, family, high, low] = head else { return Outcome::NeedMore };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let is_local = match command {
        LOCAL => true,
        PROXY => false,
        _ => return Outcome::Invalid(Defect::Command),
    };
    if HEAD + length > MAX_V2 {
        return Outcome::Invalid(Defect::Length);
    }
    let Some(body) = rest.get(..length) else { return Outcome::NeedMore };
    let header = |ends| Outcome::Header(Header { length: HEAD + length, ends });
    // The sender speaks for itself, and what it says of addresses is for nobody.
    if is_local {
        return header(None);
    }
    let room = match family {
        UNSPECIFIED => 0,
        TCP4 | UDP4 => 2 * 4 + 4,
        TCP6 | UDP6 => 2 * 16 + 4,
        UNIX_STREAM | UNIX_DATAGRAM => 2 * 108,
        _ => return Outcome::Invalid(Defect::Family),
    };
    let Some((addresses, additions)) = body.split_at_checked(room) else {
        return Outcome::Invalid(Defect::Length);
    };
    // Without a family nobody knows where additions would begin.
    if family != UNSPECIFIED && !are_whole(additions) {
        return Outcome::Invalid(Defect::Length);
    }
    header(match room {
        12 => ends::<4>(addresses, |ip| IpAddr::V4(Ipv4Addr::from(ip))),
        36 => ends::<16>(addresses, |ip| IpAddr::V6(Ipv6Addr::from(ip))),
        _ => None,
    })
}

pub(super) fn encode(ends: Ends, into: &mut Vec<u8>) {
    into.extend_from_slice(SIGNATURE);
    into.push(PROXY);
    let (source, destination) = (ends.source, ends.destination);
    match (source.ip(), destination.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            into.extend_from_slice(&[TCP4, 0, 12]);
            into.extend_from_slice(&from.octets());
            into.extend_from_slice(&to.octets());
        }
        (from, to) => {
            into.extend_from_slice(&[TCP6, 0, 36]);
            into.extend_from_slice(&wide(from).octets());
            into.extend_from_slice(&wide(to).octets());
        }
    }
    into.extend_from_slice(&source.port().to_be_bytes());
    into.extend_from_slice(&destination.port().to_be_bytes());
}

fn wide(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

fn ends<const N: usize>(addresses: &[u8], ip: fn([u8; N]) -> IpAddr) -> Option<Ends> {
    let (source, rest) = addresses.split_first_chunk::<N>()?;
    let (destination, rest) = rest.split_first_chunk::<N>()?;
    let &[a, b, c, d] = rest else { return None };
    Some(Ends {
        source: SocketAddr::new(ip(*source), u16::from_be_bytes([a, b])),
        destination: SocketAddr::new(ip(*destination), u16::from_be_bytes([c, d])),
    })
}

/// Whether additions (a type, a length, that many bytes) fill their room exactly.
fn are_whole(mut additions: &[u8]) -> bool {
    while let Some((&[_, high, low], rest)) = additions.split_first_chunk::<3>() {
        let Some(rest) = rest.get(usize::from(u16::from_be_bytes([high, low]))..) else { return false };
        additions = rest;
    }
    additions.is_empty()
}

/// What is there before the length is known, the length included.
const HEAD: usize = 16;
const LOCAL: u8 = 0x20;
const PROXY: u8 = 0x21;
const UNSPECIFIED: u8 = 0x00;
const TCP4: u8 = 0x11;
const UDP4: u8 = 0x12;
const TCP6: u8 = 0x21;
const UDP6: u8 = 0x22;
const UNIX_STREAM: u8 = 0x31;
const UNIX_DATAGRAM: u8 = 0x32;
