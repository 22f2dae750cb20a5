//! Writes many certificates with keys of their own, for measurements: `certificates FOLDER COUNT`.
//!
//! `FOLDER/ca.pem` is the authority, and `FOLDER/N.crt` and `FOLDER/N.key` are for `hN.bench.test`, with seven digits.

#![allow(clippy::unwrap_used, reason = "a tool for measurements")]

use std::env::args;
use std::fs::{create_dir_all, write};
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};

fn main() {
    let [_, folder, count] = args().collect::<Vec<_>>().try_into().unwrap();
    let (folder, count) = (PathBuf::from(folder), count.parse::<usize>().unwrap());
    create_dir_all(&folder).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "bench authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    write(folder.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(params, key);
    for number in 0..count {
        let name = format!("h{number:07}.bench.test");
        let mut params = CertificateParams::new(vec![name.clone()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        write(folder.join(format!("{number}.crt")), certificate.pem()).unwrap();
        write(folder.join(format!("{number}.key")), key.serialize_pem()).unwrap();
    }
}
