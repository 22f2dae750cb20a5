//! Which CoreDNS runs, from the name of its image.

use std::fmt;

use super::problem::Problem;

/// A release of CoreDNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Major and minor number.
    Known(u32, u32),
    /// The image does not say; taken for the newest. An old one would get along without what a new one refuses.
    Unknown,
}

impl Version {
    /// The release that the name of an image says. What follows the numbers is a build of it: `1.8.4-eksbuild.1`. A
    /// digest, and a tag that is no release, say nothing.
    ///
    /// # Errors
    ///
    /// It is older than any that can be configured.
    pub fn of_image(image: &str) -> Result<Self, Problem> {
        let named = image.split('@').next().unwrap_or_default();
        // A port of a registry is before the last slash.
        let last = named.rsplit('/').next().unwrap_or_default();
        let Some((_, tag)) = last.split_once(':') else { return Ok(Self::Unknown) };
        match numbers(tag) {
            Some(found) if found < OLDEST => Err(Problem::TooOld(tag.to_owned())),
            Some((major, minor)) => Ok(Self::Known(major, minor)),
            None => Ok(Self::Unknown),
        }
    }

    /// Whether the plugin `kubernetes` knows the word `upstream`; from 1.7 on CoreDNS does not start with it.
    #[must_use]
    pub fn has_upstream(self) -> bool {
        matches!(self, Self::Known(major, minor) if (major, minor) < (1, 7))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(major, minor) => write!(f, "{major}.{minor}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

fn numbers(tag: &str) -> Option<(u32, u32)> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let (major, rest) = tag.split_once('.')?;
    let minor: &str = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

const OLDEST: (u32, u32) = (1, 3);
