//! The gateway among the services of a Compose file: its install configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windrose_config::source::{environment, flags};
use windrose_config::static_config::{Choice, Search, candidates};
use windrose_config::tree::Value;
use windrose_config::{Problem, StaticConfig, Tree};
use windrose_provider_file::Target;

use super::place::at_words;
use super::project::{Project, env_file};
use super::service::{Service, Word};
use crate::configuration::{self, Install};

/// What the gateway is told.
pub(super) struct Told {
    /// Its install configuration, with what stops its start; nothing when it is not at hand.
    pub(super) install: Option<(Install, Vec<Problem>)>,
    /// What is wrong besides, or not known.
    pub(super) problems: Vec<Problem>,
}

/// Whether a service is a gateway.
pub(super) fn is_gateway(service: &Service) -> bool {
    let repository = service.image.split('@').next().unwrap_or_default();
    let name = repository.rsplit('/').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let is_option = |word: &Word| word.text.to_ascii_lowercase().starts_with("--entrypoints.");
    ["traefik", "windrose"].contains(&name) && !runs_another_command(service)
        || (service.command.iter().any(is_option) || service.entrypoint.iter().any(is_option))
}

/// Whether the program is asked for something else than to serve.
fn runs_another_command(service: &Service) -> bool {
    let first = arguments(service).first().map(|word| word.text.clone()).unwrap_or_default();
    !first.is_empty() && !first.starts_with('-') && first != "run"
        || arguments(service).iter().any(|word| word.text == "--demo" || word.text == "--to")
}

/// What follows the name of the program.
fn arguments(service: &Service) -> Vec<&Word> {
    let words = service.entrypoint.iter().chain(&service.command);
    let is_program = |word: &&&Word| {
        let name = word.text.rsplit('/').next().unwrap_or_default();
        ["traefik", "windrose", "entrypoint.sh"].contains(&name)
    };
    let words: Vec<&Word> = words.collect();
    let programs = words.iter().take_while(is_program).count();
    words.into_iter().skip(programs).collect()
}

impl Told {
    /// Reads it.
    pub(super) fn read(project: &Project, service: &Service) -> Self {
        let shape = StaticConfig::shape();
        let words: Vec<&Word> =
            arguments(service).into_iter().skip_while(|word| word.text == "run").collect();
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let named: Vec<(&str, &Word)> = texts
            .iter()
            .zip(&words)
            .map(|(text, word)| (text.split_once('=').map_or(*text, |(name, _)| name), *word))
            .collect();
        let at_flags = |problem| at_words(problem, &named, &project.source);
        let parsed = match flags::parse(&texts, &shape) {
            Ok(parsed) => parsed,
            Err(wrong) => {
                let problems = wrong.into_iter().filter_map(at_flags).collect();
                return Self { install: None, problems };
            }
        };
        let search =
            Search { explicit: parsed.config_file.as_deref(), config_home: None, home: Some("/root") };
        for path in candidates(&search) {
            let is_asked_for = search.explicit == Some(&*path);
            match host_path(project, service, &path) {
                Some(file) if file.is_file() => return Self::from_file(&file),
                _ if is_asked_for => {
                    let message = format!(
                        "the file {path} of the gateway is not at hand, so its options are not checked"
                    );
                    let mark = service.mark;
                    let problem = Problem::warning(message).at(&project.source, mark);
                    return Self { install: None, problems: vec![problem] };
                }
                _ => {}
            }
        }
        let variables = variables(project, service);
        let pairs = variables.iter().map(|(name, word)| (name.as_str(), word.text.as_str()));
        let environment = environment::parse(pairs, &shape);
        let (tree, source, choice) = match environment {
            _ if !says_nothing(&parsed.tree) => (parsed.tree, parsed.source, Choice::Flags),
            Some(environment) => (environment.tree, environment.source, Choice::Environment),
            None => (parsed.tree, parsed.source, Choice::Defaults),
        };
        let (install, fatal) = configuration::examine_document(tree, &source, choice);
        Self { install: Some((install, fatal)), problems: Vec::new() }
    }

    fn from_file(file: &Path) -> Self {
        let name = file.to_string_lossy();
        let source = windrose_config::Source::file(&name);
        match configuration::read(&name, &source) {
            Ok(document) => {
                let examined =
                    configuration::examine_document(document, &source, Choice::File(name.into_owned()));
                Self { install: Some(examined), problems: Vec::new() }
            }
            Err(problem) => Self { install: None, problems: vec![problem] },
        }
    }
}

/// What is to be known of our image in place of the one that is named.
pub(super) fn notes(service: &Service) -> Vec<String> {
    let Service { name, volumes, healthcheck, .. } = service;
    let mut notes = Vec::new();
    if volumes.iter().any(|(from, _)| from.ends_with("docker.sock")) {
        notes.push(format!(
            "service {name} mounts the engine's socket, which belongs to root: take the image of target drop-in, which runs as root as Traefik's does, or let windrose docker-proxy hold the socket (compose/quickstart)"
        ));
    }
    let words: Vec<&str> = healthcheck.iter().map(|word| word.text.as_str()).collect();
    let needs_shell = match words.as_slice() {
        [] | ["NONE"] => false,
        ["CMD", program, ..] => !["traefik", "windrose"].iter().any(|known| program.ends_with(known)),
        _ => true,
    };
    if needs_shell {
        notes.push(format!(
            "the health check of service {name} needs a shell or another program: take the image of target drop-in, which has a shell and wget, or write [CMD, traefik, healthcheck, --ping]"
        ));
    }
    notes
}

/// A problem of the install configuration, at the words of the Compose file if it is written there.
pub(super) fn placed(problem: Problem, project: &Project, service: &Service) -> Option<Problem> {
    let arguments = arguments(service);
    let flags = arguments
        .iter()
        .map(|word| (word.text.split_once('=').map_or(word.text.as_str(), |(name, _)| name), *word));
    let variables = service.environment.iter().map(|(name, word)| (name.as_str(), word));
    let words: Vec<(&str, &Word)> = flags.chain(variables).collect();
    at_words(problem, &words, &project.source)
}

/// What the gateway's file provider reads, as far as it is at hand.
pub(super) fn target(project: &Project, service: &Service, target: &Target) -> Option<Target> {
    let here = |path: &Path| host_path(project, service, &path.to_string_lossy());
    match target {
        Target::File(path) => here(path).filter(|path| path.is_file()).map(Target::File),
        Target::Directory(path) => here(path).filter(|path| path.is_dir()).map(Target::Directory),
    }
}

/// Where a path inside of a container is outside of it; nothing when it is in the image or in a volume.
fn host_path(project: &Project, service: &Service, path: &str) -> Option<PathBuf> {
    let path = Path::new("/").join(path);
    let mounted = service.volumes.iter().filter_map(|(from, to)| {
        let rest = path.strip_prefix(to).ok()?;
        Some((to.len(), from, rest.to_path_buf()))
    });
    let (_, from, rest) = mounted.max_by_key(|(length, ..)| *length)?;
    if !from.starts_with(['.', '/', '~']) {
        return None;
    }
    let from = project.folder.join(from);
    Some(if rest.as_os_str().is_empty() { from } else { from.join(rest) })
}

/// The environment of a service: its files first, then what is written.
pub(super) fn variables(project: &Project, service: &Service) -> BTreeMap<String, Word> {
    let mut all = BTreeMap::new();
    for file in &service.env_files {
        let read = env_file(&project.folder.join(file));
        all.extend(
            read.into_iter().map(|(name, text)| (name, Word { text, mark: service.mark, ..Word::default() })),
        );
    }
    all.extend(service.environment.iter().cloned());
    all
}

fn says_nothing(tree: &Tree) -> bool {
    match &tree.value {
        Value::Null => true,
        Value::Table(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Whether a problem has its place in the Compose file already.
pub(super) fn is_placed(problem: &Problem, project: &Project) -> bool {
    problem.origin.as_ref().is_some_and(|origin| Arc::ptr_eq(&origin.source, &project.source))
}
