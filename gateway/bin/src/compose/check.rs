//! What is wrong with Compose files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use windrose_config::source::{Format, parse};
use windrose_config::static_config::Loaded;
use windrose_config::tree::{self, Entry};
use windrose_config::{DynamicConfig, Problem, Source, StaticConfig, Tree, refuse};
use windrose_provider_docker::described::{self, Described};
use windrose_provider_docker::options::Choice;
use windrose_provider_docker::{DOCKER, Options, SWARM, SwarmOptions};
use windrose_provider_file::{FILE, files_read};
use windrose_telemetry::{Around as Near, Changes};

use super::gateway::{self, Told};
use super::place::Places;
use super::project::Project;
use super::service::{Label, Service};
use crate::check::{Checked, Parts, Supplied, Written, assumed, compiled, weigh};
use crate::configuration::Surroundings;

/// Whether a file is one of Compose: it has services, and no section of routing.
pub(crate) fn is_compose(path: &Path) -> bool {
    let Ok(bytes) = windrose_provider_file::bytes(path) else { return false };
    let name = path.to_string_lossy();
    if !matches!(Format::of_file(&name), Some(Format::Yaml)) {
        return false;
    }
    // Not as a template: Compose knows none.
    let text = String::from_utf8_lossy(&bytes);
    let Ok(document) = parse(Format::Yaml, &text, &Source::file(&name)) else {
        return text.lines().any(|line| line.trim_end() == "services:");
    };
    let includes =
        document.field("include").is_some_and(|include| matches!(include.value, tree::Value::List(_)));
    (includes || document.field("services").is_some_and(Tree::is_table))
        && ["http", "tcp", "udp"].iter().all(|section| document.field(section).is_none())
}

/// Compose files that belong together.
#[derive(Debug, Default)]
pub(crate) struct Compose {
    projects: Vec<Project>,
    problems: Vec<Problem>,
}

impl Compose {
    /// Reads files.
    pub(crate) fn read(files: &[&Path], around: &Surroundings) -> Self {
        let variables: BTreeMap<String, String> = around.variables().iter().cloned().collect();
        let mut compose = Self::default();
        for file in files {
            let text = match windrose_provider_file::bytes(file) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) => {
                    compose.problems.push(
                        Problem::error(windrose_provider_file::unreadable("file", &error))
                            .at(&Source::file(&file.to_string_lossy()), windrose_config::Mark::default()),
                    );
                    continue;
                }
            };
            match Project::read(file, &text, &variables) {
                Ok(mut project) => {
                    compose.problems.append(&mut project.problems);
                    compose.projects.push(project);
                }
                Err(problem) => compose.problems.push(problem),
            }
        }
        compose
    }

    /// What those who change the image of a gateway among the services should know.
    pub(crate) fn notes(&self) -> Vec<String> {
        let gateways = self.gateways();
        gateways.iter().flat_map(|(_, service)| gateway::notes(service)).collect()
    }

    /// What is wrong, given what routing files say.
    pub(crate) fn check(mut self, routing: Option<DynamicConfig>) -> Checked {
        let mut problems = std::mem::take(&mut self.problems);
        let count = self.services().count();
        let read = match self.projects.as_slice() {
            [] => "no Compose file could be read".to_owned(),
            [_] => format!("checked {count} service{} of a Compose file", plural(count)),
            several => format!("checked {count} services of {} Compose files", several.len()),
        };
        let gateways = self.gateways();
        let is_about_us =
            |service: &Service| has_labels(&service.labels) || has_labels(&service.deploy_labels);
        let is_nothing = gateways.is_empty() && !self.services().any(|(_, service)| is_about_us(service));
        let read =
            if is_nothing && count > 0 { format!("{read}, none with labels for the gateway") } else { read };
        let Some((_, service)) = gateways.first().copied() else {
            let (found, written) = self.without_gateway(routing);
            problems.extend(found);
            return Checked { read, problems, written };
        };
        let Told { install, problems: besides } = Told::read(service);
        problems.extend(besides);
        let Some((install, fatal)) = install else {
            let (found, written) = self.without_gateway(routing);
            problems.extend(found);
            return Checked { read, problems, written };
        };
        let places = self.places();
        let variables = gateway::variables(service);
        let env =
            |name: &str| variables.get(name).map(|word| word.text.clone()).filter(|value| !value.is_empty());
        let near = Near { env: &env, files: &windrose_assembly::files, changes: Changes::NeverCome };
        let is_broken = !fatal.is_empty();
        let Checked { problems: found, read, written } = weigh(install, fatal, read, near, |_, loaded| {
            let mut supplied = self.supplied(loaded, service, routing, is_broken);
            let elsewhere = self.elsewhere(&supplied.parts);
            supplied.parts.extend(elsewhere);
            supplied
        });
        let found = found.into_iter().filter(|problem| !is_of_elsewhere(problem));
        let found = found.filter_map(|problem| places.placed(problem));
        problems.extend(found.filter_map(|problem| gateway::placed(problem, service)));
        Checked { read, problems, written }
    }

    /// What the providers of the gateway will see.
    fn supplied(
        &self,
        loaded: &Loaded,
        service: &Service,
        routing: Option<DynamicConfig>,
        is_broken: bool,
    ) -> Supplied {
        let mut supplied = Supplied::default();
        // What is wrong with their options has been told.
        let source = &loaded.source;
        let options = |name: &str| loaded.config.providers.find(name).map(|provider| &provider.options);
        let file = options(FILE).and_then(|tree| windrose_provider_file::Options::decode(tree, source).ok());
        match (file, routing) {
            (_, Some(routing)) => supplied.add(FILE, routing),
            (Some(options), None) => {
                if let Some(read) = gateway::routing(service, &options.target) {
                    supplied.words.push(files_read(read.files, &read.config.problems));
                    supplied.add(FILE, read.config);
                }
            }
            (None, None) => {}
        }
        let docker = options(DOCKER).map(|tree| readable(tree, |tree| Options::decode(tree, source).ok()));
        if let Some(options) = docker.flatten() {
            supplied.add(DOCKER, self.containers(&options.choice, |_| true));
        }
        let swarm = options(SWARM).map(|tree| readable(tree, |tree| SwarmOptions::decode(tree, source).ok()));
        if let Some(options) = swarm.flatten() {
            supplied.add(SWARM, self.swarm_services(&options.choice));
        }
        match (usual(), options(DOCKER).is_some() && options(SWARM).is_none()) {
            // What is wrong may be how a swarm was asked for.
            (Some(choice), true) if is_broken => supplied.add(SWARM, self.swarm_services(&choice)),
            (_, true) => supplied.problems.extend(self.deployed()),
            (_, false) => {}
        }
        supplied
    }

    /// Tells of labels that only the provider of swarms reads, which is not switched on.
    fn deployed(&self) -> Vec<Problem> {
        let told = self.services().filter_map(|(_, service)| {
            let first = service.deploy_labels.iter().find(|label| is_ours(label))?;
            let message = "labels below deploy are those of a service of a swarm, which providers.docker does not read; write them below the service, or switch providers.swarm on";
            Some(Problem::warning(message).at(&service.home.source, first.at))
        });
        told.collect()
    }

    /// Labels alone: the gateway is elsewhere, and what it is told is not known.
    fn without_gateway(&self, routing: Option<DynamicConfig>) -> (Vec<Problem>, Written) {
        let Some(choice) = usual() else { return Default::default() };
        let containers = self.containers(&choice, |service| has_labels(&service.labels));
        let services = self.swarm_services(&choice);
        let mut parts: Parts =
            vec![(DOCKER.into(), Arc::new(containers)), (SWARM.into(), Arc::new(services))];
        parts.extend(routing.map(|routing| (FILE.into(), Arc::new(routing))));
        let written =
            Written { install: None, routing: parts.iter().map(|(_, part)| Arc::clone(part)).collect() };
        parts.extend(self.elsewhere(&parts));
        let mut settings = StaticConfig::default();
        for (_, config) in &parts {
            let StaticConfig { entry_points, api, ping, certificates_resolvers, metrics, .. } =
                assumed(config);
            settings.entry_points.extend(entry_points);
            settings.certificates_resolvers.extend(certificates_resolvers);
            (settings.api, settings.ping, settings.metrics) = (api, ping, metrics);
        }
        let places = self.places();
        let found = compiled(&Arc::new(settings), parts).into_iter();
        let found = found.filter(|problem| !is_of_elsewhere(problem));
        (found.filter_map(|problem| places.placed(as_from_afar(problem))).collect(), written)
    }

    fn containers(&self, choice: &Choice, is_meant: impl Fn(&Service) -> bool) -> DynamicConfig {
        let all = self.services().map(|(project, service)| {
            let mut labels = texts(&service.labels);
            // It is there all the same: others may have its network.
            if !is_meant(service) {
                labels.insert("traefik.enable".to_owned(), "false".to_owned());
            }
            labels.insert("com.docker.compose.project".to_owned(), project.name.clone());
            labels.insert("com.docker.compose.service".to_owned(), service.name.clone());
            let mode = match service.network_mode.split_once(':') {
                Some(("service", name)) => {
                    let target = project.services.iter().find(|service| service.name == name);
                    target.map_or_else(String::new, |service| {
                        format!("container:{}", project.container(service))
                    })
                }
                _ => service.network_mode.clone(),
            };
            Described {
                name: project.container(service),
                labels,
                ports: service.ports.clone(),
                networks: project.networks_of(service),
                network_mode: mode,
            }
        });
        described::containers(&all.collect::<Vec<_>>(), choice)
    }

    fn swarm_services(&self, choice: &Choice) -> DynamicConfig {
        let all = self.services().filter(|(_, service)| has_labels(&service.deploy_labels));
        let all = all.map(|(project, service)| Described {
            name: format!("{}_{}", project.name, service.name),
            labels: texts(&service.deploy_labels),
            networks: project.networks_of(service),
            ..Described::default()
        });
        described::services(&all.collect::<Vec<_>>(), choice)
    }

    /// What references to other providers lead to, of which nothing is known here: there is everything that is named.
    fn elsewhere(&self, parts: &Parts) -> Parts {
        let mut named: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        let labels =
            self.services().flat_map(|(_, service)| service.labels.iter().chain(&service.deploy_labels));
        for part in labels.flat_map(|label| label.value.text.split(',')) {
            let Some((name, provider)) = part.trim().rsplit_once('@') else { continue };
            let is_there = |known: &&&'static str| {
                parts.iter().all(|(provider, _)| **provider != ***known) && **known == provider
            };
            if let Some(provider) = OTHERS.iter().find(is_there) {
                named.entry(provider).or_default().insert(name.to_owned());
            }
        }
        named.into_iter().map(|(provider, names)| (provider.into(), Arc::new(everything(&names)))).collect()
    }

    fn places(&self) -> Places {
        let mut places = Places::default();
        for (project, service) in self.services() {
            let owner = described::owner_of_container(&project.container(service));
            places.add(owner, &service.home.source, service.mark, &service.labels);
            let owner = described::owner_of_service(&format!("{}_{}", project.name, service.name));
            places.add(owner, &service.home.source, service.mark, &service.deploy_labels);
        }
        places
    }

    fn gateways(&self) -> Vec<(&Project, &Service)> {
        self.services().filter(|(_, service)| gateway::is_gateway(service)).collect()
    }

    fn services(&self) -> impl Iterator<Item = (&Project, &Service)> {
        self.projects
            .iter()
            .flat_map(|project| project.services.iter().map(move |service| (project, service)))
    }
}

/// The options of a provider that nothing is said about.
fn usual() -> Option<Choice> {
    let source = Source::other("the usual options");
    Options::decode(&Tree::null(), &source).ok().map(|options| options.choice)
}

/// Objects of these names, of every section.
fn everything(names: &BTreeSet<String>) -> DynamicConfig {
    let of = |value: Value| -> Value {
        Value::Object(names.iter().map(|name| (name.clone(), value.clone())).collect::<Map<_, _>>())
    };
    let servers = |server: Value| json!({"loadBalancer": {"servers": [server]}});
    let document = json!({
        "http": {
            "middlewares": of(json!({"headers": {"customRequestHeaders": {"X-Elsewhere": "1"}}})),
            "services": of(servers(json!({"url": "http://192.0.2.1"}))),
            "serversTransports": of(json!({"serverName": "elsewhere"})),
        },
        "tcp": {
            "middlewares": of(json!({"inFlightConn": {"amount": 1}})),
            "services": of(servers(json!({"address": "192.0.2.1:1"}))),
        },
        "tls": {"options": of(json!({"minVersion": "VersionTLS12"}))},
    });
    let source = Source::other(ELSEWHERE);
    match parse(Format::Json, &document.to_string(), &source) {
        Ok(tree) => DynamicConfig::decode(tree, &source, refuse::DYNAMIC),
        Err(_) => DynamicConfig::default(),
    }
}

/// Whether it is about what stands for other providers.
fn is_of_elsewhere(problem: &Problem) -> bool {
    let source = problem.origin.as_ref().map(|origin| &*origin.source);
    matches!(source, Some(Source::Other(text)) if &**text == ELSEWHERE)
}

/// Other Compose files of the same engine may declare what is missing here.
fn as_from_afar(mut problem: Problem) -> Problem {
    let is_missing = problem.message.ends_with("@docker does not exist")
        || problem.message.ends_with("@swarm does not exist");
    if is_missing && problem.nearest.is_none() {
        problem.severity = windrose_config::Severity::Warning;
        problem.message.push_str(" in these files; another project may declare it");
    }
    problem
}

/// As much of the options of a provider as can be read: of those that cannot, nothing is said.
fn readable<O>(options: &Tree, decode: impl Fn(&Tree) -> Option<O>) -> Option<O> {
    if let Some(read) = decode(options) {
        return Some(read);
    }
    let table = |entries: Vec<Entry>| Tree { mark: options.mark, value: tree::Value::Table(entries.into()) };
    let good = options.entries().iter().filter(|entry| decode(&table(vec![(*entry).clone()])).is_some());
    decode(&table(good.cloned().collect()))
}

fn has_labels(labels: &[Label]) -> bool {
    labels.iter().any(is_ours)
}

fn is_ours(label: &Label) -> bool {
    label.name.to_ascii_lowercase().starts_with("traefik.")
}

fn texts(labels: &[Label]) -> BTreeMap<String, String> {
    labels.iter().map(|label| (label.name.clone(), label.value.text.clone())).collect()
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The source of what stands for other providers.
const ELSEWHERE: &str = "other providers";
/// Providers that labels may refer to.
const OTHERS: [&str; 14] = [
    FILE,
    DOCKER,
    SWARM,
    "consulcatalog",
    "nomad",
    "ecs",
    "kubernetes",
    "kubernetescrd",
    "kubernetesingressnginx",
    "redis",
    "consul",
    "etcd",
    "zookeeper",
    "http",
];
