//! What helps whoever is asked for help: version and configuration in one archive, without secrets.
//!
//! A tar archive in gzip, put together here: its blocks are stored as they are, which any reader of gzip takes.

#[cfg(test)]
mod tests;

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use windrose_config::StaticConfig;

use crate::hide;

/// `version.json`, `static-config.json` and `runtime-config.json`, as Traefik names them.
pub(crate) fn dump(
    version: &impl Serialize,
    settings: &StaticConfig,
    runtime: Vec<u8>,
    now: SystemTime,
) -> Vec<u8> {
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let settings = hide::passwords(serde_json::to_value(settings).unwrap_or_default());
    let version = serde_json::to_vec(version).unwrap_or_default();
    let files = [
        ("version.json", version),
        ("static-config.json", settings.to_string().into_bytes()),
        ("runtime-config.json", runtime),
    ];
    let mut archive = Vec::new();
    for (name, body) in &files {
        archive.extend_from_slice(&head(name, body.len(), now));
        archive.extend_from_slice(body);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    gzip(&archive)
}

/// The head of a file in a tar archive (POSIX ustar).
fn head(name: &str, length: usize, now: u64) -> [u8; BLOCK] {
    let mut head = [0; BLOCK];
    let mut put = |at: usize, text: &str| {
        if let Some(place) = head.get_mut(at..at + text.len()) {
            place.copy_from_slice(text.as_bytes());
        }
    };
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{length:011o}\0"));
    put(136, &format!("{now:011o}\0"));
    // The checksum counts itself as blanks.
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    if let Some(place) = head.get_mut(148..156) {
        place.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    head
}

/// Gzip of stored blocks (RFC 1951 section 3.2.4, RFC 1952).
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut chunks = bytes.chunks(STORED).peekable();
    while let Some(chunk) = chunks.next() {
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        out.push(u8::from(chunks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    out.extend_from_slice(&checksum(bytes).to_le_bytes());
    let length = u32::try_from(bytes.len() % (1 << 32)).unwrap_or_default();
    out.extend_from_slice(&length.to_le_bytes());
    out
}

/// CRC-32 (RFC 1952 section 8).
fn checksum(bytes: &[u8]) -> u32 {
    let mut table = [0u32; 256];
    for (value, entry) in (0u32..).zip(&mut table) {
        *entry = (0..8).fold(value, |sum, _| if sum & 1 == 1 { POLYNOMIAL ^ (sum >> 1) } else { sum >> 1 });
    }
    let next = |sum: u32, byte: &u8| {
        let index = usize::from(sum.to_le_bytes()[0] ^ byte);
        table.get(index).copied().unwrap_or_default() ^ (sum >> 8)
    };
    !bytes.iter().fold(u32::MAX, next)
}

const BLOCK: usize = 512;
/// The most bytes of a stored block.
const STORED: usize = 65_535;
const POLYNOMIAL: u32 = 0xedb8_8320;
