//! What a client asks of a list: which page, which objects, in which order.

#[cfg(test)]
mod tests;

use std::num::IntErrorKind;

pub(crate) use windrose_pages::query::pairs;

use crate::answer::Paging;

/// The parameters of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    /// The page, counted from 1.
    pub(crate) page: usize,
    /// Objects on a page.
    pub(crate) per_page: usize,
    /// Text in the name or rule, in lower case.
    pub(crate) search: Option<String>,
    /// The status, in lower case.
    pub(crate) status: Option<String>,
    /// The service that routers use.
    pub(crate) service: Option<String>,
    /// The middleware that routers list.
    pub(crate) middleware: Option<String>,
    /// What to sort by, before the name.
    pub(crate) sort_by: SortBy,
    /// In which direction.
    pub(crate) direction: Direction,
}

/// What to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortBy {
    /// The qualified name.
    Name,
    /// The provider.
    Provider,
    /// The effective priority.
    Priority,
    /// The status.
    Status,
    /// The rule.
    Rule,
    /// The name of the service.
    Service,
    /// How many entry points are named.
    EntryPoints,
    /// The kind.
    Type,
    /// How many servers there are.
    Servers,
}

/// In which direction to sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// A page that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadPage {
    /// A number that is none, or not above 0.
    #[error("invalid request: {0}: {1}")]
    Number(&'static str, i64),
    /// A page behind the last.
    #[error("invalid request: page: {page}, per_page: {per_page}")]
    Beyond {
        /// The page asked for.
        page: usize,
        /// Objects on a page.
        per_page: usize,
    },
}

impl Query {
    /// Reads the query of a URL. Of a parameter given twice the first counts, unknown ones are nobody's business.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, BadPage> {
        let find = |name: &str| {
            let found = pairs(query).find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
        };
        let number = |name: &'static str, default: usize| match find(name) {
            None => Ok(default),
            Some(text) => {
                let (number, is_read) = match text.parse::<i64>() {
                    Ok(number) => (number, true),
                    // What is told of one that does not fit is the nearest that does (traefik: the same).
                    Err(error) => match error.kind() {
                        IntErrorKind::PosOverflow => (i64::MAX, false),
                        IntErrorKind::NegOverflow => (i64::MIN, false),
                        _ => (0, false),
                    },
                };
                let usable = usize::try_from(number).ok().filter(|number| is_read && *number > 0);
                usable.ok_or(BadPage::Number(name, number))
            }
        };
        Ok(Self {
            page: number("page", 1)?,
            per_page: number("per_page", PER_PAGE)?,
            search: find("search").map(|text| text.to_lowercase()),
            status: find("status").map(|text| text.to_lowercase()),
            service: find("serviceName"),
            middleware: find("middlewareName"),
            sort_by: find("sortBy").map_or(SortBy::Name, |text| SortBy::parse(&text)),
            direction: match find("direction").as_deref() {
                None | Some("asc") => Direction::Ascending,
                Some(_) => Direction::Descending,
            },
        })
    }

    /// The objects on the page, of so many in all, and where that is.
    pub(crate) fn window(&self, all: usize) -> Result<(std::ops::Range<usize>, Paging), BadPage> {
        let start = (self.page - 1).saturating_mul(self.per_page);
        if self.page > 1 && start >= all {
            return Err(BadPage::Beyond { page: self.page, per_page: self.per_page });
        }
        let end = start.saturating_add(self.per_page);
        let (end, next) = if end < all { (end, self.page + 1) } else { (all, 1) };
        Ok((start..end, Paging { next, all }))
    }
}

impl SortBy {
    fn parse(text: &str) -> Self {
        match text {
            "provider" => Self::Provider,
            "priority" => Self::Priority,
            "status" => Self::Status,
            "rule" => Self::Rule,
            "service" => Self::Service,
            "entryPoints" => Self::EntryPoints,
            "type" => Self::Type,
            "servers" => Self::Servers,
            _ => Self::Name,
        }
    }
}

const PER_PAGE: usize = 100;
