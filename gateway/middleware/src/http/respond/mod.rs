//! `respond`: answers every request itself.
//!
//! ```yaml
//! respond:
//!   status: 410
//!   headers:
//!     Cache-Control: max-age=86400
//!   body: This page has gone.
//!   contentType: text/plain; charset=utf-8
//! ```
//!
//! The service of the router is never asked. `bodyFile` is followed when it changes. Traefik has no such kind.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::redact::header_values;
use windrose_http::Exchange;

use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

pub(super) mod page;
#[cfg(test)]
mod tests;

use page::{Page, Written};

/// Answers every request itself.
#[derive(Debug)]
pub struct Respond {
    page: Page,
}

/// The options of `respond`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The status; 0 means 200.
    #[serde(skip_serializing_if = "is_default")]
    pub status: Located<u16>,
    /// Fields of the answer.
    #[serde(skip_serializing_if = "is_default", serialize_with = "header_values")]
    pub headers: IndexMap<Box<str>, Located<Box<str>>>,
    /// Its body.
    #[serde(skip_serializing_if = "is_default")]
    pub body: Located<Box<str>>,
    /// A file that holds its body.
    #[serde(skip_serializing_if = "is_default")]
    pub body_file: Located<Arc<str>>,
    /// Its Content-Type.
    #[serde(skip_serializing_if = "is_default")]
    pub content_type: Located<Box<str>>,
}

impl Kind for Respond {
    const NAME: &'static str = "respond";
    const SPAN: Option<&'static str> = Some("Respond");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options == Options::default() {
            return Err(BuildError::new("says nothing, write status or body"));
        }
        let page = Page::new(
            cx,
            &Written {
                status: options.status,
                usual: 200,
                headers: &options.headers,
                body: &options.body,
                body_file: &options.body_file,
                content_type: &options.content_type,
            },
        )?;
        Ok(Stage::filter(Self { page }))
    }
}

impl Filter for Respond {
    fn request(&self, _: &mut Exchange) -> Flow {
        Flow::reply(self.page.reply())
    }
}
