//! The chunked transfer coding, read strictly and written plainly (RFC 9112 §7.1).
//!
//! [`Decoder`] is a state machine over borrowed bytes: it says how many bytes to skip, how many are data, and
//! when the body has ended. It owns no buffer. Bare line feeds, odd sizes and long extensions are refused,
//! since every one of them has split a message between two readers somewhere.

/// What the next bytes of a chunked body are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// More bytes are needed; the first `skip` have been used up.
    More {
        /// Bytes to discard.
        skip: usize,
    },
    /// After `skip` bytes of framing come `len` bytes of data.
    Data {
        /// Bytes to discard before the data.
        skip: usize,
        /// Bytes of data.
        len: usize,
    },
    /// The last chunk has been read; after `skip` bytes comes the trailer section, which ends in an empty line.
    Trailers {
        /// Bytes to discard before the trailer section.
        skip: usize,
    },
}

/// The body breaks the rules of its coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadChunk;

/// Where we are in a chunked body.
#[derive(Clone, Debug)]
pub struct Decoder {
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Size { value: u64, digits: u8, extension: u32 },
    Data { left: u64 },
    DataEnd,
    Trailers,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { state: State::START }
    }
}

impl State {
    const START: Self = Self::Size { value: 0, digits: 0, extension: 0 };
}

impl Decoder {
    /// Looks at the bytes that follow those already used up.
    ///
    /// # Errors
    /// The coding is broken; the connection cannot be used any further.
    pub fn step(&mut self, bytes: &[u8]) -> Result<Step, BadChunk> {
        let mut skip = 0;
        loop {
            let rest = bytes.get(skip..).unwrap_or_default();
            match &mut self.state {
                State::Trailers => return Ok(Step::Trailers { skip }),
                State::Data { left } => {
                    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    if len == 0 {
                        return Ok(Step::More { skip });
                    }
                    *left -= len as u64;
                    if *left == 0 {
                        self.state = State::DataEnd;
                    }
                    return Ok(Step::Data { skip, len });
                }
                State::DataEnd => match rest {
                    [b'\r', b'\n', ..] => {
                        skip += 2;
                        self.state = State::START;
                    }
                    [] | [b'\r'] => return Ok(Step::More { skip }),
                    _ => return Err(BadChunk),
                },
                State::Size { .. } => match self.size(rest)? {
                    Some(used) => skip += used,
                    None => {
                        return Ok(Step::More {
                            skip: skip + rest.len() - usize::from(rest.last() == Some(&b'\r')),
                        });
                    }
                },
            }
        }
    }

    /// Reads a size line; `None` when it is not complete, with all but a last CR taken in.
    fn size(&mut self, bytes: &[u8]) -> Result<Option<usize>, BadChunk> {
        let State::Size { value, digits, extension } = &mut self.state else { return Err(BadChunk) };
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\r' => match bytes.get(at + 1) {
                    Some(b'\n') if *digits > 0 => {
                        self.state = if *value == 0 { State::Trailers } else { State::Data { left: *value } };
                        return Ok(Some(at + 2));
                    }
                    None => return Ok(None),
                    Some(_) => return Err(BadChunk),
                },
                b';' if *digits > 0 && *extension == 0 => *extension = 1,
                _ if *extension > 0 => {
                    *extension += 1;
                    if *extension > LONGEST_EXTENSION || (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f {
                        return Err(BadChunk);
                    }
                }
                _ => {
                    let digit = char::from(*byte).to_digit(16).ok_or(BadChunk)?;
                    if *digits == 16 {
                        return Err(BadChunk);
                    }
                    *digits += 1;
                    *value = (*value << 4) | u64::from(digit);
                }
            }
            at += 1;
        }
        Ok(None)
    }
}

/// Writes the size line that comes before `len` bytes of data.
pub fn write_size(len: usize, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = (usize::BITS - len.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        let index = (len >> (digit * 4)) & 0xf;
        out.push(DIGITS.get(index).copied().unwrap_or(b'0'));
    }
    out.extend_from_slice(b"\r\n");
}

/// The end of a body without trailers.
pub const END: &[u8] = b"0\r\n\r\n";

/// More than anyone needs, less than an attacker would like.
const LONGEST_EXTENSION: u32 = 1024;

#[cfg(test)]
mod tests;
