//! Facts against the table.

use std::collections::BTreeMap;

use super::table::{Place, Table};
use super::workspace::{Crate, Import, Lints, Origin};

/// One line for each thing that is not allowed, and what to do about it.
pub(super) fn judge(table: &Table, crates: &[Crate]) -> Vec<String> {
    let mut complaints = Vec::new();
    for each in crates {
        let name = &each.name;
        if each.lints == Lints::Own && !table.may_set_lints(name) {
            complaints.push(format!("{name}: its manifest lacks `[lints] workspace = true`"));
        }
        let Some(place) = table.place(name) else {
            complaints.push(format!("{name}: it stands in no layer; place it in xtask/layers.toml"));
            continue;
        };
        let Place::Layer(own) = place else { continue };
        complaints.extend(each.imports.iter().filter_map(|import| product_edge(table, name, own, import)));
        complaints.extend(each.test_imports.iter().filter_map(|import| test_edge(table, name, own, import)));
    }
    complaints
}

fn product_edge(table: &Table, from: &str, own: usize, import: &Import) -> Option<String> {
    let to = import.name.as_str();
    if table.is_impure(from, to) {
        return Some(format!("{from} -> {to}: a pure crate does no I/O and starts no task"));
    }
    match import.origin {
        Origin::Library => table
            .is_owned_by_others(from, to)
            .then(|| format!("{from} -> {to}: the library belongs to other crates; ask one of them")),
        Origin::Ours => our_edge(table, from, own, to),
    }
}

fn test_edge(table: &Table, from: &str, own: usize, import: &Import) -> Option<String> {
    let free = import.origin == Origin::Library || table.is_for_tests(&import.name);
    if free { None } else { our_edge(table, from, own, &import.name) }
}

fn our_edge(table: &Table, from: &str, own: usize, to: &str) -> Option<String> {
    if table.is_off_list(from, to) {
        return Some(format!("{from} -> {to}: it is not on the short list of this crate"));
    }
    match table.place(to) {
        // Said once, at the crate itself.
        None => None,
        Some(Place::Outside) => Some(format!("{from} -> {to}: nothing imports tests and chores")),
        Some(Place::Layer(other)) if other < own || table.is_sideways(from, to) => None,
        Some(Place::Layer(other)) => Some(format!(
            "{from} -> {to}: layer {own} must not import layer {other}; pass it a trait or a value"
        )),
    }
}

/// The longest path from a crate to one it needs. Cargo has refused cycles before we get here.
pub(super) fn longest_chain(crates: &[Crate]) -> Vec<&str> {
    let by_name: BTreeMap<&str, &Crate> = crates.iter().map(|each| (each.name.as_str(), each)).collect();
    let mut known = BTreeMap::new();
    let chains = crates.iter().map(|each| chain_from(each, &by_name, &mut known));
    chains.max_by_key(Vec::len).unwrap_or_default()
}

fn chain_from<'a>(
    from: &'a Crate,
    by_name: &BTreeMap<&str, &'a Crate>,
    known: &mut BTreeMap<&'a str, Vec<&'a str>>,
) -> Vec<&'a str> {
    if let Some(chain) = known.get(from.name.as_str()) {
        return chain.clone();
    }
    let needed = from.imports.iter().filter_map(|import| by_name.get(import.name.as_str()));
    let longest = needed.map(|each| chain_from(each, by_name, known)).max_by_key(Vec::len);
    let mut chain = vec![from.name.as_str()];
    chain.extend(longest.unwrap_or_default());
    known.insert(&from.name, chain.clone());
    chain
}
