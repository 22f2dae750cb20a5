//! The program's own log and the log of requests.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Otlp;
use crate::duration::GoDuration;
use crate::is_default;
use crate::origin::Located;

/// The program's own log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Log {
    /// `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR`, `FATAL` or `PANIC`, in any case; other words are `ERROR`.
    pub level: Located<Arc<str>>,
    /// `common` or `json`.
    pub format: Located<Arc<str>>,
    /// Print without colours.
    #[serde(skip_serializing_if = "is_default")]
    pub no_color: bool,
    /// The file; empty means standard output.
    #[serde(skip_serializing_if = "is_default")]
    pub file_path: Arc<str>,
    /// Megabytes after which the file is rotated; 0 means 100.
    #[serde(skip_serializing_if = "is_default")]
    pub max_size: u32,
    /// Days that rotated files are kept; 0 means for ever.
    #[serde(skip_serializing_if = "is_default")]
    pub max_age: u32,
    /// Rotated files kept; 0 means all.
    #[serde(skip_serializing_if = "is_default")]
    pub max_backups: u32,
    /// Compress rotated files.
    #[serde(skip_serializing_if = "is_default")]
    pub compress: bool,
    /// Send the log over OTLP; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp: Option<Box<Otlp>>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: Located::from(Arc::from("ERROR")),
            format: Located::from(Arc::from("common")),
            no_color: false,
            file_path: Arc::default(),
            max_size: 0,
            max_age: 0,
            max_backups: 0,
            compress: false,
            otlp: None,
        }
    }
}

/// The log of requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessLog {
    /// The file; empty means standard output.
    #[serde(skip_serializing_if = "is_default")]
    pub file_path: Arc<str>,
    /// `common`, `genericCLF` or `json`.
    pub format: Located<Arc<str>>,
    /// Which requests are kept.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub filters: Option<AccessLogFilters>,
    /// What is kept of each.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub fields: Option<AccessLogFields>,
    /// Lines that may wait to be written; 0 means none.
    #[serde(skip_serializing_if = "is_default")]
    pub buffering_size: u64,
    /// Log requests to internal services too.
    #[serde(skip_serializing_if = "is_default")]
    pub add_internals: bool,
    /// Keep writing the file when the log is sent over OTLP.
    #[serde(skip_serializing_if = "is_default")]
    pub dual_output: bool,
    /// Send the log over OTLP; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp: Option<Box<Otlp>>,
}

impl Default for AccessLog {
    fn default() -> Self {
        Self {
            file_path: Arc::default(),
            format: Located::from(Arc::from("common")),
            filters: None,
            fields: None,
            buffering_size: 0,
            add_internals: false,
            dual_output: false,
            otlp: None,
        }
    }
}

/// Which requests are kept: those that meet one of the conditions written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessLogFilters {
    /// Codes or ranges of codes.
    #[serde(skip_serializing_if = "is_default")]
    pub status_codes: Box<[Located<Arc<str>>]>,
    /// Requests that were tried again.
    #[serde(skip_serializing_if = "is_default")]
    pub retry_attempts: bool,
    /// Requests that took longer.
    #[serde(skip_serializing_if = "is_default")]
    pub min_duration: GoDuration,
    /// Requests of which this holds.
    #[serde(skip_serializing_if = "is_default")]
    pub expression: Arc<str>,
}

/// What is kept of each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessLogFields {
    /// `keep` or `drop` fields not named.
    pub default_mode: Located<Arc<str>>,
    /// The mode of each field named.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub names: IndexMap<Arc<str>, Located<Arc<str>>>,
    /// What is kept of headers.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub headers: Option<FieldHeaders>,
    /// What is kept of queries.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub query_parameters: Option<FieldQueryParameters>,
}

impl Default for AccessLogFields {
    fn default() -> Self {
        Self {
            default_mode: Located::from(Arc::from("keep")),
            names: IndexMap::new(),
            headers: None,
            query_parameters: None,
        }
    }
}

/// What is kept of headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldHeaders {
    /// `keep`, `drop` or `redact` headers not named.
    pub default_mode: Located<Arc<str>>,
    /// The mode of each header named.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub names: IndexMap<Arc<str>, Located<Arc<str>>>,
}

impl Default for FieldHeaders {
    fn default() -> Self {
        Self { default_mode: Located::from(Arc::from("drop")), names: IndexMap::new() }
    }
}

/// What is kept of queries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldQueryParameters {
    /// `keep` or `drop`.
    pub default_mode: Located<Arc<str>>,
}

impl Default for FieldQueryParameters {
    fn default() -> Self {
        Self { default_mode: Located::from(Arc::from("keep")) }
    }
}
