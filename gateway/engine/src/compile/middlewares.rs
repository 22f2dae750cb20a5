//! Middlewares, each compiled to its stages; some are made of others.

use std::any::TypeId;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

use windrose_config::dynamic_config::{Middleware, Objects, ServersTransport};
use windrose_config::{DynamicConfig, Located, QualifiedName, Section, Written};
use windrose_middleware::kind::{BuildContext, BuildError, Keeping, Resolve, Thing};
use windrose_middleware::store::Store;
use windrose_middleware::{Callee, Chain, Dial, Label, list};
use windrose_tls::Files;
use windrose_upstream::redis::{Redis, Settings};
use windrose_upstream::service::{Balancing, Kind, LoadBalancer, Member, PassHost};
use windrose_upstream::{Connector, Upstream};

use super::align::Column;
use super::graph::{Asking, Group, Missed, State, deep};
use super::memory::Memory;
use super::own;
use super::problems::{Dangling, Object, kind};
use super::services::Services;
use super::transports;
use crate::live::Live;

/// The section `http.middlewares`.
pub(super) struct Middlewares;

impl Group for Middlewares {
    const SECTION: Section = Section::HttpMiddlewares;
    type Written = Middleware;
    type Made = Chain;

    fn written(config: &DynamicConfig) -> &Objects<Middleware> {
        &config.http.middlewares
    }

    fn column(memory: &Memory) -> &Column<State<Chain>> {
        &memory.middlewares
    }

    fn column_mut(memory: &mut Memory) -> &mut Column<State<Chain>> {
        &mut memory.middlewares
    }

    fn make(
        asking: &Asking<'_, '_, '_>,
        of: Object<'_>,
        written: &Written<Middleware>,
        _before: Option<&Arc<Chain>>,
    ) -> Option<Arc<Chain>> {
        let name = QualifiedName { name: Arc::clone(of.name), provider: Arc::from(asking.provider()) };
        let asked = Asked { asking, full: asking.qualified(of.name) };
        let context = BuildContext::new(&name, &asked);
        let built = (asking.tools().build)(written, &written.origin.source, &context);
        let warnings = context.take_warnings(&written.origin.source, written.origin.mark);
        let mut problems = asking.problems();
        for warning in warnings {
            problems.add(of, warning);
        }
        match built {
            Ok(stage) => {
                let label = Label { name: asked.full, kind: list::spelling(&written.kind) };
                Some(Chain::of(stage, label))
            }
            Err(wrong) => {
                for problem in wrong {
                    problems.add(of, problem);
                }
                None
            }
        }
    }
}

/// Answers one middleware that is being made.
struct Asked<'r, 'a, 'g, 'm> {
    asking: &'r Asking<'a, 'g, 'm>,
    /// The name under which everybody knows it.
    full: Arc<str>,
}

impl Asked<'_, '_, '_, '_> {
    fn find<G: Group>(&self, reference: &Located<Arc<str>>) -> Result<Arc<G::Made>, BuildError> {
        let what = kind(G::SECTION);
        let message = match self.asking.ask::<G>(reference) {
            Ok(made) => return Ok(made),
            Err(Missed::Circle(circle)) => {
                format!("{} refers to itself: {circle}", kind(Section::HttpMiddlewares))
            }
            Err(Missed::Deep) => deep(Section::HttpMiddlewares),
            Err(Missed::Dangling(Dangling::Broken)) => {
                format!("{what} {} is disabled, see its own problems", self.asking.qualified(reference))
            }
            Err(Missed::Dangling(Dangling::Missing)) => self.missing::<G>(reference),
        };
        Err(BuildError::at(reference, message))
    }

    fn way(&self, connector: Arc<Connector>) -> Way {
        Way { name: Arc::clone(&self.full), live: Arc::clone(&self.asking.tools().live), connector }
    }

    fn missing<G: Group>(&self, reference: &Located<Arc<str>>) -> String {
        let asking = self.asking;
        if let Some(problem) = own::missing(G::SECTION, &asking.qualified(reference)) {
            return problem.message;
        }
        let author = asking.author();
        let nearest = asking.problems().nearest.object(asking.merged(), G::SECTION, reference, author);
        let hint = nearest.map_or_else(String::new, |nearest| format!(", did you mean {nearest}?"));
        format!("{} {} does not exist{hint}", kind(G::SECTION), reference.value)
    }
}

/// A way to servers that a middleware calls.
struct Way {
    name: Arc<str>,
    live: Arc<Live>,
    connector: Arc<Connector>,
}

impl Dial for Way {
    fn endpoint(&self, url: &str) -> Result<Callee, String> {
        let endpoint = self.live.endpoint(url, false, &self.connector);
        let endpoint = endpoint.map_err(|error| format!("{url:?}: {error}"))?;
        let name = Arc::clone(&self.name);
        let balancing = Balancing { pass_host: PassHost::Server, ..Balancing::default() };
        let checks = &self.live.checks;
        let balancer = LoadBalancer::new(&name, vec![Member::new(endpoint, 1)], balancing, checks, None);
        Ok(Callee::new(Arc::new(Upstream { name, kind: Kind::LoadBalancer(balancer) })))
    }

    fn id(&self) -> usize {
        // Connectors that are the same are one.
        Arc::as_ptr(&self.connector).addr()
    }
}

impl Resolve for Asked<'_, '_, '_, '_> {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        self.find::<Middlewares>(reference)
    }

    fn service(&self, reference: &Located<Arc<str>>) -> Result<Callee, BuildError> {
        self.find::<Services>(reference).map(Callee::new)
    }

    fn endpoint(&self, url: &Located<Arc<str>>, transport: &ServersTransport) -> Result<Callee, BuildError> {
        let (connector, warnings) = transports::compile(self.asking, transport).map_err(BuildError::new)?;
        if let Some(warning) = warnings.into_iter().next() {
            return Err(BuildError::new(warning));
        }
        self.way(connector).endpoint(url).map_err(|error| BuildError::at(url, error))
    }

    fn dial(&self, transport: &ServersTransport) -> Result<Arc<dyn Dial>, BuildError> {
        let (connector, warnings) = transports::compile(self.asking, transport).map_err(BuildError::new)?;
        match warnings.into_iter().next() {
            Some(warning) => Err(BuildError::new(warning)),
            None => Ok(Arc::new(self.way(connector))),
        }
    }

    fn store(&self, store: &Store<'_>) -> Result<Callee, BuildError> {
        let (connector, warnings) =
            transports::compile(self.asking, &store.transport).map_err(BuildError::new)?;
        if let Some(warning) = warnings.into_iter().next() {
            return Err(BuildError::new(warning));
        }
        let live = &self.asking.tools().live;
        let scheme = if store.is_secure { "https" } else { "http" };
        let server = |address: &Located<Arc<str>>| {
            let url = match address.contains("://") || address.contains('/') {
                true => return Err(BuildError::at(address, "no address, write host:port")),
                false => format!("{scheme}://{}", address.value),
            };
            let made = live.endpoint(&with_port(url, &address.value), false, &connector);
            made.map_err(|error| BuildError::at(address, format!("{:?}: {error}", address.value)))
        };
        let servers = store.endpoints.iter().map(server).collect::<Result<Vec<_>, _>>()?;
        let settings = Settings {
            username: store.username.to_owned(),
            password: store.password.expose().to_owned(),
            database: store.database,
            kept: store.kept,
            warm: store.warm,
            most: store.most,
            read_timeout: store.read_timeout,
            write_timeout: store.write_timeout,
        };
        let ids: Vec<u64> = servers.iter().map(|server| server.id()).collect();
        // A hash, so that the password stands nowhere else.
        let from = format!("{ids:?} {}", SAME.hash_one(&settings));
        let id = Keeping { of: TypeId::of::<Redis>(), from: &from };
        let make = || Arc::new(Arc::new(Redis::new(servers.clone(), settings.clone()))) as Thing;
        let kept = live.keep(&self.full, id, &mut { make });
        match kept.downcast::<Arc<Redis>>() {
            Ok(redis) => Ok(Callee::new(redis)),
            Err(_) => Err(BuildError::new("the store is kept as something else")),
        }
    }

    fn file(&self, path: &Located<Arc<str>>) -> Result<Vec<u8>, BuildError> {
        self.asking
            .read(path)
            .map_err(|error| BuildError::at(path, format!("cannot read the file {}: {error}", path.value)))
    }

    fn keep(&self, id: Keeping<'_>, make: &mut dyn FnMut() -> Thing) -> Thing {
        self.asking.tools().live.keep(&self.full, id, make)
    }
}

/// Tells settings apart, the same from one reload to the next.
static SAME: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A URL with the usual port of Redis, if the address says none.
fn with_port(url: String, address: &str) -> String {
    let has_port = address.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    if has_port { url } else { format!("{url}:6379") }
}
