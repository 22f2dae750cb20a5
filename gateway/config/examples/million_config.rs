//! How long, and how much memory, a file with a million routers takes: `cargo run --release --example million_config`.

use std::fmt::Write;
use std::time::Instant;

use windrose_config::origin::Source;
use windrose_config::source::yaml;
use windrose_config::{DynamicConfig, refuse};

fn main() {
    let mut text = String::from("http:\n  routers:\n");
    for number in 0..1_000_000 {
        let _ =
            writeln!(text, "    r{number}:\n      rule: \"Host(`h{number}.example.com`)\"\n      service: s");
    }
    println!("text       {:>6} MB, peak {} MB", text.len() / 1_000_000, peak());
    let source = Source::file("million.yaml");
    let start = Instant::now();
    let tree = match yaml::parse(&text, &source) {
        Ok(tree) => tree,
        Err(problem) => return println!("{problem}"),
    };
    println!("parsed in  {:>6} ms, peak {} MB", start.elapsed().as_millis(), peak());
    let config = DynamicConfig::decode(tree, &source, refuse::DYNAMIC);
    println!("decoded in {:>6} ms, peak {} MB", start.elapsed().as_millis(), peak());
    println!(
        "{} routers, {} problems, now {} MB",
        config.http.routers.len(),
        config.problems.len(),
        status("VmRSS:")
    );
}

/// The most memory this process has had, in megabytes.
fn peak() -> u64 {
    status("VmHWM:")
}

fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    number.unwrap_or(0) / 1024
}
