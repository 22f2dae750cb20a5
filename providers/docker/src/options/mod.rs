//! The options under `providers.docker` and `providers.swarm`.

mod endpoint;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;
use windrose_config::redact::{FileOrContent, Secret};
use windrose_config::{GoDuration, Located, Problem, Shape, Source, Tree, decode};
use windrose_providers_core::labels::{Constraints, Subject};
use windrose_providers_core::template;

pub use endpoint::{Endpoint, EndpointError};

/// How to reach the engine.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// TLS settings, for an endpoint over TCP.
    pub tls: Option<Tls>,
    /// Name and password of HTTP's basic authentication.
    pub login: Option<(Arc<str>, Secret)>,
    /// The longest time for one answer; the stream of events has none. Zero means none.
    pub timeout: GoDuration,
}

/// Which containers are looked at, and how they are reached.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Whether a container without `traefik.enable` is looked at.
    pub exposed_by_default: bool,
    /// What its labels must satisfy.
    pub constraints: Constraints,
    /// Whether containers that are not healthy keep their services, without servers.
    pub allow_empty_services: bool,
    /// The network whose addresses are used; empty means the first.
    pub network: Arc<str>,
    /// Whether published ports of the host are used where there are some.
    pub use_bind_port_ip: bool,
    /// The rule of routers without one.
    pub default_rule: Arc<str>,
}

/// The options of `providers.docker`.
#[derive(Debug, Clone)]
pub struct Options {
    /// How to reach the engine.
    pub engine: Engine,
    /// Which containers.
    pub choice: Choice,
    /// Whether changes are followed.
    pub watch: bool,
}

/// The options of `providers.swarm`.
#[derive(Debug, Clone)]
pub struct SwarmOptions {
    /// How to reach the engine.
    pub engine: Engine,
    /// Which services.
    pub choice: Choice,
    /// The time between two looks; `None` means one look only.
    pub refresh: Option<GoDuration>,
}

/// TLS towards the engine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tls {
    /// Authorities in place of the system's.
    pub ca: FileOrContent,
    /// The certificate to show.
    pub cert: FileOrContent,
    /// Its key.
    pub key: FileOrContent,
    /// Take any certificate.
    pub insecure_skip_verify: bool,
}

impl Options {
    /// Reads the options as they stand under `providers.docker`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        if let Some(refresh) = &written.refresh_seconds {
            let message =
                "refreshSeconds is an option of providers.swarm; here changes are seen at once, remove it";
            return Err(vec![Problem::error(message).at(source, refresh.mark)]);
        }
        let watch = written.watch;
        let (engine, choice) = written.read(options, source)?;
        Ok(Self { engine, choice, watch })
    }
}

impl SwarmOptions {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.swarm`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: Written = decode(options, source)?;
        let refresh = written.refresh_seconds.unwrap_or_else(|| Located::from(REFRESH));
        if refresh.value.to_std().is_none_or(|time| time.is_zero()) {
            let message = "refreshSeconds is the time between two looks, write for example 15";
            return Err(vec![Problem::error(message).at(source, refresh.mark)]);
        }
        let refresh = written.watch.then_some(refresh.value);
        let (engine, choice) = written.read(options, source)?;
        Ok(Self { engine, choice, refresh })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    endpoint: Located<Arc<str>>,
    tls: Option<Tls>,
    username: Arc<str>,
    password: Secret,
    http_client_timeout: GoDuration,
    watch: bool,
    network: Arc<str>,
    constraints: Located<Arc<str>>,
    default_rule: Located<Arc<str>>,
    exposed_by_default: bool,
    #[serde(rename = "useBindPortIP")]
    use_bind_port_ip: bool,
    allow_empty_services: bool,
    /// An option of the swarm alone.
    refresh_seconds: Option<Located<GoDuration>>,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            endpoint: Located::from(Arc::from(ENDPOINT)),
            tls: None,
            username: Arc::default(),
            password: Secret::default(),
            http_client_timeout: GoDuration::ZERO,
            watch: true,
            network: Arc::default(),
            constraints: Located::default(),
            default_rule: Located::from(Arc::from(RULE)),
            exposed_by_default: true,
            use_bind_port_ip: false,
            allow_empty_services: false,
            refresh_seconds: None,
        }
    }
}

impl Written {
    fn read(self, options: &Tree, source: &Arc<Source>) -> Result<(Engine, Choice), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |message: String, mark| problems.push(Problem::error(message).at(source, mark));
        let is_tls = self.tls.is_some();
        let endpoint = Endpoint::parse(&self.endpoint, is_tls);
        if let Err(error) = &endpoint {
            let mark = if self.endpoint.mark.line == 0 { options.mark } else { self.endpoint.mark };
            wrong(format!("endpoint cannot be used: {error}"), mark);
        }
        let constraints = Constraints::parse(&self.constraints, Subject::Labels);
        if let Err(error) = &constraints {
            wrong(format!("constraints cannot be used: {error}"), self.constraints.mark);
        }
        if let Err(error) = template::check(&self.default_rule) {
            wrong(format!("defaultRule cannot be used: {error}"), self.default_rule.mark);
        }
        if self.http_client_timeout.is_negative() {
            wrong("httpClientTimeout is below zero, write 0 for no limit".to_owned(), options.mark);
        }
        if let Some(tls) = &self.tls
            && tls.cert.is_empty() != tls.key.is_empty()
        {
            wrong("tls.cert and tls.key belong together, write both or none".to_owned(), options.mark);
        }
        let (Ok(endpoint), Ok(constraints), true) = (endpoint, constraints, problems.is_empty()) else {
            return Err(problems);
        };
        let has_login = !self.username.is_empty() && !self.password.is_empty();
        let engine = Engine {
            endpoint,
            tls: self.tls,
            login: has_login.then_some((self.username, self.password)),
            timeout: self.http_client_timeout,
        };
        let choice = Choice {
            exposed_by_default: self.exposed_by_default,
            constraints,
            allow_empty_services: self.allow_empty_services,
            network: self.network,
            use_bind_port_ip: self.use_bind_port_ip,
            default_rule: self.default_rule.value,
        };
        Ok((engine, choice))
    }
}

/// Where an engine listens unless somebody changed it.
const ENDPOINT: &str = "unix:///var/run/docker.sock";
/// traefik: the same.
const REFRESH: GoDuration = GoDuration::from_secs(15);
/// traefik: the same.
const RULE: &str = "Host(`{{ normalize .Name }}`)";
