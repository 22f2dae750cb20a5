//! Messages that change a zone (RFC 2136), signed with a shared key (TSIG, RFC 8945).

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::DnsError;
use super::ask::{exchange, id};

/// A key that a server shares.
pub(super) struct Tsig {
    name: Name,
    algorithm: &'static Algorithm,
    secret: Vec<u8>,
}

struct Algorithm {
    name: &'static str,
    hmac: hmac::Algorithm,
}

/// What to do with a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Add,
    Remove,
}

impl Tsig {
    /// A key by its name and algorithm; `None` when the algorithm is not known.
    pub(super) fn new(name: &str, algorithm: &str, secret: Vec<u8>) -> Option<Self> {
        let wanted = super::bare(algorithm);
        let algorithm = ALGORITHMS.iter().find(|known| known.name.eq_ignore_ascii_case(wanted))?;
        let name = Name::from_ascii(format!("{}.", super::bare(name).to_ascii_lowercase())).ok()?;
        Some(Self { name, algorithm, secret })
    }

    /// The algorithms that are known.
    pub(super) fn algorithms() -> String {
        ALGORITHMS.iter().map(|known| known.name).collect::<Vec<_>>().join(", ")
    }

    /// The message with its signature behind it.
    fn sign(&self, message: &[u8], now: u64) -> Result<Vec<u8>, DnsError> {
        let key = wire(&self.name)?;
        let algorithm = Name::from_ascii(format!("{}.", self.algorithm.name));
        let algorithm = wire(&algorithm.map_err(|error| DnsError::Ask(error.to_string()))?)?;
        let time = now.to_be_bytes();
        let time = time.get(2..).unwrap_or_default();
        // RFC 8945 §4.3.3: name, class ANY, no time to live, algorithm, time, fudge, no error, no other data.
        let variables =
            [&key, &[0, 255, 0, 0, 0, 0][..], &algorithm, time, &FUDGE.to_be_bytes(), &[0, 0, 0, 0]].concat();
        let secret = hmac::Key::new(self.algorithm.hmac, &self.secret);
        let mac = hmac::sign(&secret, &[message, &variables].concat());
        let length = u16::try_from(mac.as_ref().len()).unwrap_or_default().to_be_bytes();
        let id = message.get(..2).unwrap_or_default();
        let data =
            [&algorithm, time, &FUDGE.to_be_bytes(), &length, mac.as_ref(), id, &[0, 0, 0, 0]].concat();
        let length = u16::try_from(data.len()).unwrap_or_default().to_be_bytes();
        let mut signed = [message, &key, &[0, 250, 0, 255, 0, 0, 0, 0], &length, &data].concat();
        // One more record.
        if let Some([high, low]) = signed.get_mut(10..12) {
            let count = u16::from_be_bytes([*high, *low]).wrapping_add(1).to_be_bytes();
            [*high, *low] = count;
        }
        Ok(signed)
    }
}

/// Adds or removes one text at a server, `host:port`.
pub(super) async fn update(
    server: &str,
    zone: &str,
    record: &super::Record,
    ttl: u32,
    change: Change,
    key: Option<&Tsig>,
) -> Result<(), DnsError> {
    let bad = |error: hickory_proto::ProtoError| DnsError::Ask(error.to_string());
    let mut message = Message::new(id()?, MessageType::Query, OpCode::Update);
    message.add_query(Query::query(Name::from_ascii(zone).map_err(bad)?, RecordType::SOA));
    let name = Name::from_ascii(&record.name).map_err(bad)?;
    let text = RData::TXT(TXT::new(vec![record.value.clone()]));
    let mut one = Record::from_rdata(name, ttl, text);
    if change == Change::Remove {
        // RFC 2136 §2.5.4.
        (one.ttl, one.dns_class) = (0, DNSClass::NONE);
    }
    message.add_authority(one);
    let bytes = message.to_vec().map_err(bad)?;
    let bytes = match key {
        Some(key) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            key.sign(&bytes, now)?
        }
        None => bytes,
    };
    let answer = exchange(server, &bytes).await?;
    // The answer may carry a signature of an algorithm that nobody here can read: only its code is looked at.
    let code = answer.get(3).map_or(255, |flags| flags & 0x0f);
    match ResponseCode::from(0, code) {
        ResponseCode::NoError => Ok(()),
        code => Err(DnsError::Other(format!("{server} refuses to change {zone}: {code}"))),
    }
}

/// A name as bytes, in lower case and whole.
fn wire(name: &Name) -> Result<Vec<u8>, DnsError> {
    let mut bytes = Vec::new();
    for label in name.iter() {
        bytes.push(u8::try_from(label.len()).map_err(|_| DnsError::Ask("a label is too long".into()))?);
        bytes.extend(label.iter().map(u8::to_ascii_lowercase));
    }
    bytes.push(0);
    Ok(bytes)
}

static ALGORITHMS: [Algorithm; 5] = [
    Algorithm { name: "hmac-sha1", hmac: hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY },
    Algorithm { name: "hmac-sha224", hmac: hmac::HMAC_SHA224 },
    Algorithm { name: "hmac-sha256", hmac: hmac::HMAC_SHA256 },
    Algorithm { name: "hmac-sha384", hmac: hmac::HMAC_SHA384 },
    Algorithm { name: "hmac-sha512", hmac: hmac::HMAC_SHA512 },
];
/// How many seconds the two clocks may differ.
const FUDGE: u16 = 300;
