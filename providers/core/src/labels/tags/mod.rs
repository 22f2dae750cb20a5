//! Tags of catalogs: `traefik.http.routers.web.rule=…` in one text.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::normalize;

/// The tags that begin with `prefix`, as labels that begin with `traefik`. Those without a value are none.
#[must_use]
pub fn as_labels(tags: &[String], prefix: &str) -> BTreeMap<String, String> {
    let label = |tag: &String| {
        let (name, value) = tag.strip_prefix(prefix)?.split_once('=')?;
        Some((format!("traefik.{}", name.strip_prefix('.')?), value.to_owned()))
    };
    tags.iter().filter_map(label).collect()
}

/// The name of what nobody named of a canary: one for each set of tags. traefik: the same.
#[must_use]
pub fn canary_name(name: &str, tags: &[String]) -> String {
    let mut sorted: Vec<&str> = tags.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let hash =
        sorted.concat().bytes().fold(FNV_OFFSET, |hash, byte| hash.wrapping_mul(FNV_PRIME) ^ u64::from(byte));
    normalize(&format!("{name}-{hash}"))
}

/// FNV-1 of 64 bits.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
