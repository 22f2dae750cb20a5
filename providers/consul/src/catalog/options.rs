//! The options under `providers.consulCatalog`.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use windrose_config::redact::Secret;
use windrose_config::static_config::ClientTls;
use windrose_config::{GoDuration, Located, Mark, Problem, Shape, Source, Tree, decode};
use windrose_providers_core::labels::{Constraints, Subject};
use windrose_providers_core::template;

use crate::api::Place;

/// Which services are looked at, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where Consul is.
    pub(crate) place: Place,
    /// The longest wait of a blocking question, if it is not ours.
    pub(crate) wait: Option<Duration>,
    /// What tags begin with.
    pub(crate) prefix: Arc<str>,
    /// The time between two looks.
    pub(crate) refresh: Duration,
    /// Whether changes are waited for in place of that.
    pub(crate) watch: bool,
    pub(crate) exposed_by_default: bool,
    pub(crate) constraints: Constraints,
    pub(crate) default_rule: Arc<str>,
    /// Whether services of the mesh are reached through it.
    pub(crate) connect_aware: bool,
    /// Whether all are, unless they say otherwise.
    pub(crate) connect_by_default: bool,
    /// Who we are in the mesh.
    pub(crate) service_name: Arc<str>,
    /// States of health with which an instance serves.
    pub(crate) strict_checks: Box<[Arc<str>]>,
    pub(crate) namespaces: Box<[Arc<str>]>,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.consulCatalog`; what is not written there is taken from the
    /// variables that Consul's own programs read.
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
        let endpoint = written.endpoint;
        let base = match endpoint.base(env) {
            Ok(base) => base,
            Err(message) => {
                wrong(message, endpoint.address.mark);
                String::new()
            }
        };
        if let Some(message) = endpoint.tls.as_ref().and_then(ClientTls::wrong) {
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
        if written.require_consistent && written.stale {
            wrong(
                "requireConsistent and stale exclude each other, write one of them".to_owned(),
                options.mark,
            );
        }
        for state in &written.strict_checks {
            if !STATES.contains(&&***state) {
                let message =
                    format!("strictChecks knows no state `{}`, write some of {}", **state, STATES.join(", "));
                wrong(message, state.mark);
            }
        }
        let (Ok(constraints), Some(refresh), true) = (constraints, refresh, problems.is_empty()) else {
            return Err(problems);
        };
        let mut parameters = Vec::new();
        let mut flag = |name, is_set: bool| {
            if is_set {
                parameters.push((name, String::new()));
            }
        };
        flag("consistent", written.require_consistent);
        flag("stale", written.stale);
        flag("cached", written.cache);
        if !endpoint.datacenter.is_empty() {
            parameters.push(("dc", endpoint.datacenter.to_string()));
        }
        let wait = endpoint.endpoint_wait_time.positive();
        Ok(Self {
            place: endpoint.place(base, parameters, env),
            wait,
            prefix: written.prefix,
            refresh,
            watch: written.watch,
            exposed_by_default: written.exposed_by_default,
            constraints,
            default_rule: written.default_rule.value,
            connect_aware: written.connect_aware,
            connect_by_default: written.connect_by_default,
            service_name: written.service_name,
            strict_checks: written.strict_checks.iter().map(|state| Arc::clone(&**state)).collect(),
            namespaces: written.namespaces,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    endpoint: Endpoint,
    prefix: Arc<str>,
    refresh_interval: Located<GoDuration>,
    require_consistent: bool,
    stale: bool,
    cache: bool,
    exposed_by_default: bool,
    default_rule: Located<Arc<str>>,
    constraints: Located<Arc<str>>,
    connect_aware: bool,
    connect_by_default: bool,
    service_name: Arc<str>,
    watch: bool,
    strict_checks: Box<[Located<Arc<str>>]>,
    namespaces: Box<[Arc<str>]>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Endpoint {
    address: Located<Arc<str>>,
    scheme: Arc<str>,
    datacenter: Arc<str>,
    token: Secret,
    endpoint_wait_time: GoDuration,
    tls: Option<ClientTls>,
    http_auth: HttpAuth,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct HttpAuth {
    username: Arc<str>,
    password: Secret,
}

impl Endpoint {
    /// Scheme, host and port.
    fn base(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
        let of_env = || env("CONSUL_HTTP_ADDR").filter(|address| !address.is_empty());
        let address = Some(self.address.to_string()).filter(|address| !address.is_empty()).or_else(of_env);
        let address = address.unwrap_or_else(|| ADDRESS.to_owned());
        let (of_address, host) = match address.split_once("://") {
            Some((scheme, host)) => (Some(scheme.to_ascii_lowercase()), host),
            None => (None, address.as_str()),
        };
        let is_tls =
            self.tls.is_some() || env("CONSUL_HTTP_SSL").is_some_and(|value| matches!(&*value, "1" | "true"));
        let scheme = match (&*self.scheme, of_address) {
            ("", Some(scheme)) => scheme,
            ("", None) if is_tls => "https".to_owned(),
            ("", None) => "http".to_owned(),
            (scheme, _) => scheme.to_ascii_lowercase(),
        };
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(format!(
                "endpoint.address and endpoint.scheme lead to `{scheme}`, and Consul is asked over http or https"
            ));
        }
        let host = host.trim_end_matches('/');
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "/@?#".contains(c)) {
            return Err(format!("endpoint.address is no address, write HOST:PORT such as {ADDRESS}"));
        }
        Ok(format!("{scheme}://{host}"))
    }

    fn place(
        self,
        base: String,
        parameters: Vec<(&'static str, String)>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Place {
        let token = match self.token.is_empty() {
            true => Secret::new(env("CONSUL_HTTP_TOKEN").unwrap_or_default()),
            false => self.token,
        };
        let login = match self.http_auth.username.is_empty() {
            false => Some((self.http_auth.username, self.http_auth.password)),
            true => env("CONSUL_HTTP_AUTH").and_then(|both| {
                let (name, password) = both.split_once(':')?;
                Some((Arc::from(name), Secret::new(password)))
            }),
        };
        Place { bases: vec![base], token, login, tls: self.tls.unwrap_or_default(), parameters }
    }
}

impl Default for Written {
    fn default() -> Self {
        Self {
            endpoint: Endpoint::default(),
            prefix: "traefik".into(),
            refresh_interval: Located::from(GoDuration::from_secs(15)),
            require_consistent: false,
            stale: false,
            cache: false,
            exposed_by_default: true,
            default_rule: Located::from(Arc::from(RULE)),
            constraints: Located::default(),
            connect_aware: false,
            connect_by_default: false,
            service_name: "traefik".into(),
            watch: false,
            strict_checks: ["passing", "warning"].map(|state| Located::from(Arc::from(state))).into(),
            namespaces: Box::default(),
        }
    }
}

const ADDRESS: &str = "127.0.0.1:8500";
/// traefik: the same.
const RULE: &str = "Host(`{{ normalize .Name }}`)";
/// States of health that Consul knows, and whichever.
const STATES: [&str; 5] = ["any", "passing", "warning", "critical", "maintenance"];
