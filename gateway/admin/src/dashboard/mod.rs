//! `dashboard@internal`: pages that show people what the API says.
//!
//! Owns the pages of the gateway; their frame is that of all dashboards (`windrose-pages`). They ask the API of the same
//! gateway by relative addresses and nobody else. Must not know the configuration: it is the browser that asks.

mod files;
#[cfg(test)]
mod tests;

use std::future::{Future, ready};
use std::pin::Pin;

use windrose_http::{Exchange, Reply};
use windrose_pages::{About, Pages};
use windrose_upstream::service::Internal;

/// The files of the dashboard.
#[derive(Debug)]
pub struct Dashboard(Pages);

impl Dashboard {
    /// The dashboard of an API at this base path, without a slash at its end.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self(Pages::new(&About { brand: "Windrose", base, facts: "api/rawdata" }, files::OWN))
    }

    /// The file at a path below that of the dashboard.
    pub(crate) fn file(&self, path: &str, ex: &Exchange) -> Reply {
        self.0.file(path, ex)
    }
}

impl Internal for Dashboard {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(ready(self.file(ex.target.path(), ex)))
    }
}
