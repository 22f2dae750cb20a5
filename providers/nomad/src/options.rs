//! The options under `providers.nomad`.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use windrose_config::redact::Secret;
use windrose_config::static_config::ClientTls;
use windrose_config::{GoDuration, Located, Mark, Problem, Shape, Source, Tree, decode};
use windrose_providers_core::labels::{Constraints, Subject};
use windrose_providers_core::template;

/// Which services are looked at, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// `http://127.0.0.1:4646`
    pub(crate) base: String,
    pub(crate) region: Arc<str>,
    pub(crate) token: Secret,
    pub(crate) tls: ClientTls,
    /// The longest time for an answer, if it is not ours.
    pub(crate) wait: Option<Duration>,
    /// What tags begin with.
    pub(crate) prefix: Arc<str>,
    /// Whether a server may answer that does not lead.
    pub(crate) stale: bool,
    pub(crate) exposed_by_default: bool,
    pub(crate) constraints: Constraints,
    pub(crate) default_rule: Arc<str>,
    /// Whether services of groups with no instance are kept, without servers.
    pub(crate) allow_empty_services: bool,
    /// The time between two looks.
    pub(crate) refresh: Duration,
    /// Whether events are waited for in place of that.
    pub(crate) watch: bool,
    /// How long further events are waited for, so that many cost one look.
    pub(crate) throttle: Duration,
    pub(crate) namespaces: Box<[Arc<str>]>,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.nomad`; what is not written there is taken from the variables that
    /// Nomad's own programs read.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub(crate) fn decode(
        options: &Tree,
        source: &Arc<Source>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        let mut problems = Vec::new();
        let mut wrong = |message: String, mark: Mark| {
            let mark = if mark.line == 0 { options.mark } else { mark };
            problems.push(Problem::error(message).at(source, mark));
        };
        let Endpoint { address, region, token, tls, endpoint_wait_time } = written.endpoint;
        let or_env = |text: &str, name: &str| match text {
            "" => env(name).unwrap_or_default(),
            text => text.to_owned(),
        };
        let base = base(&or_env(&address, "NOMAD_ADDR"));
        if let Err(message) = &base {
            wrong(message.clone(), address.mark);
        }
        if let Some(message) = tls.as_ref().and_then(ClientTls::wrong) {
            wrong(format!("endpoint.{message}"), options.mark);
        }
        let constraints = Constraints::parse(&written.constraints, Subject::Tags);
        if let Err(error) = &constraints {
            wrong(format!("constraints cannot be used: {error}"), written.constraints.mark);
        }
        if let Err(error) = template::check(&written.default_rule) {
            wrong(format!("defaultRule cannot be used: {error}"), written.default_rule.mark);
        }
        let refresh = written.refresh_interval.positive();
        if refresh.is_none() {
            let message = "refreshInterval is the time between two looks, write for example 15s";
            wrong(message.to_owned(), written.refresh_interval.mark);
        }
        let throttle = written.throttle_duration.to_std();
        if throttle.is_none() || (!written.throttle_duration.is_zero() && !written.watch) {
            let message = "throttleDuration is a time for which events are gathered, which needs watch: true";
            wrong(message.to_owned(), written.throttle_duration.mark);
        }
        let (Ok(base), Ok(constraints), Some(refresh), Some(throttle), true) =
            (base, constraints, refresh, throttle, problems.is_empty())
        else {
            return Err(problems);
        };
        Ok(Self {
            base,
            region: or_env(&region, "NOMAD_REGION").into(),
            token: Secret::new(or_env(token.expose(), "NOMAD_TOKEN")),
            tls: tls.unwrap_or_default(),
            wait: endpoint_wait_time.positive(),
            prefix: written.prefix,
            stale: written.stale,
            exposed_by_default: written.exposed_by_default,
            constraints,
            default_rule: written.default_rule.value,
            allow_empty_services: written.allow_empty_services,
            refresh,
            watch: written.watch,
            throttle,
            namespaces: written.namespaces,
        })
    }
}

fn base(address: &str) -> Result<String, String> {
    let address = if address.is_empty() { ADDRESS } else { address };
    let (scheme, host) = address.split_once("://").unwrap_or(("http", address));
    let scheme = scheme.to_ascii_lowercase();
    let host = host.trim_end_matches('/');
    let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/@?#".contains(c));
    if !matches!(scheme.as_str(), "http" | "https") || !is_host {
        return Err(format!("endpoint.address is no address of Nomad, write one such as {ADDRESS}"));
    }
    Ok(format!("{scheme}://{host}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    endpoint: Endpoint,
    prefix: Arc<str>,
    stale: bool,
    exposed_by_default: bool,
    constraints: Located<Arc<str>>,
    default_rule: Located<Arc<str>>,
    allow_empty_services: bool,
    refresh_interval: Located<GoDuration>,
    watch: bool,
    throttle_duration: Located<GoDuration>,
    namespaces: Box<[Arc<str>]>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Endpoint {
    address: Located<Arc<str>>,
    region: Arc<str>,
    token: Secret,
    tls: Option<ClientTls>,
    endpoint_wait_time: GoDuration,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            endpoint: Endpoint::default(),
            prefix: "traefik".into(),
            stale: false,
            exposed_by_default: true,
            constraints: Located::default(),
            default_rule: Located::from(Arc::from(RULE)),
            allow_empty_services: false,
            refresh_interval: Located::from(GoDuration::from_secs(15)),
            watch: false,
            throttle_duration: Located::from(GoDuration::ZERO),
            namespaces: Box::default(),
        }
    }
}

const ADDRESS: &str = "http://127.0.0.1:4646";
/// traefik: the same.
const RULE: &str = "Host(`{{ normalize .Name }}`)";
