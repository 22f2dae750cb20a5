//! The little of DER that keys need.

/// The content of the next element if its tag is `tag`, and what comes behind it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    if *found != tag {
        return None;
    }
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long => {
            let (digits, rest) =
                rest.split_at_checked(usize::from(long & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
    };
    rest.split_at_checked(length)
}

/// The key inside a PKCS#8 structure; of an RSA key that is its PKCS#1 form.
pub(super) fn pkcs8_key(pkcs8: &[u8]) -> Option<&[u8]> {
    let (inside, _) = element(pkcs8, SEQUENCE)?;
    let (_version, rest) = element(inside, INTEGER)?;
    let (_algorithm, rest) = element(rest, SEQUENCE)?;
    element(rest, OCTET_STRING).map(|(key, _)| key)
}

/// Modulus and exponent of an RSA public key, without the zero in front that keeps numbers positive.
pub(super) fn public_key(pkcs1: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inside, _) = element(pkcs1, SEQUENCE)?;
    let (modulus, rest) = element(inside, INTEGER)?;
    let (exponent, _) = element(rest, INTEGER)?;
    let bare = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    Some((modulus.get(bare(modulus)..)?, exponent.get(bare(exponent)..)?))
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
