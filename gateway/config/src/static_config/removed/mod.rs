//! Options of older versions: removed ones stop the start, unless nobody misses them; deprecated ones are warned about.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::origin::Source;
use crate::problem::Problem;
use crate::refuse::{Allowed, At, walk};
use crate::tree::{Tree, Value};

/// What of a document is of an older version.
pub(super) fn check(document: &Tree, source: &Arc<Source>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, instead) in REMOVED {
        each(document, path, &mut |at| {
            let problem = Problem::error(format!("{} was removed in version 3, {instead}", at.path));
            problems.push(problem.at(source, at.mark).spanning(at.length));
        });
    }
    for (path, instead) in FORGOTTEN {
        each(document, path, &mut |at| {
            let message = format!("{} was removed in version 3 and has no effect, {instead}", at.path);
            problems.push(Problem::warning(message).at(source, at.mark).spanning(at.length));
        });
    }
    for (path, instead) in DEPRECATED {
        each(document, path, &mut |at| {
            let problem = Problem::warning(format!("{} is deprecated, {instead}", at.path));
            problems.push(problem.at(source, at.mark).spanning(at.length));
        });
    }
    problems
}

/// Whether this was a provider.
pub(super) fn is_provider(name: &str) -> bool {
    let names = REMOVED.iter().filter_map(|(path, _)| path.strip_prefix("providers."));
    names.filter(|path| !path.contains('.')).any(|removed| removed.eq_ignore_ascii_case(name))
}

/// Takes out what is removed, and what has nothing left in it then.
pub(super) fn prune(document: &mut Tree) {
    for (path, _) in REMOVED.iter().chain(FORGOTTEN) {
        let steps: Vec<&str> = path.split('.').collect();
        // A provider that has nothing left is asked for all the same.
        let stays = if matches!(steps.as_slice(), ["providers", _, _, ..]) { steps.get(2..) } else { None };
        prune_path(document, &steps, stays.unwrap_or_default());
    }
}

/// Takes out what is at the end of these steps. What is left of a way to `stays` is kept when nothing is in it.
fn prune_path(tree: &mut Tree, steps: &[&str], stays: &[&str]) {
    let (Some((step, rest)), Value::Table(entries)) = (steps.split_first(), &mut tree.value) else { return };
    if !entries.iter().any(|entry| entry.key.eq_ignore_ascii_case(step)) {
        return;
    }
    let mut kept = std::mem::take(entries).into_vec();
    kept.retain_mut(|entry| {
        if !entry.key.eq_ignore_ascii_case(step) {
            return true;
        }
        let was_bare = entry.value.is_bare();
        prune_path(&mut entry.value, rest, stays);
        let is_kept = was_bare || !entry.value.is_bare() || (!stays.is_empty() && rest.len() >= stays.len());
        !rest.is_empty() && is_kept
    });
    *entries = kept.into();
}

fn each(document: &Tree, path: &str, found: &mut dyn FnMut(&At<'_>)) {
    let pattern: Vec<&str> = path.split('.').collect();
    walk(&At::root(document), &pattern, Allowed::Values(&[]), found);
}

const DELETE: &str = "delete it";
const OTLP: &str = "use tracing.otlp";
const NAMESPACES: &str = "use namespaces";

const REMOVED: &[(&str, &str)] = &[
    ("hub", DELETE),
    ("experimental.hub", DELETE),
    ("metrics.influxDB", "use metrics.influxDB2"),
    (
        "tracing.zipkin",
        "use tracing.otlp with a collector that knows Zipkin, and OTEL_PROPAGATORS=b3 for its headers",
    ),
    (
        "tracing.datadog",
        "use tracing.otlp with the agent's port for OTLP, 4318, and OTEL_PROPAGATORS=datadog for its headers",
    ),
    ("tracing.instana", OTLP),
    ("tracing.haystack", OTLP),
    ("tracing.elastic", OTLP),
    ("providers.marathon", DELETE),
    ("providers.rancher", DELETE),
    ("providers.docker.swarmMode", "use providers.swarm"),
    ("providers.docker.swarmModeRefreshSeconds", "use providers.swarm.refreshSeconds"),
    ("providers.docker.tls.caOptional", DELETE),
    ("providers.swarm.tls.caOptional", DELETE),
    ("providers.consul.tls.caOptional", DELETE),
    ("providers.etcd.tls.caOptional", DELETE),
    ("providers.redis.tls.caOptional", DELETE),
    ("providers.http.tls.caOptional", DELETE),
    ("providers.consulCatalog.endpoint.tls.caOptional", DELETE),
    ("providers.nomad.endpoint.tls.caOptional", DELETE),
    ("providers.consul.namespace", NAMESPACES),
    ("providers.consulCatalog.namespace", NAMESPACES),
    ("providers.nomad.namespace", NAMESPACES),
];

/// Removed, and missed by nobody. traefik: stops the start.
const FORGOTTEN: &[(&str, &str)] = &[
    ("pilot", DELETE),
    ("experimental.http3", "delete it, HTTP/3 needs no gate"),
    ("tracing.spanNameLimit", "delete it, names of spans are short"),
];

const DEPRECATED: &[(&str, &str)] = &[
    ("core.defaultRuleSyntax", "rewrite rules in the syntax of version 3"),
    ("tracing.globalAttributes", "use tracing.resourceAttributes"),
    ("providers.kubernetesIngress.disableIngressClassLookup", "use disableClusterScopeResources"),
    ("certificatesResolvers.*.acme.dnsChallenge.delayBeforeCheck", "use propagation.delayBeforeChecks"),
    ("certificatesResolvers.*.acme.dnsChallenge.disablePropagationCheck", "use propagation.disableChecks"),
];
