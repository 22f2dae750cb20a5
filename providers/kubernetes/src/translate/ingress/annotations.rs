//! Annotations, which have the names that labels have elsewhere.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use windrose_config::dynamic_config::{Name, Router, RouterObservability, RouterTls, Sticky};
use windrose_config::source::labels;
use windrose_config::{Source, decode};

use crate::objects::Meta;

/// What annotations of an Ingress say of its routers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RouterNotes {
    pub(super) path_matcher: Arc<str>,
    pub(super) entry_points: Box<[Name]>,
    pub(super) middlewares: Box<[Name]>,
    pub(super) priority: i64,
    pub(super) rule_syntax: Option<Box<str>>,
    pub(super) tls: Option<Box<RouterTls>>,
    pub(super) observability: Option<Box<RouterObservability>>,
}

/// What annotations of a Service say of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ServiceNotes {
    pub(super) servers_scheme: Arc<str>,
    pub(super) servers_transport: Arc<str>,
    pub(super) pass_host_header: Option<bool>,
    pub(super) sticky: Option<Sticky>,
    #[serde(rename = "nativeLB")]
    pub(super) native_lb: Option<bool>,
    #[serde(rename = "nodePortLB")]
    pub(super) node_port_lb: bool,
    pub(super) middlewares: Box<[Name]>,
}

impl RouterNotes {
    /// A router with this rule, and no service yet.
    pub(super) fn router(&self, rule: Name) -> Router {
        Router {
            entry_points: self.entry_points.clone(),
            middlewares: self.middlewares.clone(),
            rule,
            rule_syntax: self.rule_syntax.clone(),
            priority: self.priority,
            tls: self.tls.clone(),
            observability: self.observability.clone(),
            ..Router::default()
        }
    }
}

/// What an Ingress says.
pub(super) fn of_router(meta: &Meta) -> Result<RouterNotes, (String, String)> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Written {
        router: RouterNotes,
    }
    read::<Written>("Ingress", meta, "traefik.router.").map(|written| written.router)
}

/// What a Service says.
pub(super) fn of_service(meta: &Meta) -> Result<ServiceNotes, (String, String)> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Written {
        service: ServiceNotes,
    }
    read::<Written>("Service", meta, "traefik.service.").map(|written| written.service)
}

fn read<T: DeserializeOwned + Default>(kind: &str, meta: &Meta, filter: &str) -> Result<T, (String, String)> {
    let named: Vec<(String, &str)> = meta
        .annotations
        .iter()
        .filter_map(|(name, value)| Some((format!("traefik.{}", name.strip_prefix(PREFIX)?), &**value)))
        .collect();
    let all = named.iter().map(|(name, value)| (name.as_str(), *value));
    let owner = format!("{kind} {}/{}", meta.namespace, meta.name);
    let read = labels::parse(&owner, all, &[filter]);
    if read.tree.is_null() {
        return Ok(T::default());
    }
    let problems = match decode(&read.tree, &read.source) {
        Ok(notes) if read.problems.is_empty() => return Ok(notes),
        Ok(_) => read.problems,
        Err(problems) => problems,
    };
    let Some(first) = problems.into_iter().next() else { return Ok(T::default()) };
    let line = first.origin.as_ref().map_or(0, |origin| origin.mark.line);
    let name = match &*read.source {
        Source::Labels { names, .. } => {
            usize::try_from(line).ok().and_then(|line| names.get(line.checked_sub(1)?)).cloned()
        }
        _ => None,
    };
    let name = name.map(|name| name.replacen("traefik.", PREFIX, 1)).unwrap_or_default();
    Err((format!("metadata.annotations[{name}]"), first.shown().into_owned()))
}

/// What their names begin with.
const PREFIX: &str = "traefik.ingress.kubernetes.io/";
