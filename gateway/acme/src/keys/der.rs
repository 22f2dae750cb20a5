//! The little of DER that keys need.

use windrose_tls::der::{Der, INTEGER, OCTET_STRING, SEQUENCE};

/// The key inside a PKCS#8 structure; of an RSA key that is its PKCS#1 form.
pub(super) fn pkcs8_key(pkcs8: &[u8]) -> Option<&[u8]> {
    let mut inside = Der::new(pkcs8).enter(SEQUENCE)?;
    let _version = inside.take(INTEGER)?;
    let _algorithm = inside.take(SEQUENCE)?;
    inside.take(OCTET_STRING)
}

/// Modulus and exponent of an RSA public key, without the zero in front that keeps numbers positive.
pub(super) fn public_key(pkcs1: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut inside = Der::new(pkcs1).enter(SEQUENCE)?;
    let (modulus, exponent) = (inside.take(INTEGER)?, inside.take(INTEGER)?);
    let bare = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    Some((modulus.get(bare(modulus)..)?, exponent.get(bare(exponent)..)?))
}
