//! The MD5 scheme of `crypt(3)`, in the variants `$1$` of Unix and `$apr1$` of Apache.

use md5::{Digest, Md5};

/// The whole hash of a password: magic, salt, and what came of a thousand rounds.
pub(super) fn hash(password: &[u8], salt: &[u8], magic: &[u8]) -> Vec<u8> {
    let salt = salt.get(..8).unwrap_or(salt);
    let mixed = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut state = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    let mut left = password.len();
    while left > 0 {
        let part = left.min(mixed.len());
        state.update(mixed.get(..part).unwrap_or_default());
        left -= part;
    }
    let mut length = password.len();
    while length > 0 {
        let first = password.get(..1).unwrap_or_default();
        state.update(if length & 1 == 1 { &b"\0"[..] } else { first });
        length >>= 1;
    }
    let mut sum = state.finalize();
    for round in 0..1000_u32 {
        let mut state = Md5::new();
        let is_odd = round & 1 == 1;
        state.update(if is_odd { password } else { &sum[..] });
        if round % 3 != 0 {
            state.update(salt);
        }
        if round % 7 != 0 {
            state.update(password);
        }
        state.update(if is_odd { &sum[..] } else { password });
        sum = state.finalize();
    }
    let mut whole = [magic, salt, b"$"].concat();
    for [high, middle, low] in ORDER {
        let byte = |place: usize| u32::from(sum.get(place).copied().unwrap_or(0));
        write(&mut whole, (byte(high) << 16) | (byte(middle) << 8) | byte(low), 4);
    }
    write(&mut whole, u32::from(sum.get(11).copied().unwrap_or(0)), 2);
    whole
}

fn write(out: &mut Vec<u8>, mut bits: u32, digits: usize) {
    for _ in 0..digits {
        out.push(DIGITS.get(bits as usize & 63).copied().unwrap_or(b'.'));
        bits >>= 6;
    }
}

/// Which bytes of the sum are written together.
const ORDER: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
