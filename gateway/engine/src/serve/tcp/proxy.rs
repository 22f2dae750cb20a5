//! Who is behind another proxy: takes a PROXY header off a connection.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use windrose_http::Conn;
use windrose_stream::{Socket, buffer};
use windrose_wire::proxy_protocol::{Outcome, parse};

use crate::entry::EntryOptions;
use crate::serve::detect;
use crate::worker::{Deadline, SlotGuard};

/// Takes the header off a connection of an entry point that looks for it, if it has one; says whether there is anything
/// to go on with. What a peer says that is not believed is thrown away. Whether a client's own fields are trusted
/// depends on who it is, so that is judged again.
///
/// A peer that says nothing at all may be one that waits for the server's first words, and it goes on as it is.
pub(super) async fn take_header(
    options: &EntryOptions,
    conn: &mut Conn,
    socket: &mut Socket,
    read: &mut BytesMut,
    slot: &SlotGuard,
) -> bool {
    let Some(believed) = &options.proxy else { return true };
    slot.set_deadline(Deadline::In(options.read_timeout.map_or(FIRST_BYTES, |limit| limit.min(FIRST_BYTES))));
    let header = loop {
        match parse(read) {
            Outcome::Header(header) => break header,
            Outcome::Absent => return true,
            Outcome::Invalid(defect) => {
                tracing::debug!(peer = %conn.peer, %defect, "connection closed");
                return false;
            }
            Outcome::NeedMore => {}
        }
        if !detect::read_more(socket, read, slot).await {
            return read.is_empty() && slot.is_late() && !slot.is_answer_late();
        }
    };
    read.advance(header.length);
    if read.is_empty() {
        buffer::give(std::mem::take(read));
    }
    if let Some(ends) = header.ends.filter(|_| believed.holds(conn.peer.ip())) {
        conn.peer = canonical(ends.source);
        conn.local = canonical(ends.destination);
        conn.peer_ip = conn.peer.ip().to_string().into_boxed_str();
        conn.trust = options.trusted.judge(conn.peer.ip());
    }
    true
}

fn canonical(address: std::net::SocketAddr) -> std::net::SocketAddr {
    std::net::SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Proxies send it at once.
const FIRST_BYTES: Duration = Duration::from_secs(10);
