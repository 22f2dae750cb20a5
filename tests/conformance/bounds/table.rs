//! What one connection can make the gateway hold: the table that `docs/reference/bounds.md` shows and the attacks
//! beside it are measured against.

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    /// The protocol of the client, and of the server where it matters.
    pub(super) protocol: &'static str,
    /// The direction in which the bytes go that are held.
    pub(super) direction: &'static str,
    /// What the other side does.
    pub(super) attack: &'static str,
    /// What it may cost, in MiB of resident memory.
    pub(super) most: usize,
}

const fn row(protocol: &'static str, direction: &'static str, attack: &'static str, most: usize) -> Bound {
    Bound { protocol, direction, attack, most }
}

pub(super) const TINY_CHUNKS: Bound =
    row("HTTP/2 from HTTP/1", "answers", "open windows, pieces of one byte, nothing read", 16);
pub(super) const EVENTS: Bound =
    row("HTTP/2 from HTTP/1", "answers", "250 streams of events, nothing read", 16);
pub(super) const LARGE_H1: Bound =
    row("HTTP/2 from HTTP/1", "answers", "250 large answers, nothing read", 16);
pub(super) const SHUT_H1: Bound = row("HTTP/2 from HTTP/1", "answers", "250 large answers, windows shut", 16);
pub(super) const LARGE_H2: Bound = row("HTTP/2 from h2c", "answers", "250 large answers, nothing read", 16);
pub(super) const SHUT_H2: Bound = row("HTTP/2 from h2c", "answers", "250 large answers, windows shut", 16);
pub(super) const TINY_FRAMES: Bound =
    row("HTTP/2 from h2c", "answers", "50 streams of frames of one byte, windows shut", 16);
pub(super) const HINTS: Bound =
    row("HTTP/2 from HTTP/1", "answers", "250 floods of interim answers, nothing read", 16);
pub(super) const LARGE_HEADS: Bound =
    row("HTTP/2 from HTTP/1", "answers", "250 answers with heads of 500 kB, nothing read", 64);
pub(super) const BOMB_ANSWERED: Bound =
    row("HTTP/2", "requests", "250 heads of a million decoded bytes, windows shut", 16);
pub(super) const BOMB_WAITING: Bound =
    row("HTTP/2", "requests", "250 heads of a million decoded bytes, the server silent", 16);
pub(super) const EMPTY_FIELDS: Bound =
    row("HTTP/2", "requests", "250 heads of 19,000 empty fields, the server silent", 16);
pub(super) const TINY_UPLOADS: Bound =
    row("HTTP/2 to h2c", "requests", "50 bodies in frames of one byte, the server does not read", 16);
pub(super) const LARGE_UPLOADS: Bound =
    row("HTTP/2 to h2c", "requests", "250 large bodies, the server does not read", 16);
pub(super) const GIVEN_UP: Bound =
    row("HTTP/1 to h2c", "requests", "10,000 requests given up, the server does not read", 16);
pub(super) const NONE_TAKEN: Bound =
    row("HTTP/1 to h2c", "requests", "500 requests and 1,000 given up, the server takes none", 16);
pub(super) const UNREAD_H1: Bound = row("HTTP/1", "answers", "a large answer, nothing read", 1);
pub(super) const UPLOAD_H1: Bound = row("HTTP/1", "requests", "a large body, the server does not read", 1);
pub(super) const CARRIED_DOWN: Bound = row("TCP", "to the client", "a flood, nothing read", 1);
pub(super) const CARRIED_UP: Bound = row("TCP", "to the server", "a flood, the server does not read", 1);
pub(super) const RESETS: Bound = row("HTTP/2", "requests", "streams reset by the client at once", 16);
pub(super) const MADE_RESETS: Bound = row("HTTP/2", "requests", "streams that the gateway has to reset", 16);

pub(super) const TABLE: &[Bound] = &[
    TINY_CHUNKS,
    EVENTS,
    LARGE_H1,
    SHUT_H1,
    LARGE_H2,
    SHUT_H2,
    TINY_FRAMES,
    HINTS,
    LARGE_HEADS,
    BOMB_ANSWERED,
    BOMB_WAITING,
    EMPTY_FIELDS,
    TINY_UPLOADS,
    LARGE_UPLOADS,
    GIVEN_UP,
    NONE_TAKEN,
    RESETS,
    MADE_RESETS,
    UNREAD_H1,
    UPLOAD_H1,
    CARRIED_DOWN,
    CARRIED_UP,
];

/// The page says exactly what is tested.
#[test]
fn the_documented_bounds_are_those_that_are_tested() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/bounds.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = TABLE.iter().map(|bound| {
        format!("| {} | {} | {} | {} MiB |", bound.protocol, bound.direction, bound.attack, bound.most)
    });
    let rows: Vec<String> = rows.collect();
    let told: Vec<&str> = page.lines().filter(|line| line.ends_with(" MiB |")).collect();
    assert_eq!(told, rows);
}
