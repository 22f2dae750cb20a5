//! The options under `providers.redis`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;
use windrose_config::redact::Secret;
use windrose_config::static_config::ClientTls;
use windrose_config::{Located, Mark, Problem, Shape, Source, Tree, decode};
use windrose_providers_core::kv::Endpoint;

/// Where the keys are.
#[derive(Debug, Clone)]
pub struct Options {
    /// Servers that are tried in this order; with sentinels, those.
    pub endpoints: Vec<Endpoint>,
    /// What the keys begin with.
    pub root_key: Arc<str>,
    /// Who we are to the server.
    pub login: Login,
    /// The number of the database.
    pub db: u32,
    /// TLS, if it is spoken.
    pub tls: Option<ClientTls>,
    /// Who knows where the server is, if the endpoints do not.
    pub sentinel: Option<Sentinel>,
}

/// A name and a password; empty texts are none.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// The name.
    pub username: Arc<str>,
    /// The password.
    pub password: Secret,
}

/// How sentinels are asked.
#[derive(Debug, Clone)]
pub struct Sentinel {
    /// The name under which they know the server.
    pub master_name: Arc<str>,
    /// Who we are to them.
    pub login: Login,
    /// Which of the servers is read.
    pub choice: Choice,
    /// Whether replicas count that have lost their master.
    pub use_disconnected: bool,
}

/// Which of several servers is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The master.
    Master,
    /// Whichever answers first.
    Fastest,
    /// Any.
    Random,
    /// A replica.
    Replica,
}

impl Options {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<Written>()
    }

    /// Reads the options as they stand under `providers.redis`.
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
        let mut endpoints = Vec::new();
        for endpoint in &written.endpoints {
            match Endpoint::parse(endpoint, ENDPOINT) {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(error) => wrong(format!("endpoints cannot be used: {error}"), endpoint.mark),
            }
        }
        if written.endpoints.is_empty() {
            wrong(format!("there is no endpoint, write one such as {ENDPOINT}"), options.mark);
        }
        if written.root_key.trim_matches('/').is_empty() {
            wrong("rootKey is empty, write what your keys begin with".to_owned(), written.root_key.mark);
        }
        if let Some(message) = written.tls.as_ref().and_then(ClientTls::wrong) {
            wrong(message.to_owned(), options.mark);
        }
        let db = u32::try_from(*written.db).ok();
        if db.is_none() {
            wrong("db is the number of a database, write for example 0".to_owned(), written.db.mark);
        }
        let sentinel = match written.sentinel.map(|sentinel| sentinel.value.read()) {
            None => None,
            Some(Ok(sentinel)) => Some(sentinel),
            Some(Err(message)) => {
                wrong(message.to_owned(), options.mark);
                None
            }
        };
        let (Some(db), true) = (db, problems.is_empty()) else { return Err(problems) };
        Ok(Self {
            endpoints,
            root_key: written.root_key.value,
            login: Login { username: written.username, password: written.password },
            db,
            tls: written.tls,
            sentinel,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    root_key: Located<Arc<str>>,
    endpoints: Box<[Located<Arc<str>>]>,
    username: Arc<str>,
    password: Secret,
    db: Located<i64>,
    tls: Option<ClientTls>,
    sentinel: Option<Located<WrittenSentinel>>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
struct WrittenSentinel {
    master_name: Arc<str>,
    username: Arc<str>,
    password: Secret,
    latency_strategy: bool,
    random_strategy: bool,
    replica_strategy: bool,
    use_disconnected_replicas: bool,
}

impl WrittenSentinel {
    fn read(self) -> Result<Sentinel, &'static str> {
        if self.master_name.is_empty() {
            return Err(
                "sentinel.masterName is missing, write the name under which sentinels know the server",
            );
        }
        let choice = match (self.latency_strategy, self.random_strategy, self.replica_strategy) {
            (false, false, false) => Choice::Master,
            (true, false, false) => Choice::Fastest,
            (false, true, false) => Choice::Random,
            (false, false, true) => Choice::Replica,
            _ => {
                return Err(
                    "of sentinel.latencyStrategy, randomStrategy and replicaStrategy only one can be true",
                );
            }
        };
        Ok(Sentinel {
            master_name: self.master_name,
            login: Login { username: self.username, password: self.password },
            choice,
            use_disconnected: self.use_disconnected_replicas,
        })
    }
}

impl Default for Written {
    fn default() -> Self {
        Self {
            root_key: Located::from(Arc::from("traefik")),
            endpoints: Box::new([Located::from(Arc::from(ENDPOINT))]),
            username: Arc::default(),
            password: Secret::default(),
            db: Located::from(0),
            tls: None,
            sentinel: None,
        }
    }
}

const ENDPOINT: &str = "127.0.0.1:6379";
