//! Reading a question.

use super::{Code, HEAD, number};

/// What a packet is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read<'a> {
    /// A question.
    Ask(Query<'a>),
    /// Something that gets a short answer: the code, and the first fields.
    Refuse(Code, Head),
    /// Nothing that may be answered.
    Drop,
}

/// The first fields, as far as an answer repeats them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(super) id: u16,
    pub(super) opcode: u8,
    pub(super) recursion_desired: bool,
    pub(super) checking_disabled: bool,
}

/// A question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Query<'a> {
    pub(super) head: Head,
    /// The question as it was sent, with the case of its letters.
    pub(super) bytes: &'a [u8],
    /// The name in it: labels, each with its length before it, and a zero.
    pub(crate) name: &'a [u8],
    pub(crate) kind: u16,
    pub(crate) class: u16,
    pub(crate) edns: Option<Edns>,
}

/// What a client says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edns {
    /// The longest datagram that it takes.
    pub(crate) size: u16,
    pub(crate) version: u8,
    pub(super) dnssec_ok: bool,
}

impl Query<'_> {
    pub(crate) const fn id(&self) -> u16 {
        self.head.id
    }
}

/// Reads a packet.
pub(crate) fn read(packet: &[u8]) -> Read<'_> {
    let mut bytes = Bytes { packet, at: 0 };
    let Some((head, flags, counts)) = first_fields(&mut bytes) else { return Read::Drop };
    if flags & IS_ANSWER != 0 {
        return Read::Drop;
    }
    if head.opcode != 0 {
        return Read::Refuse(Code::NotImp, head);
    }
    match question(&mut bytes, head, flags, counts) {
        Some(query) => Read::Ask(query),
        None => Read::Refuse(Code::FormErr, head),
    }
}

/// The labels of a name that was read, each with its place in it.
pub(crate) fn labels(name: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let length = usize::from(*name.get(at)?);
        let label = name.get(at + 1..at + 1 + length).filter(|label| !label.is_empty())?;
        let place = at;
        at += 1 + length;
        Some((place, label))
    })
}

fn first_fields(bytes: &mut Bytes<'_>) -> Option<(Head, u16, [u16; 4])> {
    let id = bytes.number()?;
    let flags = bytes.number()?;
    let counts = [bytes.number()?, bytes.number()?, bytes.number()?, bytes.number()?];
    let head = Head {
        id,
        opcode: u8::try_from(flags >> 11 & 0xf).ok()?,
        recursion_desired: flags & RECURSION_DESIRED != 0,
        checking_disabled: flags & CHECKING_DISABLED != 0,
    };
    Some((head, flags, counts))
}

/// The one question, and what follows it.
fn question<'a>(bytes: &mut Bytes<'a>, head: Head, flags: u16, counts: [u16; 4]) -> Option<Query<'a>> {
    let [1, answers, authorities, additional] = counts else { return None };
    if flags & IS_TRUNCATED != 0 {
        return None;
    }
    let name = bytes.name()?;
    let (kind, class) = (bytes.number()?, bytes.number()?);
    let whole = bytes.packet.get(HEAD..bytes.at)?;
    for _ in 0..u32::from(answers) + u32::from(authorities) {
        if bytes.record()?.kind == number::OPT {
            return None;
        }
    }
    let mut edns = None;
    for _ in 0..additional {
        let record = bytes.record()?;
        if record.kind == number::OPT && (!record.is_root || edns.replace(record.edns()).is_some()) {
            return None;
        }
    }
    Some(Query { head, bytes: whole, name, kind, class, edns })
}

/// A record, as far as anything in it matters to us.
struct Record {
    is_root: bool,
    kind: u16,
    class: u16,
    ttl: [u8; 4],
}

impl Record {
    /// The fields of an OPT record, which have other meanings than their names.
    const fn edns(&self) -> Edns {
        let [_, version, flags, _] = self.ttl;
        Edns { size: self.class, version, dnssec_ok: flags & 0x80 != 0 }
    }
}

struct Bytes<'a> {
    packet: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.packet.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// A name that is written in full: nothing stands before a question that it could point to.
    fn name(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        loop {
            let [length] = *self.take(1)? else { return None };
            if length > LONGEST_LABEL {
                return None;
            }
            self.take(length.into())?;
            if self.at - start > LONGEST_NAME {
                return None;
            }
            if length == 0 {
                return self.packet.get(start..self.at);
            }
        }
    }

    /// Passes a record by; a name may end in a pointer there.
    fn record(&mut self) -> Option<Record> {
        let start = self.at;
        loop {
            let [length] = *self.take(1)? else { return None };
            match length {
                0 => break,
                1..=LONGEST_LABEL => self.take(length.into())?,
                POINTER.. => {
                    self.take(1)?;
                    break;
                }
                _ => return None,
            };
        }
        let is_root = self.packet.get(start..self.at) == Some(&[0]);
        let (kind, class) = (self.number()?, self.number()?);
        let ttl = self.take(4)?.try_into().ok()?;
        let length = self.number()?;
        self.take(length.into())?;
        Some(Record { is_root, kind, class, ttl })
    }
}

pub(super) const IS_ANSWER: u16 = 0x8000;
pub(super) const IS_TRUNCATED: u16 = 0x0200;
pub(super) const RECURSION_DESIRED: u16 = 0x0100;
pub(super) const CHECKING_DISABLED: u16 = 0x0010;
const LONGEST_LABEL: u8 = 63;
const LONGEST_NAME: usize = 255;
const POINTER: u8 = 0xc0;
