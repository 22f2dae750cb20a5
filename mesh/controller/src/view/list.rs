//! What is asked of a list: which part of it, and what is in it.

use serde_json::Value;
use thiserror::Error;
use windrose_mesh_topology::Key;
use windrose_pages::query::pairs;

/// The parameters of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    /// How many objects are passed over, and how many are shown then.
    pub(crate) rows: (usize, usize),
    /// In lower case; empty for everything.
    pub(crate) search: String,
    /// What else was asked.
    more: Vec<(String, String)>,
}

/// A part of a list.
#[derive(Debug, PartialEq)]
pub(crate) struct Listed {
    pub(crate) items: Vec<Value>,
    /// How many the whole list has.
    pub(crate) total: usize,
    /// The number of the next part; 1 on the last.
    pub(crate) next: usize,
}

/// What cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Bad {
    #[error("{0} is no parameter here")]
    Unknown(String),
    #[error("{0} is a number above 0")]
    Number(String),
    #[error("{0} is a Service, as namespace/name")]
    Service(String),
    #[error("{0} is true or false")]
    Choice(String),
}

impl Query {
    /// Reads the query of an address; `more` are parameters beside those of every list.
    pub(crate) fn read(text: Option<&str>, more: &[&str]) -> Result<Self, Bad> {
        let mut query = Self { rows: (0, PER_PAGE), search: String::new(), more: Vec::new() };
        let (mut page, mut per_page) = (1, PER_PAGE);
        for (name, value) in pairs(text) {
            match &*name {
                "page" => page = number(&name, &value)?,
                "per_page" => per_page = number(&name, &value)?.min(MOST),
                "search" => query.search = value.trim().to_lowercase(),
                name if more.contains(&name) => query.more.push((name.to_owned(), value.into_owned())),
                name => return Err(Bad::Unknown(name.to_owned())),
            }
        }
        query.rows = ((page - 1).saturating_mul(per_page), per_page);
        Ok(query)
    }

    /// One of the further parameters, unless it is empty.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let found = self.more.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    /// A parameter that is a number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Bad> {
        self.find(name).map(|value| number(name, value)).transpose()
    }

    /// A parameter that is a Service.
    pub(crate) fn service(&self, name: &str) -> Result<Option<Key>, Bad> {
        let key = |value: &str| {
            let parts = value.split_once('/').filter(|(_, name)| !name.contains('/'));
            let key = parts.map(|(namespace, name)| Key { namespace: namespace.into(), name: name.into() });
            key.ok_or_else(|| Bad::Service(name.to_owned()))
        };
        self.find(name).map(key).transpose()
    }

    /// A parameter that is a choice; no unless it is said.
    pub(crate) fn choice(&self, name: &str) -> Result<bool, Bad> {
        match self.find(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Bad::Choice(name.to_owned())),
        }
    }

    /// Whether what is searched for is in any of these.
    pub(super) fn is_in(&self, texts: &[&str]) -> bool {
        self.search.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&self.search))
    }

    /// The part that is asked for; only that is written.
    pub(super) fn cut<T>(&self, all: impl Iterator<Item = T>, write: impl Fn(T) -> Value) -> Listed {
        let all: Vec<T> = all.collect();
        let (passed, most) = self.rows;
        let total = all.len();
        let next = if passed.saturating_add(most) < total { passed / most + 2 } else { 1 };
        Listed { items: all.into_iter().skip(passed).take(most).map(write).collect(), total, next }
    }
}

fn number(name: &str, value: &str) -> Result<usize, Bad> {
    value.parse().ok().filter(|number| *number > 0).ok_or_else(|| Bad::Number(name.to_owned()))
}

/// Objects on a page unless it is said.
const PER_PAGE: usize = 100;
/// Objects on a page at the most.
const MOST: usize = 1000;
