//! The blocks of the mesh in the text of a Corefile.
//!
//! Owns how blocks are put in, replaced and cut out. Must not know where the text comes from. Invariants: what is not a
//! block of ours stays as it is; what was put in and cut out again leaves the very bytes that were there; a text that
//! cannot be understood is not changed, since CoreDNS does not start with a wrong one and nothing in the cluster
//! resolves then.

mod block;
mod marked;
mod servers;
#[cfg(test)]
mod tests;

use std::ops::Range;

use thiserror::Error;

use super::version::Version;
use super::wanted::Wanted;
use crate::Zone;

pub use block::block;

/// Why a Corefile stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CorefileError {
    /// A first line of a block without its last line.
    #[error("the line {0:?} has no line {1:?} after it; remove what is left of that block")]
    Unclosed(&'static str, &'static str),
    /// Braces do not match.
    #[error("braces do not match")]
    Braces,
    /// The whole text is one server block without braces, and a second one cannot stand beside it.
    #[error("a server block is written without braces; put braces around it")]
    NoBraces,
    /// Somebody else's block serves a zone of the mesh.
    #[error(
        "the zone {0} is served by a block that is not between the lines {1:?} and {2:?}; remove that block"
    )]
    Taken(Zone, &'static str, &'static str),
    /// An own zone is forwarded, and nobody has said where to.
    #[error("the address of the mesh's DNS server is not known yet")]
    NoServer,
}

/// The text with the blocks of all zones that are wanted, and without those of others; nothing when it is as it
/// should be. A new block is appended as Traefik Mesh does it; one that is there is replaced where it is. One inside of
/// a server block, where CoreDNS refuses it, moves to the end.
///
/// # Errors
///
/// The text cannot be understood, or the zone is somebody else's.
pub fn patch(text: &str, wanted: &Wanted, version: Version) -> Result<Option<String>, CorefileError> {
    let mut now = text.to_owned();
    servers::read(&now)?;
    for zone in Zone::ALL {
        let block = if wanted.zones().contains(&zone) { Some(block(zone, wanted, version)?) } else { None };
        now = with(now, zone, block.as_deref())?;
    }
    Ok((now != text).then_some(now))
}

/// The text with this block of a zone; without any of it for none.
pub(super) fn with(mut text: String, zone: Zone, block: Option<&str>) -> Result<String, CorefileError> {
    let mut ranges = marked::find(&text, zone)?;
    let kept = match block {
        Some(_) => outside(&text, &ranges)?,
        None => None,
    };
    if let (Some(block), Some(at)) = (block, kept) {
        let range = ranges.remove(at);
        let (before, after) = ranges.split_at(at);
        // From the end to the front, so that places stay right.
        for range in after.iter().rev() {
            marked::cut(&mut text, range);
        }
        if text.get(range.clone()).is_some_and(|old| old.replace("\r\n", "\n") != block) {
            text.replace_range(range, block);
        }
        for range in before.iter().rev() {
            marked::cut(&mut text, range);
        }
        return Ok(text);
    }
    for range in ranges.iter().rev() {
        marked::cut(&mut text, range);
    }
    if let Some(block) = block {
        if serves(&text, zone)? {
            return Err(taken(zone));
        }
        text.push('\n');
        text.push_str(block);
        text.push('\n');
    }
    Ok(text)
}

/// Which of the ranges is the first outside of all other server blocks.
fn outside(text: &str, ranges: &[Range<usize>]) -> Result<Option<usize>, CorefileError> {
    let servers = servers::read(text)?;
    let is_inside = |range: &Range<usize>| {
        servers.iter().any(|server| server.body.start < range.start && range.start < server.body.end)
    };
    Ok(ranges.iter().position(|range| !is_inside(range)))
}

/// The text without any block of the mesh; nothing when there is none.
#[must_use]
pub fn restore(text: &str) -> Option<String> {
    let mut now = text.to_owned();
    for zone in Zone::ALL {
        // What is not closed is nobody's to cut, since nobody knows where it ends.
        for range in marked::find(&now, zone).unwrap_or_default().iter().rev() {
            marked::cut(&mut now, range);
        }
    }
    (now != text).then_some(now)
}

/// Whether a server block of the text answers for exactly this zone at the port of DNS.
pub(super) fn serves(text: &str, zone: Zone) -> Result<bool, CorefileError> {
    let servers = servers::read(text)?;
    Ok(servers.iter().flat_map(|server| &server.zones).any(|key| servers::is_zone(key, zone.name())))
}

pub(super) fn taken(zone: Zone) -> CorefileError {
    CorefileError::Taken(zone, block::header(zone), block::trailer(zone))
}
