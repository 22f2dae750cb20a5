//! Names of protocol versions, and the range they leave.

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

use super::{OptionsError, Warning};

/// The protocol versions in use; never neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versions {
    Only12,
    Only13,
    Both,
}

impl Versions {
    pub(crate) fn list(self) -> &'static [&'static SupportedProtocolVersion] {
        const ALL: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
        match self {
            Self::Only12 => ALL.split_at(1).1,
            Self::Only13 => ALL.split_at(1).0,
            Self::Both => ALL,
        }
    }

    pub(crate) fn has_12(self) -> bool {
        self != Self::Only13
    }

    pub(crate) fn has_13(self) -> bool {
        self != Self::Only12
    }
}

/// What is written as smallest and largest version; an empty text counts as not written.
pub(crate) fn versions(min: &str, max: &str, warnings: &mut Vec<Warning>) -> Result<Versions, OptionsError> {
    let (low, high) = (number("minVersion", min)?, number("maxVersion", max)?);
    if let Some(low) = low
        && low < OLDEST
    {
        warnings.push(Warning::Unavailable { field: "minVersion", name: min.to_owned() });
    }
    let (low, high) = (low.unwrap_or(OLDEST).max(OLDEST), high.unwrap_or(NEWEST));
    match (low, high) {
        (12, 12) => Ok(Versions::Only12),
        (13, 13) => Ok(Versions::Only13),
        (12, 13) => Ok(Versions::Both),
        _ => Err(OptionsError::NothingLeft { field: "maxVersion" }),
    }
}

fn number(field: &'static str, name: &str) -> Result<Option<u8>, OptionsError> {
    Ok(match name {
        "" => None,
        "VersionTLS10" => Some(10),
        "VersionTLS11" => Some(11),
        "VersionTLS12" => Some(OLDEST),
        "VersionTLS13" => Some(NEWEST),
        // Traefik passes over it; whoever meant to forbid TLS 1.2 would not notice.
        _ => return Err(OptionsError::UnknownName { field, name: name.to_owned() }),
    })
}

/// What to write in place of an unknown name, where that is short.
pub(super) fn hint(field: &str) -> &'static str {
    if field.ends_with("Version") { ", write VersionTLS12 or VersionTLS13" } else { "" }
}

const OLDEST: u8 = 12;
const NEWEST: u8 = 13;
