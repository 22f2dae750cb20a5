//! The table of what is allowed.

use std::collections::BTreeMap;

use toml::{Table as Toml, Value};

/// A crate name, or the beginning of one when written with a star at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(String);

/// What `layers.toml` says.
#[derive(Debug)]
pub(super) struct Table {
    layers: Vec<Vec<Pattern>>,
    outside: Vec<Pattern>,
    for_tests: Vec<Pattern>,
    own_lints: Vec<Pattern>,
    sideways: Vec<(Pattern, Vec<Pattern>)>,
    only: Vec<(Pattern, Vec<Pattern>)>,
    owners: BTreeMap<String, Vec<Pattern>>,
    pure_crates: Vec<Pattern>,
    pure_never: Vec<Pattern>,
}

/// Where a crate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Layer(usize),
    Outside,
}

impl Pattern {
    fn matches(&self, name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => self.0 == name,
        }
    }
}

impl Table {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let toml: Toml = text.parse().map_err(|error| format!("layers.toml: {error}"))?;
        let layers = list(toml.get("layers"), "layers")?;
        Ok(Self {
            layers: layers.iter().map(|layer| patterns(layer, "layers")).collect::<Result<_, _>>()?,
            outside: patterns_at(&toml, "outside")?,
            for_tests: patterns_at(&toml, "for_tests")?,
            own_lints: patterns_at(&toml, "own_lints")?,
            sideways: rows(&toml, "sideways")?,
            only: rows(&toml, "only")?,
            owners: rows(&toml, "owners")?.into_iter().map(|(library, owners)| (library.0, owners)).collect(),
            pure_crates: patterns_at(table(&toml, "pure")?, "crates")?,
            pure_never: patterns_at(table(&toml, "pure")?, "never")?,
        })
    }

    /// Where `name` stands; an exact name wins over a pattern.
    pub(super) fn place(&self, name: &str) -> Option<Place> {
        if any(&self.outside, name) {
            return Some(Place::Outside);
        }
        let exact = self.layers.iter().position(|layer| layer.iter().any(|pattern| pattern.0 == name));
        exact.or_else(|| self.layers.iter().position(|layer| any(layer, name))).map(Place::Layer)
    }

    pub(super) fn is_for_tests(&self, name: &str) -> bool {
        any(&self.for_tests, name)
    }

    pub(super) fn may_set_lints(&self, name: &str) -> bool {
        any(&self.own_lints, name)
    }

    pub(super) fn is_sideways(&self, from: &str, to: &str) -> bool {
        self.sideways.iter().any(|(pattern, allowed)| pattern.matches(from) && any(allowed, to))
    }

    /// Whether `from` is one of the crates with a short list, and `to` is not on it.
    pub(super) fn is_off_list(&self, from: &str, to: &str) -> bool {
        let exact = self.only.iter().find(|(pattern, _)| pattern.0 == from);
        let row = exact.or_else(|| self.only.iter().find(|(pattern, _)| pattern.matches(from)));
        row.is_some_and(|(_, allowed)| !any(allowed, to))
    }

    /// Whether the library `to` belongs to crates other than `from`.
    pub(super) fn is_owned_by_others(&self, from: &str, to: &str) -> bool {
        self.owners.get(to).is_some_and(|owners| !any(owners, from))
    }

    pub(super) fn is_impure(&self, from: &str, to: &str) -> bool {
        any(&self.pure_crates, from) && any(&self.pure_never, to)
    }
}

fn any(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

fn table<'a>(toml: &'a Toml, key: &str) -> Result<&'a Toml, String> {
    toml.get(key).and_then(Value::as_table).ok_or_else(|| format!("layers.toml: {key} must be a table"))
}

fn list<'a>(value: Option<&'a Value>, key: &str) -> Result<&'a Vec<Value>, String> {
    value.and_then(Value::as_array).ok_or_else(|| format!("layers.toml: {key} must be a list"))
}

fn patterns(value: &Value, key: &str) -> Result<Vec<Pattern>, String> {
    let texts = list(Some(value), key)?.iter().map(Value::as_str);
    texts
        .map(|text| text.map(|text| Pattern(text.to_owned())))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("layers.toml: {key} must hold names"))
}

fn patterns_at(toml: &Toml, key: &str) -> Result<Vec<Pattern>, String> {
    let value = toml.get(key).ok_or_else(|| format!("layers.toml: {key} is missing"))?;
    patterns(value, key)
}

fn rows(toml: &Toml, key: &str) -> Result<Vec<(Pattern, Vec<Pattern>)>, String> {
    let rows = table(toml, key)?.iter();
    rows.map(|(name, value)| Ok((Pattern(name.clone()), patterns(value, key)?))).collect()
}
