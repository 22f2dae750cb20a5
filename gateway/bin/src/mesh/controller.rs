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
    flags.extend(words.passed("meshController", KNOWN));
    if words.is_on("trafficMetrics")? {
        let port = words.number("metricsPort", METRICS_PORT)?;
        flags.push(format!("--entryPoints.metricsAPI.address={host}:{port}"));
    }
    // An older name of the same.
    if words.is_on("acl")? || words.is_on("smi")? {
        flags.push("--providers.meshController.acl=true".to_owned());
    }
    flags.extend(words.log()?);
    flags.extend(words.further.iter().cloned());
    Ok(flags)
}

/// All options.
pub(super) const KNOWN: &[Known] = &[
    Known::value("kubeConfig").passed("kubeconfig"),
    Known::value("masterURL").passed("endpoint"),
    Known::value("defaultMode").passed("defaultMode"),
    Known::value("namespace").passed("namespace"),
    Known::value("clusterDomain").passed("clusterDomain"),
    Known::value("watchNamespaces").passed("watchNamespaces"),
    Known::value("ignoreNamespaces").passed("ignoreNamespaces"),
    Known::value("trafficDistribution").passed("trafficDistribution"),
    Known::switch("allowTargetsWithoutRules").passed("allowTargetsWithoutRules"),
    Known::switch("enforceTCPSources").passed("enforceTCPSources"),
    Known::switch("enforceUDPSources").passed("enforceUDPSources"),
    Known::switch("windroseZone").passed("windroseZone"),
    Known::switch("configureDNS").passed("configureDNS"),
    Known::switch("trafficMetrics").passed("trafficMetrics"),
    Known::switch("readSecrets").passed("readSecrets"),
    Known::switch("allowCrossNamespace").passed("allowCrossNamespace"),
    Known::value("metricsPort"),
    Known::value("limitHTTPPort").passed("limitHTTPPort"),
    Known::value("limitTCPPort").passed("limitTCPPort"),
    Known::value("limitUDPPort").passed("limitUDPPort"),
    Known::switch("acl"),
    Known::switch("smi"),
    Known::value("apiPort"),
    Known::value("apiHost"),
    Known::value("logLevel"),
    Known::value("logFormat"),
    Known::switch("debug"),
];

/// Where nodes ask, unless another port is written.
const API_PORT: u16 = 9000;
/// Where the API server asks for figures, unless another port is written.
const METRICS_PORT: u16 = 9443;
