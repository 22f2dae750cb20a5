//! How long a request may take: written the same for a middleware and for a service.

use serde::{Deserialize, Serialize};

use crate::duration::GoDuration;
use crate::is_default;
use crate::origin::Located;

/// How long a request may take. What is not written, or 0, has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Timeouts {
    /// How long making a connection to a server may take.
    #[serde(skip_serializing_if = "is_default")]
    pub connect: Located<GoDuration>,
    /// How long the server may take to begin its answer, from when it has the whole request.
    #[serde(skip_serializing_if = "is_default")]
    pub first_byte: Located<GoDuration>,
    /// How long nothing may move, neither of the request nor of the answer.
    #[serde(skip_serializing_if = "is_default")]
    pub idle: Located<GoDuration>,
    /// How long all of it may take, every try included. What moves is not cut.
    #[serde(skip_serializing_if = "is_default")]
    pub total: Located<GoDuration>,
}
