//! Choosing and sorting the objects of a list.
//!
//! Works on [`Row`]s: what of an object counts for that, borrowed. Only the objects on the page asked for are then
//! written out.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;

use crate::answer::Paging;
use crate::query::{BadPage, Direction, Query, SortBy};

/// What of an object counts for finding and sorting it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row<'a, R> {
    /// Where the object itself is.
    pub(crate) object: R,
    /// What it is called.
    pub(crate) id: Id<'a>,
    /// Its status.
    pub(crate) status: &'a str,
    /// The kind of a service or middleware.
    pub(crate) kind: &'a str,
    /// The rule of a router.
    pub(crate) rule: &'a str,
    /// The service of a router, as written.
    pub(crate) service: &'a str,
    /// The effective priority of a router.
    pub(crate) priority: i64,
    /// How many entry points a router names, or servers a service has.
    pub(crate) size: usize,
}

/// What an object is called: `name@provider`, or `entrypoint-name@provider` for what an entry point makes of a router.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Id<'a> {
    /// The entry point that the name begins with.
    pub(crate) on: Option<&'a str>,
    /// The name as written.
    pub(crate) name: &'a str,
    /// The provider that declares it.
    pub(crate) provider: &'a str,
}

impl Id<'_> {
    fn parts(&self) -> [&str; 5] {
        let (on, dash) = self.on.map_or(("", ""), |on| (on, "-"));
        [on, dash, self.name, "@", self.provider]
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().into_iter().try_for_each(|part| f.write_str(part))
    }
}

impl PartialEq<str> for Id<'_> {
    fn eq(&self, other: &str) -> bool {
        let rest = self.parts().into_iter().try_fold(other, |rest, part| rest.strip_prefix(part));
        rest.is_some_and(str::is_empty)
    }
}

impl Ord for Id<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let bytes = |id: &'_ Self| id.parts().map(str::as_bytes).concat();
        match (self.on, other.on) {
            // Nothing is put together where the names decide.
            (None, None)
                if self.name != other.name
                    && !self.name.starts_with(other.name)
                    && !other.name.starts_with(self.name) =>
            {
                self.name.cmp(other.name)
            }
            _ => bytes(self).cmp(&bytes(other)),
        }
    }
}

impl PartialOrd for Id<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<R> {
    /// The objects.
    pub(crate) objects: Vec<R>,
    /// Where they are in the list.
    pub(crate) paging: Paging,
}

/// The page asked for. `lists` says whether a router lists a middleware.
pub(crate) fn page<'a, R: Copy>(
    rows: impl Iterator<Item = Row<'a, R>>,
    query: &Query,
    lists: impl Fn(R, &str) -> bool,
) -> Result<Page<R>, BadPage> {
    let wanted = |row: &Row<'_, R>| {
        matches(row, query) && query.middleware.as_deref().is_none_or(|name| lists(row.object, name))
    };
    let mut rows: Vec<Row<'_, R>> = rows.filter(wanted).collect();
    rows.sort_unstable_by(|left, right| {
        let order = compare(left, right, query.sort_by);
        let order = order.then_with(|| left.id.cmp(&right.id));
        match query.direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        }
    });
    let (window, paging) = query.window(rows.len())?;
    let objects = rows.get(window).unwrap_or_default().iter().map(|row| row.object).collect();
    Ok(Page { objects, paging })
}

fn matches<R>(row: &Row<'_, R>, query: &Query) -> bool {
    let found = |part: &str| {
        row.id.to_string().to_lowercase().contains(part) || row.rule.to_lowercase().contains(part)
    };
    query.search.as_deref().is_none_or(found)
        && query.status.as_deref().is_none_or(|status| row.status.eq_ignore_ascii_case(status))
        && query.service.as_deref().is_none_or(|service| uses(row.service, service))
}

/// A service written with its provider is compared as it is, one without by its name alone.
fn uses(written: &str, asked: &str) -> bool {
    if written.contains('@') {
        return written == asked;
    }
    written == asked.split_once('@').map_or(asked, |(name, _)| name)
}

fn compare<R>(left: &Row<'_, R>, right: &Row<'_, R>, by: SortBy) -> Ordering {
    match by {
        SortBy::Name => Ordering::Equal,
        SortBy::Provider => left.id.provider.cmp(right.id.provider),
        SortBy::Priority => left.priority.cmp(&right.priority),
        SortBy::Status => left.status.cmp(right.status),
        SortBy::Rule => left.rule.cmp(right.rule),
        SortBy::Service => left.service.cmp(right.service),
        SortBy::Type => left.kind.cmp(right.kind),
        SortBy::EntryPoints | SortBy::Servers => left.size.cmp(&right.size),
    }
}
