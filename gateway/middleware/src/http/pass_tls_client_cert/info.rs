//! What is told of one certificate.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::Info;
use super::name::told;

impl Info {
    /// What was chosen of a certificate; nothing when it cannot be read, and then no handshake came so far.
    pub(super) fn of(&self, der: &[u8]) -> String {
        X509Certificate::from_der(der).map(|(_, certificate)| self.tell(&certificate)).unwrap_or_default()
    }

    fn tell(&self, certificate: &X509Certificate<'_>) -> String {
        let mut parts = Vec::new();
        let mut put = |name: &str, value: String| parts.push(format!("{name}=\"{value}\""));
        let names = [
            ("Subject", self.subject.map(|wanted| told(certificate.subject(), &wanted.into()))),
            ("Issuer", self.issuer.map(|wanted| told(certificate.issuer(), &wanted.into()))),
        ];
        for (name, value) in names {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                put(name, value);
            }
        }
        if self.serial_number {
            put("SerialNumber", certificate.tbs_certificate.serial.to_string());
        }
        let times = certificate.validity();
        for (is_wanted, name, time) in
            [(self.not_before, "NB", &times.not_before), (self.not_after, "NA", &times.not_after)]
        {
            if is_wanted {
                put(name, time.timestamp().cast_unsigned().to_string());
            }
        }
        if self.sans {
            let names = other_names(certificate);
            if !names.is_empty() {
                put("SAN", names.join(","));
            }
        }
        parts.join(";")
    }
}

/// Names of hosts, then mail addresses, addresses and URIs.
fn other_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let mut names: [Vec<String>; 4] = Default::default();
    let [hosts, mails, addresses, uris] = &mut names;
    for name in &extension.value.general_names {
        match name {
            GeneralName::DNSName(name) => hosts.push((*name).to_owned()),
            GeneralName::RFC822Name(name) => mails.push((*name).to_owned()),
            GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
            GeneralName::URI(name) => uris.push((*name).to_owned()),
            _ => {}
        }
    }
    names.concat()
}

fn address(bytes: &[u8]) -> Option<String> {
    let address: IpAddr = match bytes.len() {
        4 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into(),
        _ => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into(),
    };
    Some(address.to_canonical().to_string())
}

/// Escaped as in a query, where a plus is a blank.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => {
                // Writing into a text cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
