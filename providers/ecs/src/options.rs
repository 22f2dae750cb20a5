//! The options under `providers.ecs`.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use windrose_config::redact::Secret;
use windrose_config::{Located, Mark, Problem, Shape, Source, Tree, decode};
use windrose_providers_core::labels::{Constraints, Subject};
use windrose_providers_core::template;

/// Which containers are looked at.
#[derive(Debug, Clone)]
pub struct Options {
    /// Clusters that are looked at.
    pub clusters: Box<[Arc<str>]>,
    /// Whether all there are count in place of those.
    pub auto_discover_clusters: bool,
    /// Whether tasks count that are healthy only.
    pub healthy_tasks_only: bool,
    /// Whether containers on machines of one's own count.
    pub ecs_anywhere: bool,
    /// Whether a container without `traefik.enable` is looked at.
    pub exposed_by_default: bool,
    /// What its labels must satisfy.
    pub constraints: Constraints,
    /// The rule of routers without one.
    pub default_rule: Arc<str>,
    /// The time between two looks.
    pub refresh: Duration,
    /// Where; empty means as the environment or the machine says.
    pub region: Arc<str>,
    /// Who we are; empty means as the environment or the machine says.
    pub access_key_id: Arc<str>,
    /// What proves it.
    pub secret_access_key: Secret,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.ecs`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        let mut problems = Vec::new();
        let mut wrong = |message: String, mark: Mark| {
            let mark = if mark.line == 0 { options.mark } else { mark };
            problems.push(Problem::error(message).at(source, mark));
        };
        let constraints = Constraints::parse(&written.constraints, Subject::Labels);
        if let Err(error) = &constraints {
            wrong(format!("constraints cannot be used: {error}"), written.constraints.mark);
        }
        if let Err(error) = template::check(&written.default_rule) {
            wrong(format!("defaultRule cannot be used: {error}"), written.default_rule.mark);
        }
        let refresh = u64::try_from(*written.refresh_seconds).ok().filter(|seconds| *seconds > 0);
        if refresh.is_none() {
            let message = "refreshSeconds is the number of seconds between two looks, write for example 15";
            wrong(message.to_owned(), written.refresh_seconds.mark);
        }
        if written.access_key_id.is_empty() != written.secret_access_key.is_empty() {
            wrong(
                "accessKeyID and secretAccessKey belong together, write both or none".to_owned(),
                options.mark,
            );
        }
        if written.clusters.is_empty() && !written.auto_discover_clusters {
            wrong(
                "there is no cluster to look at, write clusters or autoDiscoverClusters: true".to_owned(),
                options.mark,
            );
        }
        let is_region = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !written.region.chars().all(is_region) {
            wrong(
                format!("`{}` is no region, write one such as eu-central-1", *written.region),
                written.region.mark,
            );
        }
        let (Ok(constraints), Some(refresh), true) = (constraints, refresh, problems.is_empty()) else {
            return Err(problems);
        };
        Ok(Self {
            clusters: written.clusters,
            auto_discover_clusters: written.auto_discover_clusters,
            healthy_tasks_only: written.healthy_tasks_only,
            ecs_anywhere: written.ecs_anywhere,
            exposed_by_default: written.exposed_by_default,
            constraints,
            default_rule: written.default_rule.value,
            refresh: Duration::from_secs(refresh),
            region: written.region.value,
            access_key_id: written.access_key_id,
            secret_access_key: written.secret_access_key,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    clusters: Box<[Arc<str>]>,
    auto_discover_clusters: bool,
    healthy_tasks_only: bool,
    ecs_anywhere: bool,
    exposed_by_default: bool,
    constraints: Located<Arc<str>>,
    default_rule: Located<Arc<str>>,
    refresh_seconds: Located<i64>,
    region: Located<Arc<str>>,
    #[serde(rename = "accessKeyID")]
    access_key_id: Arc<str>,
    secret_access_key: Secret,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            clusters: Box::new(["default".into()]),
            auto_discover_clusters: false,
            healthy_tasks_only: false,
            ecs_anywhere: false,
            exposed_by_default: true,
            constraints: Located::default(),
            default_rule: Located::from(Arc::from(RULE)),
            refresh_seconds: Located::from(15),
            region: Located::default(),
            access_key_id: Arc::default(),
            secret_access_key: Secret::default(),
        }
    }
}

/// traefik: the same.
const RULE: &str = "Host(`{{ normalize .Name }}`)";
