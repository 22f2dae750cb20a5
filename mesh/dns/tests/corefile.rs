//! Odd Corefiles, against what CoreDNS's own reader makes of them. `coredns_reader/main.go` wrote the table.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use windrose_mesh_dns::wiring::{Version, Wanted, patch};

#[test]
fn a_block_is_appended_only_where_coredns_reads_it_as_one() {
    let wanted = Wanted::new("mesh", "cluster.local").unwrap();
    let (mut appended, mut refused) = (0, 0);
    for line in include_str!("coredns_reader/table.jsonl").lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = case["text"].as_str().unwrap();
        match (case["apart"].as_bool(), patch(text, &wanted, Version::Unknown)) {
            (Some(false), Ok(_)) => panic!("the block would become a part of something else: {text:?}"),
            // CoreDNS does not start with this text, with or without a block.
            (None, _) => {}
            (Some(true), Ok(_)) => appended += 1,
            (Some(_), Err(_)) => refused += 1,
        }
    }
    assert!(appended >= 100 && refused >= 200, "{appended} and {refused}");
}
