//! Which versions of the SMI groups a cluster serves, and which of them we read.
//!
//! Traefik Mesh looks at the version that a group prefers and refuses all but one. Here any version that is served and
//! that we can read will do: what a group prefers is a matter of other clients.

#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;
use thiserror::Error;

use super::object::{items, text};

/// Whether access is granted by `TrafficTarget`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody may; the group `access.smi-spec.io` is not needed.
    Open,
    /// Nobody may without a `TrafficTarget`.
    Granted,
}

/// The version of a group that is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// The group.
    pub group: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Groups that are missing, or served in no version that we read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unsupported SMI version: {}", joined(.0))]
pub struct Unsupported(pub Vec<Lack>);

/// What is wrong with one group, in the words of Traefik Mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The group.
    pub group: &'static str,
    /// The version that Traefik Mesh asks for.
    pub version: &'static str,
    /// What the group prefers instead; nothing when there is no such group.
    pub got: Option<String>,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unable to find group {:?} version {:?}", self.group, self.version)?;
        match &self.got {
            Some(got) => write!(f, ", got {got:?}"),
            None => Ok(()),
        }
    }
}

/// The versions to read, from the list of groups of an API server (`APIGroupList`): that of Traefik Mesh where it is
/// served, else the newest that is.
///
/// # Errors
///
/// All groups that are needed and cannot be read.
pub fn check(groups: &Value, access: Access) -> Result<Vec<Served>, Unsupported> {
    let mut found = Vec::new();
    let mut lacking = Vec::new();
    for group in &GROUPS {
        if group.name == ACCESS && access == Access::Open {
            continue;
        }
        match group.served(groups) {
            Ok(version) => found.push(Served { group: group.name, version }),
            Err(lack) => lacking.push(lack),
        }
    }
    if lacking.is_empty() { Ok(found) } else { Err(Unsupported(lacking)) }
}

struct Group {
    name: &'static str,
    /// What we read: that of Traefik Mesh first, then from the newest down.
    versions: [&'static str; 4],
}

impl Group {
    fn served(&self, groups: &Value) -> Result<&'static str, Lack> {
        let [wanted, ..] = self.versions;
        let lack = |got| Lack { group: self.name, version: wanted, got };
        let listed = items(groups, "/groups").iter().find(|group| text(group, "/name") == self.name);
        let listed = listed.ok_or_else(|| lack(None))?;
        let is_served =
            |version: &&str| items(listed, "/versions").iter().any(|one| text(one, "/version") == *version);
        let found = self.versions.iter().find(|version| is_served(version)).copied();
        found.ok_or_else(|| lack(Some(text(listed, "/preferredVersion/version").to_owned())))
    }
}

fn joined(lacks: &[Lack]) -> String {
    lacks.iter().map(Lack::to_string).collect::<Vec<_>>().join("; ")
}

const ACCESS: &str = "access.smi-spec.io";
const GROUPS: [Group; 3] = [
    Group { name: "split.smi-spec.io", versions: ["v1alpha3", "v1alpha4", "v1alpha2", "v1alpha1"] },
    Group { name: "specs.smi-spec.io", versions: ["v1alpha3", "v1alpha4", "v1alpha2", "v1alpha1"] },
    // v1alpha4 is a draft that no cluster serves.
    Group { name: ACCESS, versions: ["v1alpha2", "v1alpha3", "v1alpha1", "v1alpha1"] },
];
