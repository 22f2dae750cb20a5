//! The health service of gRPC: `grpc.health.v1.Health/Check` for the whole server.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use windrose_http::{Body, Id, Method};

use super::Sick;
use super::ask::{call, request};
use super::probe::Probe;
use crate::endpoint::Endpoint;
use crate::pool::Local;
use crate::service::PassHost;

pub(super) async fn ask(to: &Arc<Endpoint>, probe: &Probe, local: &Rc<Local>) -> Result<(), Sick> {
    let host = Some(&*probe.hostname).filter(|host| !host.is_empty());
    let mut ex = request(host, PATH, Method::Post)?;
    ex.headers.set(Id::CONTENT_TYPE, "application/grpc");
    ex.headers.set(Id::TE, "trailers");
    // No compression, no bytes: the name of no service in particular.
    ex.body = Body::from(Bytes::from_static(&[0; 5]));
    let pass_host = if host.is_some() { PassHost::Client } else { PassHost::Server };
    let (status, fields, data) = call(ex, to, pass_host, local).await?;
    if status != 200 {
        return Err(Sick::Status(status));
    }
    match fields.get_str("grpc-status") {
        Some("0") if is_serving(&data) => Ok(()),
        Some("0") => Err(Sick::NotServing),
        Some(UNIMPLEMENTED) => Err(Sick::Unimplemented),
        _ => Err(Sick::Answer),
    }
}

/// Whether a message says SERVING: field 1 is the number 1. Fields that are not known are passed over.
fn is_serving(message: &[u8]) -> bool {
    let Some([0, a, b, c, d]) = message.first_chunk::<5>() else { return false };
    let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
    let Some(mut rest) = message.get(5..5 + length) else { return false };
    let mut status = 0;
    while let Some((tag, after)) = number(rest) {
        let value = match tag & 7 {
            0 => number(after),
            1 => after.split_at_checked(8).map(|(_, after)| (0, after)),
            2 => number(after).and_then(|(length, after)| {
                Some((0, after.split_at_checked(usize::try_from(length).ok()?)?.1))
            }),
            5 => after.split_at_checked(4).map(|(_, after)| (0, after)),
            _ => None,
        };
        let Some((value, after)) = value else { return false };
        if tag == STATUS {
            status = value;
        }
        rest = after;
    }
    rest.is_empty() && status == SERVING
}

/// A number of protocol buffers: seven bits a byte, the lowest first.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place).min(63);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(place + 1..)?));
        }
    }
    None
}

const PATH: &str = "/grpc.health.v1.Health/Check";
/// Field 1, a number.
const STATUS: u64 = 1 << 3;
const SERVING: u64 = 1;
const UNIMPLEMENTED: &str = "12";

#[cfg(test)]
mod tests {
    use super::is_serving;

    #[test]
    fn only_the_status_serving_is_serving() {
        let cases: [(&[u8], bool); 10] = [
            (&[0, 0, 0, 0, 2, 8, 1], true),
            (&[0, 0, 0, 0, 2, 8, 2], false),
            (&[0, 0, 0, 0, 2, 8, 0], false),
            (&[0, 0, 0, 0, 0], false),
            (&[1, 0, 0, 0, 2, 8, 1], false),
            (&[0, 0, 0, 0, 3, 8, 1], false),
            (&[0, 0, 0, 0, 6, 18, 2, 65, 66, 8, 1], true),
            (&[0, 0, 0, 0, 3, 8, 0x81, 0x00], true),
            (&[0, 0, 0, 0, 2, 8, 0x81], false),
            (b"", false),
        ];
        for (message, expected) in cases {
            assert_eq!(is_serving(message), expected, "{message:?}");
        }
    }
}
