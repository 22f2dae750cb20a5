//! What is recorded of requests: the same requests to real Traefik and to Windrose, and then their access logs and
//! metrics beside each other. Every field that is no time must be equal, and so must every family, label and count, but
//! for what [`differences`](lines) names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "all of it is a test")]

mod lines;
mod metrics;
mod rig;

use rig::{Rig, Run};

const JSON: &str = "
accessLog:
  filePath: ${dir}/deep/access.log
  format: json
  fields: {headers: {defaultMode: keep, names: {Authorization: redact}}}
metrics: {prometheus: {addRoutersLabels: true, headerLabels: {agent: User-Agent}}}";

const COMMON: &str = "
accessLog:
  filePath: ${dir}/access.log
  fields: {headers: {names: {Referer: keep, User-Agent: keep}}}
metrics: {addInternals: true, prometheus: {addRoutersLabels: true, addServicesLabels: false, buckets: [1, 60]}}";

const GENERIC: &str = "
accessLog:
  filePath: ${dir}/access.log
  format: genericCLF
  addInternals: true
  fields:
    names: {startutc: drop, DownstreamStatus: drop}
    queryParameters: {defaultMode: drop}
    headers: {names: {user-agent: redact}}";

const LITTLE: &str = "
accessLog:
  filePath: ${dir}/access.log
  format: json
  filters: {statusCodes: [404, 500-599], minDuration: 1h}
  fields: {defaultMode: drop, names: {RequestPath: keep, RouterName: keep, serviceurl: keep}}";

/// Both programs with the same configuration.
async fn both(options: &str, file: &str) -> (Run, Run) {
    let rig = Rig::new();
    let traefik = rig.run(&rig.programs.traefik, options, file).await;
    let windrose = rig.run(&rig.programs.windrose, options, file).await;
    (traefik, windrose)
}

#[tokio::test]
async fn lines_in_json_and_all_metrics_are_traefiks() {
    let (traefik, windrose) = both(JSON, "deep/access.log").await;
    assert!(traefik.lines.len() > 25, "{:#?}", traefik.lines);
    lines::compare_json(&traefik.lines, &windrose.lines);
    metrics::compare(&traefik.metrics, &windrose.metrics);
}

#[tokio::test]
async fn lines_in_the_common_format_are_traefiks_byte_by_byte() {
    let (traefik, windrose) = both(COMMON, "access.log").await;
    assert!(traefik.lines.len() > 25, "{:#?}", traefik.lines);
    lines::compare_text(&traefik.lines, &windrose.lines);
    metrics::compare(&traefik.metrics, &windrose.metrics);
}

#[tokio::test]
async fn lines_of_which_something_is_dropped_are_traefiks_byte_by_byte() {
    let (traefik, windrose) = both(GENERIC, "access.log").await;
    assert!(traefik.lines.len() > 25, "{:#?}", traefik.lines);
    lines::compare_text(&traefik.lines, &windrose.lines);
}

#[tokio::test]
async fn the_same_requests_are_filtered() {
    let (traefik, windrose) = both(LITTLE, "access.log").await;
    assert!((3..15).contains(&traefik.lines.len()), "{:#?}", traefik.lines);
    lines::compare_json(&traefik.lines, &windrose.lines);
}
