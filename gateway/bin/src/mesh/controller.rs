//! The controller as an install configuration.

use super::WordError;
use super::words::{Known, Words};

/// The flags of the install configuration.
pub(super) fn flags(words: &Words) -> Result<Vec<String>, WordError> {
    let host = words.get("apiHost").unwrap_or_default();
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let mut flags = vec![
        format!("--entryPoints.mesh.address={host}:{}", words.number("apiPort", API_PORT)?),
        "--providers.meshController=true".to_owned(),
    ];
    for (name, option) in PASSED {
        if let Some(value) = words.get(name) {
            flags.push(format!("--providers.meshController.{option}={value}"));
        }
    }
    // An older name of the same.
    if words.is_on("acl")? || words.is_on("smi")? {
        flags.push("--providers.meshController.acl=true".to_owned());
    }
    flags.extend(log(words)?);
    flags.extend(words.further.iter().cloned());
    Ok(flags)
}

/// What is logged, and how.
pub(super) fn log(words: &Words) -> Result<Vec<String>, WordError> {
    let level = match words.get("logLevel").unwrap_or("error") {
        _ if words.is_on("debug")? => "DEBUG".to_owned(),
        level if level.eq_ignore_ascii_case("warning") => "WARN".to_owned(),
        level => level.to_ascii_uppercase(),
    };
    let format = match words.get("logFormat").unwrap_or("common") {
        format @ ("common" | "json") => format,
        other => {
            return Err(WordError::Value("--logFormat".to_owned(), "common or json", other.to_owned()));
        }
    };
    Ok(vec![format!("--log.level={level}"), format!("--log.format={format}")])
}

/// Options that are the provider's.
const PASSED: &[(&str, &str)] = &[
    ("kubeConfig", "kubeconfig"),
    ("masterURL", "endpoint"),
    ("defaultMode", "defaultMode"),
    ("namespace", "namespace"),
    ("clusterDomain", "clusterDomain"),
    ("watchNamespaces", "watchNamespaces"),
    ("ignoreNamespaces", "ignoreNamespaces"),
    ("trafficDistribution", "trafficDistribution"),
    ("allowTargetsWithoutRules", "allowTargetsWithoutRules"),
    ("configureDNS", "configureDNS"),
    ("limitHTTPPort", "limitHTTPPort"),
    ("limitTCPPort", "limitTCPPort"),
    ("limitUDPPort", "limitUDPPort"),
];

/// All options.
pub(super) const KNOWN: &[Known] = &[
    Known { name: "kubeConfig", is_switch: false },
    Known { name: "masterURL", is_switch: false },
    Known { name: "logLevel", is_switch: false },
    Known { name: "logFormat", is_switch: false },
    Known { name: "debug", is_switch: true },
    Known { name: "acl", is_switch: true },
    Known { name: "smi", is_switch: true },
    Known { name: "defaultMode", is_switch: false },
    Known { name: "namespace", is_switch: false },
    Known { name: "clusterDomain", is_switch: false },
    Known { name: "watchNamespaces", is_switch: false },
    Known { name: "ignoreNamespaces", is_switch: false },
    Known { name: "trafficDistribution", is_switch: false },
    Known { name: "allowTargetsWithoutRules", is_switch: true },
    Known { name: "configureDNS", is_switch: true },
    Known { name: "apiPort", is_switch: false },
    Known { name: "apiHost", is_switch: false },
    Known { name: "limitHTTPPort", is_switch: false },
    Known { name: "limitTCPPort", is_switch: false },
    Known { name: "limitUDPPort", is_switch: false },
];

/// Where nodes ask, unless another port is written.
const API_PORT: u16 = 9000;
