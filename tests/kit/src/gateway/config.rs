//! From a test's YAML to configurations.

use windrose_config::source::yaml;
use windrose_config::{DynamicConfig, Source, StaticConfig, refuse};

use super::refused;

/// Reads an install configuration.
pub(super) fn read_static(text: &str) -> StaticConfig {
    let source = Source::file("windrose.yml");
    let document = yaml::parse(text, &source).unwrap_or_else(|problem| refused("YAML", &[problem]));
    let loaded = StaticConfig::load(document, &source, refuse::STATIC);
    loaded.unwrap_or_else(|problems| refused("install configuration", &problems)).config
}

/// Reads a routing configuration; what is wrong with its objects is in its problems.
pub(super) fn read_dynamic(text: &str) -> DynamicConfig {
    let source = Source::file("dynamic.yml");
    let document = yaml::parse(text, &source).unwrap_or_else(|problem| refused("YAML", &[problem]));
    DynamicConfig::decode(document, &source, refuse::DYNAMIC)
}
