//! Base 64, base 32 and digests.

use aws_lc_rs::digest::{self, Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};
use data_encoding::{BASE32, BASE64, Encoding, HEXLOWER};
use gtmpl_ng::{Func, Value};

use super::args::{Args, Outcome};

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("adler32sum", adler32sum),
    ("b32dec", b32dec),
    ("b32enc", b32enc),
    ("b64dec", b64dec),
    ("b64enc", b64enc),
    ("sha1sum", sha1sum),
    ("sha256sum", sha256sum),
    ("sha512sum", sha512sum),
];

fn b64enc(values: &[Value]) -> Outcome {
    encode("b64enc", values, &BASE64)
}

fn b64dec(values: &[Value]) -> Outcome {
    decode("b64dec", values, &BASE64)
}

fn b32enc(values: &[Value]) -> Outcome {
    encode("b32enc", values, &BASE32)
}

fn b32dec(values: &[Value]) -> Outcome {
    decode("b32dec", values, &BASE32)
}

fn encode(name: &'static str, values: &[Value], encoding: &Encoding) -> Outcome {
    let args = Args::new(name, values, 1..=1)?;
    Ok(encoding.encode(args.text(0)?.as_bytes()).into())
}

/// Unlike in Go, bad input is a failure and not an error message in the configuration.
fn decode(name: &'static str, values: &[Value], encoding: &Encoding) -> Outcome {
    let args = Args::new(name, values, 1..=1)?;
    let text = args.text(0)?.replace(['\r', '\n'], "");
    let bytes = encoding.decode(text.as_bytes()).map_err(|error| args.fail(error))?;
    let text = String::from_utf8(bytes).map_err(|_| args.fail("the decoded bytes are not UTF-8"))?;
    Ok(text.into())
}

fn sha1sum(values: &[Value]) -> Outcome {
    sum("sha1sum", values, &SHA1_FOR_LEGACY_USE_ONLY)
}

fn sha256sum(values: &[Value]) -> Outcome {
    sum("sha256sum", values, &SHA256)
}

fn sha512sum(values: &[Value]) -> Outcome {
    sum("sha512sum", values, &SHA512)
}

fn sum(name: &'static str, values: &[Value], algorithm: &'static Algorithm) -> Outcome {
    let args = Args::new(name, values, 1..=1)?;
    Ok(HEXLOWER.encode(digest::digest(algorithm, args.text(0)?.as_bytes()).as_ref()).into())
}

fn adler32sum(values: &[Value]) -> Outcome {
    let args = Args::new("adler32sum", values, 1..=1)?;
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in args.text(0)?.bytes() {
        low = (low + u32::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    Ok(((high << 16) | low).to_string().into())
}
