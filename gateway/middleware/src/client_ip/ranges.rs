//! A set of addresses, asked once per request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use windrose_config::Located;

use crate::kind::BuildError;

/// A set of addresses, written as addresses and ranges such as `10.0.0.0/8`.
///
/// Kept as sorted intervals that do not touch, so that a long list costs no more than a short one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IpRanges {
    v4: Box<[(u32, u32)]>,
    v6: Box<[(u128, u128)]>,
}

impl IpRanges {
    /// Reads addresses and ranges.
    ///
    /// # Errors
    /// One of them is neither.
    pub fn new(written: &[Located<Box<str>>]) -> Result<Self, BuildError> {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for text in written {
            let message =
                || format!("`{}` is no address and no range, write 10.0.0.1 or 10.0.0.0/8", text.value);
            match parse(text.trim()).ok_or_else(|| BuildError::at(text, message()))? {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push((first.to_bits(), last.to_bits())),
                (IpAddr::V6(first), IpAddr::V6(last)) => v6.push((first.to_bits(), last.to_bits())),
                _ => return Err(BuildError::at(text, message())),
            }
        }
        Ok(Self { v4: joined(v4), v6: joined(v6) })
    }

    /// Whether `address` is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => within(&self.v4, Ipv4Addr::to_bits(address)),
            IpAddr::V6(address) => within(&self.v6, Ipv6Addr::to_bits(address)),
        }
    }
}

/// The first and the last address of a range.
fn parse(text: &str) -> Option<(IpAddr, IpAddr)> {
    if let Ok(address) = text.parse::<IpAddr>() {
        let address = address.to_canonical();
        return Some((address, address));
    }
    let range: IpNet = text.parse().ok()?;
    // A range inside ::ffff:0:0/96 is one of IPv4 addresses; a wider one holds them without naming them.
    if range.prefix_len() < 96 {
        return Some((range.network(), range.broadcast()));
    }
    Some((range.network().to_canonical(), range.broadcast().to_canonical()))
}

/// Sorts intervals and joins those that overlap.
fn joined<T: Ord + Copy>(mut intervals: Vec<(T, T)>) -> Box<[(T, T)]> {
    intervals.sort_unstable();
    intervals.dedup_by(|next, kept| {
        let overlap = next.0 <= kept.1;
        if overlap {
            kept.1 = kept.1.max(next.1);
        }
        overlap
    });
    intervals.into()
}

fn within<T: Ord + Copy>(intervals: &[(T, T)], value: T) -> bool {
    let after = intervals.partition_point(|(first, _)| *first <= value);
    after.checked_sub(1).and_then(|index| intervals.get(index)).is_some_and(|(_, last)| value <= *last)
}
