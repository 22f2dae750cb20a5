//! The options under `providers.meshController`.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use windrose_config::redact::FileOrContent;
use windrose_config::{GoDuration, Located, Problem, Shape, Source, Tree, decode};
use windrose_mesh_topology::{Crossing, Limits, Mode, Settings, Sources, Unruled};
use windrose_provider_kubernetes::options::Reach;

use crate::wiring::Order;

/// How the cluster is reached, and what mesh is made of it.
#[derive(Debug, Clone)]
pub struct Options {
    /// How the cluster is reached, and what its DNS is to know.
    pub order: Order,
    /// What is made of what it says.
    pub settings: Settings,
    /// Whether the DNS of the cluster is to know the names of the mesh.
    pub keeps_dns: bool,
    /// The entry point at which nodes ask.
    pub entry_point: Arc<str>,
    /// The least time between two looks at what has changed.
    pub throttle: Duration,
    /// The entry point at which the API server asks for figures; without one none are kept.
    pub metrics_entry_point: Option<Arc<str>>,
    /// Whether Middlewares may have Secrets.
    pub secrets: Secrets,
}

/// Whether Secrets of the cluster are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They are, and what they hold is told to nodes, and to nobody else.
    Read,
    /// They are not.
    Unread,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.meshController`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        let mut problems = Vec::new();
        let mut wrong = |message: String, mark: windrose_config::Mark| {
            let mark = if mark.line == 0 { options.mark } else { mark };
            problems.push(Problem::error(message).at(source, mark));
        };
        let mode = written.default_mode.value.parse::<Mode>().ok();
        if mode.is_none() {
            let mode = &*written.default_mode.value;
            wrong(format!("defaultMode {mode:?} is not http, tcp or udp"), written.default_mode.mark);
        }
        let mut limit = |name: &str, written: &Located<i64>| {
            let limit = u16::try_from(written.value).ok().filter(|limit| *limit <= MOST);
            if limit.is_none() {
                wrong(format!("{name} is a number of ports, from 0 to {MOST}"), written.mark);
            }
            limit.unwrap_or_default()
        };
        let http = limit("limitHTTPPort", &written.limit_http_port);
        let tcp = limit("limitTCPPort", &written.limit_tcp_port);
        let udp = limit("limitUDPPort", &written.limit_udp_port);
        let (Some(mode), true) = (mode, problems.is_empty()) else { return Err(problems) };
        Ok(Self {
            order: Order {
                reach: Reach {
                    endpoint: written.endpoint,
                    kubeconfig: written.kubeconfig,
                    token: written.token,
                    ca_file: written.cert_auth_file_path,
                    namespaces: Box::default(),
                },
                namespace: Arc::clone(&written.namespace),
                cluster_domain: written.cluster_domain,
                acl: written.acl,
                windrose_zone: written.windrose_zone,
            },
            settings: Settings {
                mesh_namespace: written.namespace,
                acl: written.acl,
                default_mode: mode,
                watch_namespaces: written.watch_namespaces,
                ignore_namespaces: written.ignore_namespaces,
                limits: Limits { http, tcp, udp },
                targets_without_rules: match written.allow_targets_without_rules {
                    true => Unruled::Allow,
                    false => Unruled::Deny,
                },
                tcp_sources: sources(written.enforce_tcp_sources),
                udp_sources: sources(written.enforce_udp_sources),
                distribution: written.traffic_distribution,
                windrose_zone: written.windrose_zone,
                crossing: match written.allow_cross_namespace {
                    true => Crossing::Allowed,
                    false => Crossing::Denied,
                },
            },
            keeps_dns: written.configure_dns,
            entry_point: written.entry_point,
            throttle: written.throttle_duration.to_std().unwrap_or_default(),
            metrics_entry_point: written.traffic_metrics.then_some(written.metrics_entry_point),
            secrets: if written.read_secrets { Secrets::Read } else { Secrets::Unread },
        })
    }
}

fn sources(is_enforced: bool) -> Sources {
    if is_enforced { Sources::Enforced } else { Sources::Open }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    endpoint: Arc<str>,
    kubeconfig: Arc<str>,
    token: FileOrContent,
    cert_auth_file_path: Arc<str>,
    namespace: Arc<str>,
    cluster_domain: Arc<str>,
    acl: bool,
    default_mode: Located<Arc<str>>,
    watch_namespaces: Vec<Arc<str>>,
    ignore_namespaces: Vec<Arc<str>>,
    #[serde(rename = "limitHTTPPort")]
    limit_http_port: Located<i64>,
    #[serde(rename = "limitTCPPort")]
    limit_tcp_port: Located<i64>,
    #[serde(rename = "limitUDPPort")]
    limit_udp_port: Located<i64>,
    allow_targets_without_rules: bool,
    #[serde(rename = "enforceTCPSources")]
    enforce_tcp_sources: bool,
    #[serde(rename = "enforceUDPSources")]
    enforce_udp_sources: bool,
    windrose_zone: bool,
    traffic_distribution: Arc<str>,
    #[serde(rename = "configureDNS")]
    configure_dns: bool,
    entry_point: Arc<str>,
    throttle_duration: GoDuration,
    traffic_metrics: bool,
    metrics_entry_point: Arc<str>,
    read_secrets: bool,
    allow_cross_namespace: bool,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            endpoint: Arc::default(),
            kubeconfig: Arc::default(),
            token: FileOrContent::default(),
            cert_auth_file_path: Arc::default(),
            namespace: "maesh".into(),
            cluster_domain: "cluster.local".into(),
            acl: false,
            default_mode: Located::from(Arc::from("http")),
            watch_namespaces: Vec::new(),
            ignore_namespaces: Vec::new(),
            limit_http_port: Located::from(10),
            limit_tcp_port: Located::from(25),
            limit_udp_port: Located::from(25),
            allow_targets_without_rules: false,
            enforce_tcp_sources: true,
            enforce_udp_sources: true,
            windrose_zone: false,
            traffic_distribution: Arc::default(),
            configure_dns: false,
            entry_point: "mesh".into(),
            throttle_duration: GoDuration::default(),
            traffic_metrics: false,
            metrics_entry_point: "metricsAPI".into(),
            read_secrets: false,
            allow_cross_namespace: false,
        }
    }
}

/// The ports of one kind are 5,000 apart from those of the next.
const MOST: u16 = 5000;
