//! What people write: every source of configuration, decoded into plain data with its place of origin.
//!
//! A document of any form (YAML, TOML, JSON, flags, environment) becomes a [`tree::Tree`]; one deserializer turns a
//! tree into [`static_config::StaticConfig`] or [`dynamic_config::DynamicConfig`]. What is wrong is collected as
//! [`problem::Problem`]s, each with the object at fault and the place, and never stops the rest.
//!
//! Owns the written form only: no compiled type, no I/O, no clock. Files are read by callers.

pub mod duration;
pub mod dynamic_config;
pub mod harmless;
pub mod name;
pub mod origin;
pub mod problem;
pub mod redact;
pub mod refuse;
pub mod shape;
pub mod source;
pub mod static_config;
pub mod tree;
pub mod update;

pub use duration::GoDuration;
pub use dynamic_config::DynamicConfig;
pub use harmless::harmless;
pub use name::QualifiedName;
pub use origin::{Located, Mark, Origin, Source, Written};
pub use problem::{ObjectRef, Problem, Section, Severity};
pub use shape::Shape;
pub use static_config::StaticConfig;
pub use tree::{Tree, decode};
pub use update::Update;

/// Whether a value is what an absent field means; such fields are not serialized.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
