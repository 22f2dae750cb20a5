//! Random text. A template that calls these renders differently at every reload of its file.

use aws_lc_rs::rand;
use data_encoding::HEXLOWER;
use gtmpl_ng::{Func, FuncError, Value};

use super::args::{Args, Outcome};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("randAlpha", rand_alpha),
    ("randAlphaNum", rand_alpha_num),
    ("randAscii", rand_ascii),
    ("randNumeric", rand_numeric),
    ("uuidv4", uuidv4),
];

fn rand_alpha(values: &[Value]) -> Outcome {
    pick("randAlpha", values, |byte| byte.is_ascii_alphabetic())
}

fn rand_alpha_num(values: &[Value]) -> Outcome {
    pick("randAlphaNum", values, |byte| byte.is_ascii_alphanumeric())
}

fn rand_ascii(values: &[Value]) -> Outcome {
    pick("randAscii", values, |byte| matches!(byte, b' '..=b'~'))
}

fn rand_numeric(values: &[Value]) -> Outcome {
    pick("randNumeric", values, |byte| byte.is_ascii_digit())
}

/// Draws bytes and keeps those of the class, so that every character is equally likely.
fn pick(name: &'static str, values: &[Value], class: fn(&u8) -> bool) -> Outcome {
    let args = Args::new(name, values, 1..=1)?;
    let count = usize::try_from(args.int(0)?).map_err(|_| args.fail("the count must not be negative"))?;
    args.produce(count)?;
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let drawn: [u8; 64] = bytes(args)?;
        let wanted = count - text.len();
        text.extend(drawn.iter().filter(|byte| class(byte)).take(wanted).map(|byte| char::from(*byte)));
    }
    Ok(text.into())
}

fn uuidv4(values: &[Value]) -> Outcome {
    let args = Args::new("uuidv4", values, 0..=0)?;
    let mut drawn: [u8; 16] = bytes(args)?;
    // RFC 9562 §5.4: version 4, variant 10.
    drawn[6] = (drawn[6] & 0x0f) | 0x40;
    drawn[8] = (drawn[8] & 0x3f) | 0x80;
    let groups = [&drawn[..4], &drawn[4..6], &drawn[6..8], &drawn[8..10], &drawn[10..]];
    Ok(groups.map(|group| HEXLOWER.encode(group)).join("-").into())
}

fn bytes<const N: usize>(args: Args<'_>) -> Result<[u8; N], FuncError> {
    let mut drawn = [0; N];
    rand::fill(&mut drawn).map_err(|_| args.fail("the system gave no random bytes"))?;
    Ok(drawn)
}
