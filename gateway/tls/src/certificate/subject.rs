//! Whom a certificate was issued to, as one line of text.

use std::fmt::Write;

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

/// Whom a certificate was issued to: `CN=client,O=Acme,C=DE`, most special part first, as Go writes it. `None` when it
/// cannot be read.
#[must_use]
pub fn subject(der: &[u8]) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    Some(text(parsed.subject()))
}

fn text(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (key, oid, takes) in NAMED {
        let of_kind = name.iter_attributes().filter(|attribute| attribute.attr_type().to_id_string() == *oid);
        let values: Vec<String> = of_kind
            .map(|attribute| format!("{key}={}", escaped(attribute.as_str().unwrap_or_default())))
            .collect();
        let shown = match takes {
            Takes::All => values.as_slice(),
            Takes::Last => values.get(values.len().saturating_sub(1)..).unwrap_or_default(),
        };
        if !shown.is_empty() {
            parts.push(shown.join("+"));
        }
    }
    let is_named = |oid: &str| NAMED.iter().any(|(_, known, _)| *known == oid);
    let attributes: Vec<_> = name.iter_attributes().collect();
    for attribute in attributes.iter().rev() {
        let oid = attribute.attr_type().to_id_string();
        if !is_named(&oid) {
            let value = escaped(attribute.as_str().unwrap_or_default());
            parts.push(format!("{oid}={value}"));
        }
    }
    parts.join(",")
}

/// RFC 2253 §2.4; controls are escaped as well, so that the text stays one line.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, c) in value.chars().enumerate() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => text.extend(['\\', c]),
            '#' if at == 0 => text.push_str("\\#"),
            ' ' if at == 0 || at == last => text.push_str("\\ "),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\{:02X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text
}

/// Which of several values of one kind are shown.
enum Takes {
    All,
    Last,
}

const NAMED: &[(&str, &str, Takes)] = &[
    ("SERIALNUMBER", "2.5.4.5", Takes::Last),
    ("CN", "2.5.4.3", Takes::Last),
    ("POSTALCODE", "2.5.4.17", Takes::All),
    ("STREET", "2.5.4.9", Takes::All),
    ("ST", "2.5.4.8", Takes::All),
    ("L", "2.5.4.7", Takes::All),
    ("OU", "2.5.4.11", Takes::All),
    ("O", "2.5.4.10", Takes::All),
    ("C", "2.5.4.6", Takes::All),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_written_as_go_writes_it() {
        let mut params = rcgen::CertificateParams::new(vec![]).unwrap();
        let name = &mut params.distinguished_name;
        name.push(rcgen::DnType::CountryName, "DE");
        name.push(rcgen::DnType::OrganizationName, "Acme, Inc");
        name.push(rcgen::DnType::CommonName, " client");
        let key = rcgen::KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap();
        assert_eq!(subject(der.der()).unwrap(), "CN=\\ client,O=Acme\\, Inc,C=DE");
        assert_eq!(subject(b"nothing"), None);
    }
}
