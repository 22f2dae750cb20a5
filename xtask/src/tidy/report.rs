//! The rows of the report.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::measure::{File, Purpose};

/// The whole report as text.
pub(super) fn report(files: &[File]) -> String {
    let product: Vec<&File> = files.iter().filter(|file| file.purpose == Purpose::Product).collect();
    let mut out = String::new();
    row(&mut out, "what", "found", "aim");
    sizes(&product, &mut out);
    functions(&product, &mut out);
    comments(&product, &mut out);
    habits(&product, &mut out);
    circles(files, &mut out);
    balance(files, &mut out);
    out.truncate(out.trim_end().len());
    out
}

fn sizes(product: &[&File], out: &mut String) {
    let lines = sorted(product.iter().map(|file| file.lines));
    let found = format!("median {}, p90 {}", quantile(&lines, 50), quantile(&lines, 90));
    row(out, "file, product lines", &found, "median <= 120, p90 <= 300");
    places(
        out,
        product.iter().filter(|file| file.lines >= 500).map(|file| format!("{} {}", file.path, file.lines)),
    );

    let in_large: usize = lines.iter().filter(|lines| **lines >= 400).sum();
    let share = 100 * in_large / lines.iter().sum::<usize>().max(1);
    row(out, "lines in files >= 400", &format!("{share} %"), "<= 5 %");

    let mut crates: BTreeMap<&str, usize> = BTreeMap::new();
    for file in product {
        *crates.entry(crate_of(&file.path)).or_default() += file.lines;
    }
    let largest =
        crates.iter().max_by_key(|(_, lines)| **lines).map(|(name, lines)| format!("{lines} ({name})"));
    row(out, "largest crate, product lines", &largest.unwrap_or_default(), "<= 8000");
}

fn circles(files: &[File], out: &mut String) {
    let found = super::circles::circles(files);
    row(out, "modules that need each other", &found.len().to_string(), "those named in docs/ARCHITECTURE.md");
    places(out, found.into_iter());
}

fn functions(product: &[&File], out: &mut String) {
    let all = || product.iter().flat_map(|file| file.functions.iter().map(move |function| (file, function)));
    let lines = sorted(all().map(|(_, function)| function.lines));
    let found = format!("median {}, p99 {}", quantile(&lines, 50), quantile(&lines, 99));
    row(out, "function, lines", &found, "median <= 6, p99 <= 60");
    let long = all().filter(|(_, function)| function.lines >= 80);
    places(out, long.map(|(file, long)| format!("{}:{} {} {}", file.path, long.line, long.name, long.lines)));

    let per_file = sorted(product.iter().map(|file| file.functions.len()));
    row(out, "functions per file", &format!("p90 {}", quantile(&per_file, 90)), "<= 15");
    let crowded = product.iter().filter(|file| file.functions.len() >= 30);
    places(out, crowded.map(|file| format!("{} {}", file.path, file.functions.len())));
}

fn comments(product: &[&File], out: &mut String) {
    let missing: Vec<&&File> = product.iter().filter(|file| !file.has_module_doc).collect();
    let found = format!("{} %", 100 - (100 * missing.len()).div_ceil(product.len().max(1)));
    row(out, "files with a module doc", &found, "100 %");
    places(out, missing.iter().map(|file| file.path.clone()));

    let code: usize = product.iter().map(|file| file.code).sum();
    let comments: usize = product.iter().map(|file| file.comments).sum();
    row(out, "comment lines per 100 of code", &(100 * comments / code.max(1)).to_string(), "20 to 40");
}

fn habits(product: &[&File], out: &mut String) {
    type Count = fn(&File) -> &[usize];
    let counted: [(&str, Count); 4] = [
        ("unwrap and panic", |file| &file.habits.panics),
        ("unsafe", |file| &file.habits.unsafes),
        ("TODO without issue", |file| &file.habits.todos),
        ("allow without reason", |file| &file.habits.allows),
    ];
    for (what, count) in counted {
        let total: usize = product.iter().map(|file| count(file).len()).sum();
        row(out, what, &total.to_string(), "0");
        let lines = product.iter().flat_map(|file| count(file).iter().map(move |line| (file, line)));
        places(out, lines.map(|(file, line)| format!("{}:{line}", file.path)));
    }
    let code: usize = product.iter().map(|file| file.code).sum();
    let per_thousand = |count: usize| {
        let tenths = 10_000 * count / code.max(1);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    let clones = product.iter().map(|file| file.habits.clones).sum();
    let cfgs = product.iter().map(|file| file.habits.cfgs).sum();
    row(out, "clone() per 1000 lines", &per_thousand(clones), "<= 8");
    row(out, "cfg per 1000 lines", &per_thousand(cfgs), "<= 1");
}

fn balance(files: &[File], out: &mut String) {
    let product: usize =
        files.iter().filter(|file| file.purpose == Purpose::Product).map(|file| file.lines).sum();
    let inline: usize = files.iter().map(|file| file.tests).sum();
    let apart: usize = files.iter().filter(|file| file.purpose == Purpose::Test).map(|file| file.lines).sum();
    let hundredths = 100 * (inline + apart) / product.max(1);
    let found = format!("{}.{:02} ({} : {product})", hundredths / 100, hundredths % 100, inline + apart);
    row(out, "test to product lines", &found, ">= 1.2");
}

fn row(out: &mut String, what: &str, found: &str, aim: &str) {
    let _infallible = writeln!(out, "{what:<32}{found:<32}{aim}");
}

/// Names the places to look at, the first few of them.
fn places(out: &mut String, mut places: impl Iterator<Item = String>) {
    for place in places.by_ref().take(SHOWN) {
        let _infallible = writeln!(out, "    {place}");
    }
    let rest = places.count();
    if rest > 0 {
        let _infallible = writeln!(out, "    and {rest} more");
    }
}

/// The folder of the crate: what comes before `src` in a path.
fn crate_of(path: &str) -> &str {
    path.split_once("/src/").map_or(path, |(folder, _)| folder)
}

fn sorted(values: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut values: Vec<usize> = values.collect();
    values.sort_unstable();
    values
}

/// The value that `percent` of the sorted `values` do not exceed.
fn quantile(values: &[usize], percent: usize) -> usize {
    let rank = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(rank).copied().unwrap_or_default()
}

const SHOWN: usize = 20;
