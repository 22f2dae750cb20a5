//! `windrose mesh …`: the parts of the mesh, each a gateway with an install configuration of its own.
//!
//! Owns the words that the mesh's operators write, and which options they stand for. A word that is an option of the
//! install configuration (it holds a dot) goes there as it is, after ours, so that it counts.

mod controller;
mod node;
mod once;
#[cfg(test)]
mod tests;
mod words;

use thiserror::Error;

pub(crate) use once::run;
use words::Words;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mesh {
    /// Watch a cluster and tell nodes what to route.
    Controller(Vec<String>),
    /// Route what the controller tells.
    Node(Vec<String>),
    /// Make the DNS of a cluster know the names of the mesh.
    Prepare(Vec<String>),
    /// Take the mesh out of a cluster.
    Cleanup(Vec<String>),
    /// Answer for the names of the mesh.
    Dns(Vec<String>),
}

/// Why the words make no configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum WordError {
    /// Nobody knows this one.
    #[error("the mesh has no option {0}")]
    Unknown(String),
    /// It has no value.
    #[error("{0} needs a value")]
    NoValue(String),
    /// It takes something else.
    #[error("{0} takes {1}, not {2:?}")]
    Value(String, &'static str, String),
    /// Variables of two names.
    #[error(
        "environment variable prefixed by \"MAESH_\" cannot be mixed with variable prefixed by \"TRAEFIK_MESH_\""
    )]
    Mixed,
}

impl Mesh {
    /// The part that a word names.
    pub(crate) fn of(word: &str, rest: Vec<String>) -> Option<Self> {
        match word {
            "controller" => Some(Self::Controller(rest)),
            "node" => Some(Self::Node(rest)),
            "prepare" => Some(Self::Prepare(rest)),
            "cleanup" => Some(Self::Cleanup(rest)),
            "dns" => Some(Self::Dns(rest)),
            _ => None,
        }
    }

    /// The install configuration, as flags; nothing for what is no gateway.
    pub(crate) fn flags(&self, variables: &[(String, String)]) -> Result<Option<Vec<String>>, WordError> {
        let flags = match self {
            Self::Controller(words) => controller::flags(&Words::read(words, variables, controller::KNOWN)?)?,
            Self::Node(words) => node::flags(&Words::read(words, variables, node::KNOWN)?)?,
            Self::Prepare(_) | Self::Cleanup(_) | Self::Dns(_) => return Ok(None),
        };
        Ok(Some(flags))
    }
}
