//! Packets of ZooKeeper's protocol as bytes. Pure.

#[cfg(test)]
mod tests;

use thiserror::Error;

/// Bytes that are no such packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the answer is not in the protocol of ZooKeeper")]
pub(crate) struct Malformed;

/// A packet that grows.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new() -> Self {
        // Room for the length.
        Self(vec![0; 4])
    }

    pub(crate) fn int(mut self, value: i32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(crate) fn long(mut self, value: i64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(crate) fn bool(mut self, value: bool) -> Self {
        self.0.push(u8::from(value));
        self
    }

    pub(crate) fn buffer(self, value: &[u8]) -> Self {
        let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
        let mut writer = self.int(length);
        writer.0.extend_from_slice(value);
        writer
    }

    /// The packet with its length before it.
    pub(crate) fn packet(mut self) -> Vec<u8> {
        let length = u32::try_from(self.0.len() - 4).unwrap_or(u32::MAX);
        if let Some(head) = self.0.first_chunk_mut::<4>() {
            *head = length.to_be_bytes();
        }
        self.0
    }
}

/// A packet that is read.
pub(crate) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn int(&mut self) -> Result<i32, Malformed> {
        let (head, rest) = self.0.split_first_chunk::<4>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(i32::from_be_bytes(*head))
    }

    pub(crate) fn long(&mut self) -> Result<i64, Malformed> {
        let (head, rest) = self.0.split_first_chunk::<8>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(i64::from_be_bytes(*head))
    }

    /// Bytes with their length before them; one below zero means none.
    pub(crate) fn buffer(&mut self) -> Result<&'b [u8], Malformed> {
        let Ok(length) = usize::try_from(self.int()?) else { return Ok(&[]) };
        let (value, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(value)
    }

    pub(crate) fn text(&mut self) -> Result<String, Malformed> {
        String::from_utf8(self.buffer()?.to_vec()).map_err(|_| Malformed)
    }

    pub(crate) fn texts(&mut self) -> Result<Vec<String>, Malformed> {
        let count = self.int()?;
        let mut texts = Vec::new();
        for _ in 0..count {
            texts.push(self.text()?);
        }
        Ok(texts)
    }
}

/// The first packet of these bytes, without its length, and how many bytes both are; nothing while it is not whole.
pub(crate) fn packet(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, Malformed> {
    let Some((head, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*head)).map_err(|_| Malformed)?;
    if length > LARGEST {
        return Err(Malformed);
    }
    Ok(rest.get(..length).map(|packet| (packet, length + 4)))
}

/// Bytes of one packet.
const LARGEST: usize = 64 << 20;
