//! `maintenance`: shows everybody a page, except those who work behind it.
//!
//! ```yaml
//! maintenance:
//!   sourceRange:
//!     - 10.0.0.0/8
//!   headers:
//!     Retry-After: "3600"
//!   body: <h1>Back in an hour</h1>
//!   contentType: text/html; charset=utf-8
//! ```
//!
//! Clients on the list pass; without a list nobody does. Everyone else gets the page, with status 503 unless another is
//! written. `bodyFile` is read when the configuration is. Traefik has no such kind.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_config::redact::header_values;
use windrose_http::Exchange;

use super::respond::page::{Page, Written};
use crate::client_ip::{ClientIp, IpRanges, IpStrategy};
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Shows everybody a page, except those who work behind it.
#[derive(Debug)]
pub struct Maintenance {
    allowed: IpRanges,
    client: ClientIp,
    page: Page,
}

/// The options of `maintenance`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Addresses and ranges that pass.
    #[serde(skip_serializing_if = "is_default")]
    pub source_range: Vec<Located<Box<str>>>,
    /// Which address is the client's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_strategy: Option<IpStrategy>,
    /// The status of the page; 0 means 503.
    #[serde(skip_serializing_if = "is_default")]
    pub status: Located<u16>,
    /// Its fields.
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

impl Kind for Maintenance {
    const NAME: &'static str = "maintenance";
    const SPAN: Option<&'static str> = Some("Maintenance");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let page = Page::new(
            cx,
            &Written {
                status: options.status,
                usual: 503,
                headers: &options.headers,
                body: &options.body,
                body_file: &options.body_file,
                content_type: &options.content_type,
            },
        )?;
        Ok(Stage::filter(Self {
            allowed: IpRanges::new(&options.source_range)?,
            client: ClientIp::new(options.ip_strategy.as_ref())?,
            page,
        }))
    }
}

impl Filter for Maintenance {
    fn request(&self, ex: &mut Exchange) -> Flow {
        if self.client.of(ex).is_some_and(|client| self.allowed.contains(client)) {
            return Flow::Continue;
        }
        Flow::reply(self.page.reply())
    }
}
