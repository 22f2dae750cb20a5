//! The existing name that a writer most likely meant.

use windrose_config::Section;
use windrose_config::dynamic_config::Objects;

use crate::merge::Merged;

/// Looks for names, and stops when that has cost enough.
pub(super) struct Nearest {
    budget: usize,
}

impl Default for Nearest {
    fn default() -> Self {
        Self { budget: COMPARISONS }
    }
}

impl Nearest {
    /// The object nearest to what `reference` means when it is written by `author`.
    pub(super) fn object(
        &mut self,
        merged: &Merged,
        section: Section,
        reference: &str,
        author: usize,
    ) -> Option<String> {
        let (name, of) = match reference.rsplit_once('@') {
            Some((name, provider)) => (name, merged.part(provider)),
            None => (reference, Some(author)),
        };
        let names = |part: usize| merged.parts.get(part).map(|part| names(&part.config, section));
        // The right name with a wrong provider is the commonest mistake.
        let elsewhere = merged.parts.iter().find(|part| knows(&part.config, section, name));
        if let Some(elsewhere) = elsewhere {
            return Some(format!("{name}@{}", elsewhere.provider));
        }
        let of = of?;
        let found = self.among(name, names(of)?)?;
        if of == author { Some(found) } else { Some(format!("{found}@{}", merged.parts.get(of)?.provider)) }
    }

    /// The nearest of `names`, if one is near.
    pub(super) fn among<'n>(
        &mut self,
        written: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Option<String> {
        let written: Vec<char> = written.to_lowercase().chars().take(LONGEST).collect();
        let limit = (written.len() / 3).max(1);
        let mut best: Option<(usize, &str)> = None;
        for name in names {
            if name.len().abs_diff(written.len()) > limit * 2 {
                continue;
            }
            if self.budget == 0 {
                break;
            }
            self.budget -= 1;
            let distance = distance(&written, name);
            if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, name));
            }
        }
        best.map(|(_, name)| name.to_owned())
    }
}

/// How many characters must be inserted, removed, replaced or swapped with their neighbour.
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().take(LONGEST).collect();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut before: Vec<usize> = above.clone();
    let mut last = None;
    for (row, a) in left.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        current.push(row + 1);
        let mut beside = row + 1;
        for (column, b) in right.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&above, column) + usize::from(a != b);
            beside = replaced.min(beside + 1).min(at(&above, column + 1) + 1);
            if let Some(other) = column.checked_sub(1)
                && last == Some(b)
                && right.get(other) == Some(a)
            {
                beside = beside.min(at(&before, other) + 1);
            }
            current.push(beside);
        }
        before = std::mem::replace(&mut above, current);
        last = Some(a);
    }
    above.last().copied().unwrap_or(0)
}

fn names(config: &windrose_config::DynamicConfig, section: Section) -> Box<dyn Iterator<Item = &str> + '_> {
    fn of<T>(objects: &Objects<T>) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(objects.keys().map(|name| &**name))
    }
    match section {
        Section::HttpRouters => of(&config.http.routers),
        Section::HttpServices => of(&config.http.services),
        Section::HttpMiddlewares => of(&config.http.middlewares),
        Section::HttpServersTransports => of(&config.http.servers_transports),
        Section::TcpServices => of(&config.tcp.services),
        Section::TcpMiddlewares => of(&config.tcp.middlewares),
        Section::TcpServersTransports => of(&config.tcp.servers_transports),
        Section::UdpServices => of(&config.udp.services),
        Section::TlsOptions => of(&config.tls.options),
        _ => Box::new(std::iter::empty()),
    }
}

fn knows(config: &windrose_config::DynamicConfig, section: Section, name: &str) -> bool {
    match section {
        Section::HttpRouters => config.http.routers.contains_key(name),
        Section::HttpServices => config.http.services.contains_key(name),
        Section::HttpMiddlewares => config.http.middlewares.contains_key(name),
        Section::HttpServersTransports => config.http.servers_transports.contains_key(name),
        Section::TcpServices => config.tcp.services.contains_key(name),
        Section::TcpMiddlewares => config.tcp.middlewares.contains_key(name),
        Section::TcpServersTransports => config.tcp.servers_transports.contains_key(name),
        Section::UdpServices => config.udp.services.contains_key(name),
        Section::TlsOptions => config.tls.options.contains_key(name),
        _ => false,
    }
}

/// Comparisons in one compilation: enough for any mistake, too few to be felt.
const COMPARISONS: usize = 20_000;
/// Longer names are compared by their beginning.
const LONGEST: usize = 64;
