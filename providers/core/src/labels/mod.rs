//! From labels or tags to routing, for every provider that finds workloads: containers, tasks, services.
//!
//! [`read`] turns the labels of one workload into what it declares, with the routers, services and rules that Traefik
//! adds by itself; [`merge()`] puts workloads together; [`Constraints`] chooses among them. Pure: whoever found a
//! workload says where it listens. Invariant: a label that cannot be used costs its object and what needs it; the place
//! of a router that is lost stays closed.

mod close;
pub mod constraints;
mod http;
mod joined;
mod merge;
mod others;
pub mod tags;
mod tcp;
#[cfg(test)]
mod tests;
mod tree;
mod udp;
mod workload;

use std::collections::HashSet;
use std::sync::Arc;

use windrose_config::dynamic_config::{Name, Objects};
use windrose_config::refuse::Refusal;
use windrose_config::source::labels::{self, Labels};
use windrose_config::tree::nearest;
use windrose_config::{DynamicConfig, Mark, ObjectRef, Origin, Problem, Section, Severity, Source, Tree};

pub use close::everything as close;
pub use constraints::{ConstraintError, Constraints, Subject};
pub use merge::merge;
pub use workload::{Address, DefaultRule, Find, Servers, Workload, normalize};

use tree::{Named, Taken};

/// What the labels of a workload declare; what is wrong is in its problems.
#[must_use]
pub fn read(workload: &Workload<'_>, refused: &[Refusal]) -> DynamicConfig {
    let all = workload.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let Labels { mut tree, source, problems } = labels::parse(workload.owner, all, &FILTERS);
    let named = Named::of(&tree);
    let taken = Taken::from(&mut tree);
    let mut config = DynamicConfig::decode(tree, &source, refused);
    config.problems.splice(0..0, problems);
    config.problems.extend(others::problems(workload));
    config.problems.iter_mut().for_each(as_labels_say);
    let is_whole = config.problems.iter().all(|problem| problem.object.is_some() || !is_error(problem));
    let mut reading = Reading { workload, source, named, taken, config };
    reading.not_by_labels();
    reading.tcp();
    reading.udp();
    reading.http();
    let mut config = reading.config;
    if !is_whole {
        close::everything(&mut config);
    }
    config
}

/// One workload being read.
struct Reading<'a> {
    workload: &'a Workload<'a>,
    source: Arc<Source>,
    /// What is written, be it readable or not.
    named: Named,
    /// The servers, taken out of the tree.
    taken: Taken,
    config: DynamicConfig,
}

impl Reading<'_> {
    /// Tells of what labels cannot say.
    fn not_by_labels(&mut self) {
        for (path, mark) in &self.named.not_by_labels {
            let message =
                format!("labels cannot declare {path}, it is ignored; write it into a routing file");
            self.config.problems.push(Problem::warning(message).at(&self.source, *mark));
        }
    }

    /// Tells what is wrong with an object.
    fn tell(&mut self, section: Section, name: &Arc<str>, mark: Mark, message: String) {
        let problem = Problem::error(message).at(&self.source, mark);
        self.config.problems.push(problem.of(ObjectRef::new(section, Arc::clone(name))));
    }

    /// Leaves out objects, after telling why.
    fn lose(&mut self, section: Section, names: &HashSet<Arc<str>>) {
        if names.is_empty() {
            return;
        }
        names.iter().for_each(|name| self.config.lost.insert(section, Arc::clone(name)));
        let stays = |name: &Arc<str>| !names.contains(name);
        match section {
            Section::HttpServices => self.config.http.services.retain(|name, _| stays(name)),
            Section::TcpServices => self.config.tcp.services.retain(|name, _| stays(name)),
            Section::UdpServices => self.config.udp.services.retain(|name, _| stays(name)),
            Section::HttpRouters => close::http(&mut self.config, |name| names.contains(name)),
            Section::TcpRouters => close::tcp(&mut self.config, |name| names.contains(name)),
            Section::UdpRouters => close::udp(&mut self.config, |name| names.contains(name)),
            _ => {}
        }
    }

    /// The server of a service as written; nothing after telling why it cannot be read.
    fn server<T: Default>(
        &mut self,
        section: Section,
        name: &Arc<str>,
        decode: fn(&Tree, &Arc<Source>) -> Result<T, Vec<Problem>>,
    ) -> Option<T> {
        let Some(written) = self.taken.of(section, name) else { return Some(T::default()) };
        match decode(written, &self.source) {
            Ok(server) => Some(server),
            Err(problems) => {
                let object = ObjectRef::new(section, Arc::clone(name));
                self.config.problems.extend(problems.into_iter().map(|problem| problem.of(object.clone())));
                None
            }
        }
    }

    /// Where a service listens; nothing after telling why nobody knows.
    fn addresses(&mut self, section: Section, name: &Arc<str>, port: &str) -> Option<Vec<Address>> {
        if !port.is_empty() && !port.parse::<u16>().is_ok_and(|port| port > 0) {
            let mark = self.taken.of(section, name).map_or_else(Mark::default, |server| server.mark);
            let message =
                format!("server.port of service `{name}` cannot be `{port}`, write a number from 1 to 65535");
            self.tell(section, name, mark, message);
            return None;
        }
        let outcome = match self.workload.servers {
            Servers::None => Ok(Vec::new()),
            Servers::At(find) => find(Some(port).filter(|port| !port.is_empty())),
        };
        match outcome {
            Ok(addresses) => Some(addresses),
            Err(message) => {
                let mark = self.taken.of(section, name).map_or_else(Mark::default, |server| server.mark);
                // A port helps where a port is missing, and not where there is no address.
                let message = match !message.contains("no address") {
                    true => format!("{message}; set traefik.{section}.{name}.loadbalancer.server.port"),
                    false => message,
                };
                self.tell(section, name, mark, message);
                // Where no label asks for anything, the workload may not be meant at all.
                if self.named.is_nothing()
                    && let Some(problem) = self.config.problems.last_mut()
                {
                    problem.severity = Severity::Warning;
                    problem.message.push_str(", or traefik.enable=false");
                }
                None
            }
        }
    }

    /// The one service that a router without one means; nothing after telling why there is none.
    fn only_service(&mut self, router: Section, name: &Arc<str>, mark: Mark) -> Option<Name> {
        let services = match router {
            Section::HttpRouters => &self.named.http_services,
            Section::TcpRouters => &self.named.tcp_services,
            _ => &self.named.udp_services,
        };
        match services.as_slice() {
            [] => Some(Name::from(Arc::from(self.workload.name))),
            [only] => Some(Name::from(Arc::clone(only))),
            several => {
                let first = several.iter().take(MOST_NAMED).map(AsRef::as_ref);
                let more = (several.len() > MOST_NAMED).then_some("…");
                let known = first.chain(more).collect::<Vec<&str>>().join(", ");
                let message = format!(
                    "router `{name}` names no service, and there are several: {known}; set traefik.{router}.{name}.service"
                );
                self.tell(router, name, mark, message);
                None
            }
        }
    }

    /// Where an object is written that nobody wrote: on the workload.
    fn nowhere(&self) -> Origin {
        Origin::new(Arc::clone(&self.source), Mark::default())
    }
}

/// The names of objects, to go through them while they change.
fn names<T>(objects: &Objects<T>) -> Vec<Arc<str>> {
    objects.keys().cloned().collect()
}

fn is_error(problem: &Problem) -> bool {
    problem.severity == Severity::Error
}

/// A list of servers is one server in labels.
fn as_labels_say(problem: &mut Problem) {
    let is_service = problem.object.as_ref().is_some_and(|object| {
        matches!(object.section, Section::HttpServices | Section::TcpServices | Section::UdpServices)
    });
    let Some(expected) = problem.expected.as_mut().filter(|expected| is_service && expected.contains(LIST))
    else {
        return;
    };
    *expected = expected.replace(LIST, ONE);
    let unknown = problem.message.strip_prefix("unknown field `").and_then(|rest| rest.strip_suffix('`'));
    let meant = unknown.and_then(|word| nearest(word.trim_end_matches("[]"), &[ONE]));
    problem.nearest = meant.or_else(|| problem.nearest.take());
}

/// The value behind a key, compared without case.
fn field<'t>(tree: &'t Tree, path: &[&str]) -> Option<&'t Tree> {
    path.iter().try_fold(tree, |tree, name| tree.field(name))
}

/// So many services are named where one has to be chosen.
const MOST_NAMED: usize = 10;
/// What files call servers, and labels.
const LIST: &str = "servers";
const ONE: &str = "server";
/// What of the labels is routing. traefik: the same.
const FILTERS: [&str; 4] = ["traefik.http", "traefik.tcp", "traefik.udp", "traefik.tls.stores.default"];
