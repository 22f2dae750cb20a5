//! Measures parsing, building and finding with a million rules for one host each.

#![allow(clippy::expect_used, reason = "a measurement may stop when it cannot measure")]

use std::hint::black_box;
use std::time::Instant;

use windrose_rule::{Entry, Protocol, RequestView, Rule, Syntax, Table, parse};

fn main() {
    let texts: Vec<String> = (0..COUNT).map(|n| format!("Host(`h{n}.example.com`)")).collect();

    let start = Instant::now();
    for text in &texts {
        black_box(parse(text, Syntax::V3, Protocol::Http).expect("a rule"));
    }
    println!("parse and drop: {:.0} ns each", start.elapsed().as_secs_f64() * 1e9 / f64::from(COUNT));

    let before = resident();
    let start = Instant::now();
    let rules: Vec<Rule> =
        texts.iter().map(|text| parse(text, Syntax::V3, Protocol::Http).expect("a rule")).collect();
    println!(
        "parse and keep: {:?}, {} bytes each",
        start.elapsed(),
        (resident() - before) / u64::from(COUNT)
    );
    drop(texts);

    let entries: Vec<Entry<u64>> = rules
        .into_iter()
        .zip(0..)
        .map(|(rule, tie)| Entry { priority: rule.priority(), tie, value: u64::from(tie), rule })
        .collect();
    let start = Instant::now();
    let table = Table::build(entries);
    println!("build: {:?}", start.elapsed());

    find("one of a million", &table, COUNT);
    find("one of the same hundred of a million", &table, 100);
    let rule = parse("Host(`h0.example.com`)", Syntax::V3, Protocol::Http).expect("a rule");
    let one: Table<u64> = [Entry { priority: rule.priority(), tie: 0, value: 0, rule }].into_iter().collect();
    find("one of one", &one, 1);

    let with = resident();
    drop(black_box(table));
    println!("table: {} bytes each", with.saturating_sub(resident()) / u64::from(COUNT));
}

fn find(what: &str, table: &Table<u64>, count: u32) {
    let hosts: Vec<String> =
        (0..LOOK_UPS).map(|n| format!("h{}.example.com", n.wrapping_mul(2_654_435_761) % count)).collect();
    for round in ["spread", "again"] {
        let start = Instant::now();
        let found = hosts
            .iter()
            .filter(|host| table.find(&RequestView { host, path: "/", ..Default::default() }).is_some())
            .count();
        let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(LOOK_UPS);
        println!("find {what}, {round}: {each:.0} ns, {found} found");
    }
}

/// Bytes of memory the process holds.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kilobytes = line.trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().expect("a number") * 1024
}

const COUNT: u32 = 1_000_000;
const LOOK_UPS: u32 = 200_000;
