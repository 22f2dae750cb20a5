//! What can be written under `apiKey`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::redact::Secret;

use crate::credential::SourceOptions;
use crate::is_default;

/// The options of `apiKey`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Where a client shows its key; required.
    #[serde(skip_serializing_if = "is_default")]
    pub key_source: SourceOptions,
    /// Whether keys are sent as they are, not in base64; unset is either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_non_base64_encoded: Option<bool>,
    /// Hashes of keys that have no name.
    #[serde(skip_serializing_if = "is_default")]
    pub secret_values: Vec<Located<Secret>>,
    /// Keys as `name:hash`.
    #[serde(skip_serializing_if = "is_default")]
    pub keys: Vec<Located<Secret>>,
    /// A file with a key on each line.
    #[serde(skip_serializing_if = "is_default")]
    pub keys_file: Located<Arc<str>>,
    /// The field of the request that takes the name of the key.
    #[serde(skip_serializing_if = "is_default")]
    pub header_field: Located<Box<str>>,
    /// Whether the server sees the key.
    #[serde(skip_serializing_if = "is_default")]
    pub forward_key: bool,
}
