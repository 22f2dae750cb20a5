//! Text in the code of RFC 7541, appendix B. It is canonical: the lengths of the codes say what the codes are.

/// Text that is not in this code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Reads a text and puts it behind what is in `out`.
///
/// # Errors
/// It holds the sign for its end, or is filled up with more or other bits than it may be.
pub(super) fn decode(text: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    out.reserve(text.len() * 2);
    let (mut bits, mut have) = (0_u64, 0_u32);
    for byte in text {
        bits = bits << 8 | u64::from(*byte);
        have += 8;
        while have >= LONGEST {
            let (symbol, length) = next(bits, have)?;
            out.push(symbol);
            have -= length;
        }
    }
    while let Some((symbol, length)) = next(bits, have).ok().filter(|(_, length)| *length <= have) {
        out.push(symbol);
        have -= length;
    }
    // What is left over is the beginning of the sign for the end, all ones, and less than a byte of it.
    let rest = (1_u64 << have) - 1;
    if have < 8 && bits & rest == rest { Ok(()) } else { Err(Malformed) }
}

/// The symbol that the first of `have` bits say, and how many of them do; bits that are missing are taken for ones.
fn next(bits: u64, have: u32) -> Result<(u8, u32), Malformed> {
    let ones = (1_u64 << LONGEST) - 1;
    let window = match have.checked_sub(LONGEST) {
        Some(more) => bits >> more & ones,
        None => (bits << (LONGEST - have) | ones >> have) & ones,
    };
    let row = ROWS.iter().find(|row| window < u64::from(row.end)).ok_or(Malformed)?;
    let code = window >> (LONGEST - row.length);
    let place = u64::from(row.offset) + code - u64::from(row.first);
    let symbol = usize::try_from(place).ok().and_then(|place| SYMBOLS.get(place)).ok_or(Malformed)?;
    Ok((u8::try_from(*symbol).map_err(|_| Malformed)?, row.length))
}

/// The codes of one length.
#[derive(Clone, Copy)]
struct Row {
    length: u32,
    /// The first of them.
    first: u32,
    /// What is above all of them, as a code of [`LONGEST`] bits.
    end: u32,
    /// Where their symbols begin.
    offset: u16,
}

/// All symbols, those with short codes first.
static SYMBOLS: [u16; 257] = symbols();
static ROWS: [Row; ROW_COUNT] = rows();

const fn symbols() -> [u16; 257] {
    let mut symbols = [0; 257];
    let (mut place, mut length) = (0, 1);
    while length <= LONGEST {
        let mut symbol = 0;
        while symbol < LENGTHS.len() {
            if LENGTHS[symbol] as u32 == length {
                symbols[place] = symbol as u16;
                place += 1;
            }
            symbol += 1;
        }
        length += 1;
    }
    symbols
}

const fn rows() -> [Row; ROW_COUNT] {
    let mut rows = [Row { length: 0, first: 0, end: 0, offset: 0 }; ROW_COUNT];
    let (mut row, mut length, mut code, mut offset) = (0, 1, 0, 0);
    while length <= LONGEST {
        let (mut symbol, mut count) = (0, 0);
        while symbol < LENGTHS.len() {
            count += (LENGTHS[symbol] as u32 == length) as u32;
            symbol += 1;
        }
        if count > 0 {
            rows[row] = Row { length, first: code, end: (code + count) << (LONGEST - length), offset };
            row += 1;
        }
        offset += count as u16;
        code = (code + count) << 1;
        length += 1;
    }
    rows
}

/// Lengths that some code has.
const ROW_COUNT: usize = 21;
const LONGEST: u32 = 30;
/// How long the code of each byte is, and that of the sign for the end.
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6,
    6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7,
    8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7,
    15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24,
    23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23,
    23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26,
    26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20,
    21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27,
    27, 27, 26, 30,
];
