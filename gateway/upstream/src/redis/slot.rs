//! Which slot of a cluster a key belongs to.

/// The slot: CRC16 (XMODEM) of the key, or of what is in its first braces, modulo 16384.
pub(super) fn of(key: &[u8]) -> u16 {
    let tag = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let inside = key.get(open + 1..)?;
        let close = inside.iter().position(|byte| *byte == b'}')?;
        inside.get(..close).filter(|tag| !tag.is_empty())
    });
    crc16(tag.unwrap_or(key)) % 16384
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn slots_are_those_of_redis() {
        // The first is the check value of the specification; the others are what CLUSTER KEYSLOT says.
        assert_eq!(super::crc16(b"123456789"), 0x31C3);
        for (key, slot) in
            [("foo", 12182), ("{user1000}.following", 3443), ("user1000", 3443), ("foo{}{bar}", 8363)]
        {
            assert_eq!(super::of(key.as_bytes()), slot, "{key}");
        }
    }
}
