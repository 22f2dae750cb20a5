//! What `/metrics` says, beside each other: families, types, helps, labels, and counts.

use std::collections::BTreeMap;

/// Counts that are meant to differ: what a series begins with.
const MEANT: &[&str] = &[
    // Retries are told.
    "traefik_service_retries_total",
    // Traefik 2 had it, and dashboards of its time ask for it.
    "traefik_service_open_connections",
];

/// Compares what two programs say.
pub(crate) fn compare(traefik: &str, windrose: &str) {
    let (theirs, ours) = (Said::read(traefik), Said::read(windrose));
    let mut wrong = Vec::new();
    for (name, theirs) in &theirs.families {
        match ours.families.get(name) {
            _ if name.starts_with("go_") || MISSING.contains(&&**name) => {}
            Some(ours) if ours == theirs => {}
            ours => wrong.push(format!("family {name}: {theirs:?} in Traefik, {ours:?} in Windrose")),
        }
    }
    for name in ours.families.keys().filter(|name| !name.starts_with("windrose_")) {
        if !theirs.families.contains_key(name) && !MEANT.contains(&&**name) {
            wrong.push(format!("family {name}: only in Windrose"));
        }
    }
    let is_meant = |series: &str| MEANT.iter().any(|meant| series.starts_with(meant)) || is_left_out(series);
    let of_requests = |said: &Said| -> BTreeMap<String, String> {
        let all =
            said.series.iter().filter(|(series, _)| series.starts_with("traefik_") && !is_meant(series));
        all.map(|(series, value)| (series.clone(), value.clone())).collect()
    };
    let (theirs, ours) = (of_requests(&theirs), of_requests(&ours));
    for (series, theirs) in &theirs {
        match ours.get(series) {
            None => wrong.push(format!("{series}: only in Traefik")),
            Some(ours) if is_counted(series) && ours != theirs => {
                wrong.push(format!("{series}: {theirs} in Traefik, {ours} in Windrose"));
            }
            Some(_) => {}
        }
    }
    wrong.extend(
        ours.keys()
            .filter(|series| !theirs.contains_key(*series))
            .map(|series| format!("{series}: only in Windrose")),
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Series of the request whose server has broken off, which counts in Windrose alone, and of scrapes and questions
/// whether the routes are there, of which it takes as many as it takes.
fn is_left_out(series: &str) -> bool {
    [
        "method=\"PUT\"",
        "entrypoint=\"cut\"",
        "service=\"cut@file\"",
        "entrypoint=\"traefik\"",
        "prometheus@internal",
    ]
    .iter()
    .any(|label| series.contains(label))
}

/// Whether the number itself must be equal: it is neither a time nor depends on one.
fn is_counted(series: &str) -> bool {
    !["_sum", "_reload", "open_connections", "certs_not_after"].iter().any(|part| series.contains(part))
}

/// What a program says.
struct Said {
    /// Help and type by name.
    families: BTreeMap<String, (String, String)>,
    series: BTreeMap<String, String>,
}

impl Said {
    fn read(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 OK"), "{answer}");
        assert!(
            head.to_lowercase().contains("content-type: text/plain; version=0.0.4; charset=utf-8"),
            "{head}"
        );
        let (mut families, mut series) = (BTreeMap::<String, (String, String)>::new(), BTreeMap::new());
        for line in body.lines() {
            let mut words = line.splitn(4, ' ');
            match (words.next(), words.next()) {
                (Some("#"), Some(what)) => {
                    let (name, text) = (words.next().unwrap(), words.next().unwrap().to_owned());
                    let family = families.entry(name.to_owned()).or_default();
                    *(if what == "HELP" { &mut family.0 } else { &mut family.1 }) = text;
                }
                _ => {
                    let (labels, value) = line.rsplit_once(' ').unwrap();
                    // Which suite was agreed on is not ours to say.
                    let labels = match labels.split_once("tls_cipher=\"") {
                        Some((before, after)) => format!("{before}{}", after.split_once('"').unwrap().1),
                        None => labels.to_owned(),
                    };
                    series.insert(labels, value.to_owned());
                }
            }
        }
        Self { families, series }
    }
}

/// Families of the process that only Traefik has.
const MISSING: &[&str] = &[
    "process_network_receive_bytes_total",
    "process_network_transmit_bytes_total",
    "process_virtual_memory_max_bytes",
];
