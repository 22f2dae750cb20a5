//! Lines of access logs beside each other, found again by their paths.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Fields that are another one for each run.
const TIMES: &[&str] = &["StartUTC", "StartLocal", "Duration", "Overhead", "OriginDuration", "time"];
const OTHERS: &[&str] =
    &["ClientAddr", "ClientPort", "TLSCipher", "request_X-Forwarded-Server", "RequestCount"];

/// Differences that are meant: path, field, what Windrose says.
const MEANT: &[(&str, &str, &str)] = &[
    // A server that breaks off: the line tells what it said.
    ("/cut", "GzipRatio", ""),
    ("/cut", "OriginContentSize", "4"),
    ("/cut", "OriginStatus", "200"),
    ("/cut", "origin_Content-Length", "\"50\""),
    ("/cut", "origin_Content-Type", "\"a/b\""),
    // Retries are told.
    ("/retry", "RetryAttempts", "2"),
];

/// Compares lines in JSON, field by field.
pub(crate) fn compare_json(traefik: &[String], windrose: &[String]) {
    let (traefik, windrose) = (by_path(traefik), by_path(windrose));
    let mut wrong = Vec::new();
    let paths: Vec<_> =
        traefik.keys().chain(windrose.keys().filter(|path| !traefik.contains_key(*path))).collect();
    for path in paths {
        let (Some(theirs), Some(ours)) = (traefik.get(path), windrose.get(path)) else {
            let (who, line) = match traefik.get(path) {
                Some(line) => ("Traefik", line),
                None => ("Windrose", &windrose[path]),
            };
            wrong.push(format!("{path}: only {who} has a line: {}", Value::Object(line.clone())));
            continue;
        };
        for field in TIMES.iter().chain(OTHERS) {
            if theirs.contains_key(*field) != ours.contains_key(*field) {
                wrong.push(format!("{path} {field}: only one of them has it"));
            }
        }
        let fields = theirs.keys().chain(ours.keys().filter(|field| !theirs.contains_key(*field)));
        for field in fields.filter(|field| !TIMES.contains(&&***field) && !OTHERS.contains(&&***field)) {
            let text = |of: &Map<String, Value>| of.get(field).map(ToString::to_string).unwrap_or_default();
            let (theirs, ours) = (text(theirs), text(ours));
            let is_meant = MEANT.contains(&(path, field, &ours));
            // Traefik says that there is nothing where nothing is.
            let is_nothing = field.ends_with("_Content-Type") && theirs == "\"\"" && ours.is_empty();
            if theirs != ours && !is_meant && !is_nothing {
                wrong.push(format!("{path} {field}: {theirs} in Traefik, {ours} in Windrose"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn by_path(lines: &[String]) -> BTreeMap<String, Map<String, Value>> {
    let mut all = BTreeMap::new();
    for line in lines {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let Value::Object(fields) = read else { panic!("no object: {line}") };
        let keys: Vec<&String> = fields.keys().collect();
        assert!(keys.is_sorted(), "{line}");
        let path = fields["RequestPath"].as_str().unwrap().to_owned();
        assert!(all.insert(path, fields).is_none(), "twice: {line}");
    }
    all
}

/// Compares lines of text, byte by byte but for times and the count.
pub(crate) fn compare_text(traefik: &[String], windrose: &[String]) {
    let (mut theirs, mut ours): (Vec<_>, Vec<_>) = (
        traefik.iter().map(|line| masked(line)).collect(),
        windrose.iter().map(|line| masked(line)).collect(),
    );
    theirs.sort();
    ours.sort();
    let only = |these: &[String], those: &[String]| {
        these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>()
    };
    assert!(
        theirs == ours,
        "only Traefik: {:#?}\nonly Windrose: {:#?}",
        only(&theirs, &ours),
        only(&ours, &theirs)
    );
}

/// A line without what is another one for each run: the time, the count and the duration.
fn masked(line: &str) -> String {
    let (before, rest) = line.split_once(" [").unwrap_or_else(|| panic!("no time: {line}"));
    let (time, rest) = rest.split_once("] ").unwrap();
    assert!(time.ends_with(" +0000") && time.len() == "27/Nov/2026:19:10:35 +0000".len(), "{line}");
    let rest = match rest.strip_suffix("ms").and_then(|rest| rest.rsplit_once(' ')) {
        Some((rest, took)) => {
            took.parse::<u64>().unwrap();
            // The count stands before the router's name, after the User-Agent.
            let mut parts: Vec<&str> = rest.rsplitn(4, ' ').collect();
            parts[2].parse::<u64>().unwrap();
            parts[2] = "N";
            parts.reverse();
            parts.join(" ")
        }
        None => rest.to_owned(),
    };
    format!("{before} {rest}")
}
