//! What people look at: the pages of the dashboard, and what these ask.
//!
//! Lists are cut into parts as those of a gateway are, so that the same pages read them.

use bytes::Bytes;
use serde_json::{Value, json};
use thiserror::Error;
use windrose_http::{Exchange, Id, Method, Reply};
use windrose_mesh_topology::Key;
use windrose_mesh_traffic::Look;

use super::Service;
use crate::shown::{Outcome, Shown};
use crate::view::{Bad, Listed, Query, Sight, State};

/// Why there is nothing to see.
#[derive(Debug, Error)]
enum Nothing {
    #[error("the controller has not seen the cluster yet, ask again")]
    Early,
    #[error("{0} not found")]
    Absent(String),
    #[error(transparent)]
    Asked(#[from] Bad),
}

/// What is answered.
enum Found {
    One(Value),
    Part(Listed),
}

impl Service {
    /// A file of the dashboard.
    pub(super) fn page(&self, ex: &Exchange) -> Reply {
        let path = ex.target.path();
        self.pages.file(path.strip_prefix(PAGES).unwrap_or(path), ex)
    }

    /// What a page asks.
    pub(super) async fn looked(&self, ex: &Exchange) -> Reply {
        if ex.method != Method::Get && ex.method != Method::Head {
            return Reply::empty(405);
        }
        let (path, query) = (ex.target.path().to_owned(), ex.target.query().map(str::to_owned));
        let shown = self.shown.clone();
        match ex.conn.desk.compute(move || found(&shown, &path, query.as_deref())).await {
            Ok(Ok(Found::One(value))) => super::json(200, Bytes::from(value.to_string())),
            Ok(Ok(Found::Part(listed))) => part(listed),
            Ok(Err(why)) => {
                let status = match why {
                    Nothing::Early => 503,
                    Nothing::Absent(_) => 404,
                    Nothing::Asked(_) => 400,
                };
                super::json(status, Bytes::from(json!({"message": why.to_string()}).to_string()))
            }
            Err(failure) => failure.reply(),
        }
    }
}

fn found(shown: &Shown, path: &str, query: Option<&str>) -> Result<Found, Nothing> {
    if path == VERSION {
        return Ok(Found::One(json!({"Version": env!("CARGO_PKG_VERSION"), "dashboardName": BRAND})));
    }
    let outcome = shown.look();
    let sight = || outcome.sight.as_deref().ok_or(Nothing::Early);
    let list = |list: fn(&Sight, &Query) -> Listed, more: &[&str]| {
        let query = Query::read(query, more)?;
        Ok(Found::Part(list(sight()?, &query)))
    };
    match path.strip_prefix(MESH).unwrap_or_default() {
        "overview" => Ok(Found::One(overview(shown, &outcome, sight()?))),
        "services" => list(Sight::list_services, &["status"]),
        "splits" => list(Sight::list_splits, &[]),
        "targets" => list(Sight::list_targets, &[]),
        "problems" => {
            let query = Query::read(query, &["status"])?;
            // What is wrong with the mesh itself may be why there is nothing else to see.
            let nothing = Sight::default();
            Ok(Found::Part(
                outcome.sight.as_deref().unwrap_or(&nothing).list_problems(&shown.troubles(), &query),
            ))
        }
        "traffic" if shown.figures().are_kept() => Ok(Found::One(shown.figures().traffic(&look(query)?))),
        "traffic" => {
            Err(Nothing::Absent("no figures are kept here, --trafficMetrics keeps them: traffic".to_owned()))
        }
        rest => {
            let absent = || Nothing::Absent(path.to_owned());
            let key =
                rest.strip_prefix("services/").and_then(|rest| rest.split_once('/')).ok_or_else(absent)?;
            let plain = |part: &str| String::from_utf8_lossy(&windrose_http::path::decode(part)).into_owned();
            let key = Key { namespace: plain(key.0).into(), name: plain(key.1).into() };
            let found = sight()?.one_service(&key);
            let absent = || Nothing::Absent(format!("Service {}/{}", key.namespace, key.name));
            found.map(Found::One).ok_or_else(absent)
        }
    }
}

fn overview(shown: &Shown, outcome: &Outcome, sight: &Sight) -> Value {
    sight.overview(&State {
        nodes: (outcome.nodes.len(), outcome.nodes.iter().filter(|node| node.ready).count()),
        tag: outcome.versions.first().map_or("", |version| &version.tag),
        own: &shown.troubles(),
        keeps_figures: shown.figures().are_kept(),
    })
}

/// Which traffic is meant; all of it unless parts are asked for.
fn look(query: Option<&str>) -> Result<Look, Bad> {
    let asked = Query::read(query, &["seconds", "from", "to", "denied"])?;
    let is_part = query.is_some_and(|query| query.contains("page="));
    let all = Look::default();
    let seconds = asked.number("seconds")?.and_then(|seconds| u64::try_from(seconds).ok());
    Ok(Look {
        seconds: seconds.unwrap_or(all.seconds),
        from: asked.service("from")?,
        to: asked.service("to")?,
        only_denied: asked.choice("denied")?,
        rows: if is_part { asked.rows } else { all.rows },
        search: asked.search,
    })
}

/// A part of a list, and where the next one is.
fn part(listed: Listed) -> Reply {
    let Listed { items, total, next } = listed;
    let mut reply = super::json(200, Bytes::from(Value::from(items).to_string()));
    reply.headers.append("X-Next-Page", next.to_string());
    reply.headers.append("Windrose-Total", total.to_string());
    reply
}

/// Sends people to where files are found beside each other.
pub(super) fn aside(ex: &Exchange) -> Reply {
    if ex.method != Method::Get && ex.method != Method::Head {
        return Reply::empty(405);
    }
    let mut reply = Reply::empty(301);
    reply.headers.append(Id::LOCATION, "./dashboard/");
    reply
}

/// What the dashboard calls itself.
const BRAND: &str = "Windrose mesh";
/// Where the files of the dashboard are.
pub(super) const PAGES: &str = "/dashboard/";
/// Which version answers.
pub(super) const VERSION: &str = "/api/version";
/// Where its pages ask.
pub(super) const MESH: &str = "/api/windrose/mesh/";
