//! The gateway among the services of a Compose file: its install configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use windrose_config::source::{Format, parse};
use windrose_config::source::{environment, flags};
use windrose_config::static_config::{Choice, Search, candidates};
use windrose_config::tree::Value;
use windrose_config::{DynamicConfig, Problem, Source, StaticConfig, Tree, refuse};
use windrose_provider_file::{Read, Target, merge_files, read_now};

use super::config::Content;
use super::include::within;
use super::place::at_words;
use super::project::env_file;
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
    pub(super) fn read(service: &Service) -> Self {
        let shape = StaticConfig::shape();
        let words: Vec<&Word> =
            arguments(service).into_iter().skip_while(|word| word.text == "run").collect();
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let named: Vec<(&str, &Word)> = texts
            .iter()
            .zip(&words)
            .map(|(text, word)| (text.split_once('=').map_or(*text, |(name, _)| name), *word))
            .collect();
        let at_flags = |problem| at_words(problem, &named, &service.home.source);
        let parsed = match flags::parse(&texts, &shape) {
            Ok(parsed) => parsed,
            Err(wrong) => {
                let problems = wrong.into_iter().filter_map(at_flags).collect();
                return Self { install: None, problems };
            }
        };
        let search =
            Search { explicit: parsed.config_file.as_deref(), config_home: None, home: Some("/root") };
        let variables = variables(service);
        let pairs = variables.iter().map(|(name, word)| (name.as_str(), word.text.as_str()));
        let environment = environment::parse(pairs, &shape);
        // What is written in places that do not count is told where it is written.
        let unused = |choice: &Choice| {
            let all = configuration::unused(choice, &parsed, environment.as_ref());
            let at = |problem: Problem| {
                let mark = written_at(&problem, &named, &variables).unwrap_or(service.mark);
                problem.at(&service.home.source, mark)
            };
            all.into_iter().map(at).collect()
        };
        for path in candidates(&search) {
            let is_asked_for = search.explicit == Some(&*path);
            let choice = Choice::File(path.to_string());
            if let Some((_, content)) = service.contents.iter().find(|(target, _)| *target == *path) {
                return Self::from_content(content, &path).with_unused(unused(&choice));
            }
            match host_path(service, &path) {
                Some(file) if file.is_file() => return Self::from_file(&file).with_unused(unused(&choice)),
                _ if is_asked_for => {
                    let message = format!(
                        "the file {path} of the gateway is not at hand, so its options are not checked"
                    );
                    let mark = service.mark;
                    let problem = Problem::warning(message).at(&service.home.source, mark);
                    return Self { install: None, problems: vec![problem] };
                }
                _ => {}
            }
        }
        let counts = if says_nothing(&parsed.tree) { Choice::Environment } else { Choice::Flags };
        let unused = unused(&counts);
        let (tree, source, choice) = match environment {
            _ if counts == Choice::Flags => (parsed.tree, parsed.source, counts),
            Some(environment) => (environment.tree, environment.source, counts),
            None => (parsed.tree, parsed.source, Choice::Defaults),
        };
        let examined = configuration::examine_document(tree, &source, choice);
        Self { install: Some(examined), problems: Vec::new() }.with_unused(unused)
    }

    fn with_unused(mut self, unused: Vec<Problem>) -> Self {
        self.problems.extend(unused);
        self
    }

    /// The text of a config that is mounted at this path.
    fn from_content(content: &Content, path: &str) -> Self {
        let source = Source::other(&content.name);
        match configuration::document(path, &content.text, &source) {
            Ok(document) => {
                let examined =
                    configuration::examine_document(document, &source, Choice::File(path.to_owned()));
                Self { install: Some(examined), problems: Vec::new() }
            }
            Err(problem) => Self { install: None, problems: vec![problem] },
        }
    }

    fn from_file(file: &Path) -> Self {
        let name = file.to_string_lossy();
        let source = Source::file(&name);
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
pub(super) fn placed(problem: Problem, service: &Service) -> Option<Problem> {
    let arguments = arguments(service);
    let flags = arguments
        .iter()
        .map(|word| (word.text.split_once('=').map_or(word.text.as_str(), |(name, _)| name), *word));
    let variables = service.environment.iter().map(|(name, word)| (name.as_str(), word));
    let words: Vec<(&str, &Word)> = flags.chain(variables).collect();
    at_words(problem, &words, &service.home.source)
}

/// What the gateway's file provider reads, as far as it is at hand.
pub(super) fn routing(service: &Service, target: &Target) -> Option<Read> {
    let path = Path::new("/").join(match target {
        Target::File(path) | Target::Directory(path) => path,
    });
    let is_meant = |to: &str| match target {
        Target::File(_) => Path::new(to) == path,
        // A whole folder is read as one.
        Target::Directory(_) => Path::new(to).starts_with(&path) && Path::new(to) != path,
    };
    let contents = service.contents.iter().filter(|(to, _)| is_meant(to));
    let mut parts: Vec<DynamicConfig> = contents.map(|(to, content)| declared(to, content)).collect();
    let mut files = parts.len();
    let mut take = |target: Target| {
        let read = read_now(&target);
        files += read.files;
        parts.push(read.config);
    };
    if let Target::Directory(_) = target {
        let single = mounted(service).into_iter().filter(|(to, from)| is_meant(to) && from.is_file());
        single.for_each(|(_, from)| take(Target::File(from)));
    }
    match (target, host_path(service, &path.to_string_lossy())) {
        (Target::File(_), Some(file)) if file.is_file() => take(Target::File(file)),
        (Target::Directory(_), Some(folder)) if folder.is_dir() => take(Target::Directory(folder)),
        _ => {}
    }
    (!parts.is_empty()).then(|| Read { config: merge_files(&parts), files })
}

/// What a text that is mounted as a file declares.
fn declared(to: &str, content: &Content) -> DynamicConfig {
    let source = Source::other(&content.name);
    let alone = |problem: Problem| DynamicConfig { problems: vec![problem], ..DynamicConfig::default() };
    let Some(format) = Format::of_file(to) else { return DynamicConfig::default() };
    if content.text.contains("{{") {
        let message = format!("{} is a template, so what it declares is not checked", content.name);
        return alone(Problem::warning(message));
    }
    match parse(format, &content.text, &source) {
        Ok(tree) => DynamicConfig::decode(tree, &source, refuse::DYNAMIC),
        Err(problem) => alone(problem),
    }
}

/// Where a path inside of a container is outside of it; nothing when it is in the image or in a volume.
fn host_path(service: &Service, path: &str) -> Option<PathBuf> {
    let path = Path::new("/").join(path);
    let all = mounted(service).into_iter().filter_map(|(to, from)| {
        let rest = path.strip_prefix(&to).ok()?;
        Some((to.len(), if rest.as_os_str().is_empty() { from } else { from.join(rest) }))
    });
    let (_, from) = all.max_by_key(|(length, _)| *length)?;
    Some(from).filter(|from| !from.as_os_str().is_empty())
}

/// What is mounted where; an empty path stands for what is not of this machine's files.
fn mounted(service: &Service) -> Vec<(String, PathBuf)> {
    let of_volumes = service.volumes.iter().map(|(from, to)| {
        let is_here = from.starts_with(['.', '/', '~']);
        (to.clone(), if is_here { within(&service.home.folder, from) } else { PathBuf::new() })
    });
    of_volumes.chain(service.mounts.iter().cloned()).collect()
}

/// Where the first of the flags or variables that a problem names is written.
fn written_at(
    problem: &Problem,
    flags: &[(&str, &Word)],
    variables: &BTreeMap<String, Word>,
) -> Option<windrose_config::Mark> {
    let first = problem.message.split('(').nth(1)?.split([',', ')']).next()?;
    let flag = flags.iter().find(|(name, _)| *name == first).map(|(_, word)| word.mark);
    flag.or_else(|| variables.get(first).map(|word| word.mark))
}

/// The environment of a service: its files first, then what is written.
pub(super) fn variables(service: &Service) -> BTreeMap<String, Word> {
    let mut all = BTreeMap::new();
    for file in &service.env_files {
        let read = env_file(&within(&service.home.folder, file));
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
