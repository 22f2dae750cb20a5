//! Messages changed at random.

use windrose_random::Random;

/// The message with a few changes: bytes, pieces that mean something, and pieces of its own elsewhere.
pub(crate) fn mutate(message: &[u8], random: &mut Random) -> Vec<u8> {
    let mut changed = message.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(changed.len());
        let end = (at + random.below(12)).min(changed.len());
        match random.below(6) {
            0 => changed[at] = u8::try_from(random.below(256)).unwrap(),
            1 => drop(changed.drain(at..end)),
            2 => {
                let piece = changed[at..end].to_vec();
                let to = random.below(changed.len());
                changed.splice(to..to, piece);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                let end = if random.below(2) == 0 { at } else { end };
                changed.splice(at..end, piece.bytes());
            }
        }
        if changed.is_empty() {
            changed.push(b'\n');
        }
    }
    changed
}

const PIECES: &[&str] = &[
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "\0",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "0",
    "1",
    "5",
    "0\r\n\r\n",
    "ffffffffffffffff",
    "Content-Length: 0\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive, x-forwarded-for\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: websocket\r\n",
    "X-Forwarded-For: 6.6.6.6\r\n",
    "x_real_ip: 6.6.6.6\r\n",
    "Host: b.test\r\n",
    "HTTP/1.2",
    "HTTP/1.1",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HEAD",
    "CONNECT",
    "OPTIONS *",
    "http://b.test",
    "/../",
    "%2e%2e/",
    "#",
    "?",
];
