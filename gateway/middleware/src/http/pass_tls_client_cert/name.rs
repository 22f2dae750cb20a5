//! The parts of a distinguished name.

use x509_parser::der_parser::asn1_rs::{Any, Tag};
use x509_parser::der_parser::oid;
use x509_parser::x509::X509Name;

use super::{Issuer, Subject};

/// The parts that are wanted, in the order in which they are told.
pub(super) struct Wanted([(bool, Part); 8]);

/// A part of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    DomainComponent,
    Country,
    Province,
    Locality,
    Organization,
    Unit,
    SerialNumber,
    CommonName,
}

impl From<Subject> for Wanted {
    fn from(subject: Subject) -> Self {
        Self([
            (subject.domain_component, Part::DomainComponent),
            (subject.country, Part::Country),
            (subject.province, Part::Province),
            (subject.locality, Part::Locality),
            (subject.organization, Part::Organization),
            (subject.organizational_unit, Part::Unit),
            (subject.serial_number, Part::SerialNumber),
            (subject.common_name, Part::CommonName),
        ])
    }
}

impl From<Issuer> for Wanted {
    fn from(issuer: Issuer) -> Self {
        Subject {
            country: issuer.country,
            province: issuer.province,
            locality: issuer.locality,
            organization: issuer.organization,
            organizational_unit: false,
            common_name: issuer.common_name,
            serial_number: issuer.serial_number,
            domain_component: issuer.domain_component,
        }
        .into()
    }
}

/// `DC=org,C=FR`: the wanted parts of a name, as far as it has them.
pub(super) fn told(name: &X509Name<'_>, wanted: &Wanted) -> String {
    let attributes: Vec<(Part, String)> = name
        .iter_attributes()
        .filter_map(|attribute| {
            let part = Part::of(attribute.attr_type())?;
            Some((part, text(attribute.attr_value())?))
        })
        .collect();
    let mut told = Vec::new();
    for (_, part) in wanted.0.iter().filter(|(is_wanted, _)| *is_wanted) {
        let mut values = attributes.iter().filter(|(other, _)| other == part).map(|(_, value)| value);
        // Of these a name has one; the last counts.
        let values: Vec<&String> = match part {
            Part::SerialNumber | Part::CommonName => values.next_back().into_iter().collect(),
            _ => values.collect(),
        };
        let is_there = |value: &&&String| !value.is_empty() || *part == Part::DomainComponent;
        told.extend(values.iter().filter(is_there).map(|value| format!("{}={value}", part.name())));
    }
    told.join(",")
}

impl Part {
    fn of(kind: &x509_parser::der_parser::asn1_rs::Oid<'_>) -> Option<Self> {
        let kinds = [
            (oid!(0.9.2342.19200300.100.1.25), Self::DomainComponent),
            (oid!(2.5.4.6), Self::Country),
            (oid!(2.5.4.8), Self::Province),
            (oid!(2.5.4.7), Self::Locality),
            (oid!(2.5.4.10), Self::Organization),
            (oid!(2.5.4.11), Self::Unit),
            (oid!(2.5.4.5), Self::SerialNumber),
            (oid!(2.5.4.3), Self::CommonName),
        ];
        kinds.iter().find(|(known, _)| known == kind).map(|(_, part)| *part)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::DomainComponent => "DC",
            Self::Country => "C",
            Self::Province => "ST",
            Self::Locality => "L",
            Self::Organization => "O",
            Self::Unit => "OU",
            Self::SerialNumber => "SN",
            Self::CommonName => "CN",
        }
    }
}

/// A value of any kind of text.
fn text(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString => {
            std::str::from_utf8(value.data).ok().map(str::to_owned)
        }
        Tag::T61String => Some(value.data.iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString => {
            let units = value.data.chunks_exact(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            });
            Some(char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
        _ => None,
    }
}
