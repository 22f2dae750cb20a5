//! A Compose project as a whole: its services, with what they take from others, and the files that it includes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windrose_config::source::yaml;
use windrose_config::tree::Value;
use windrose_config::{Mark, Problem, Source, Tree};

use super::config::Configs;
use super::include::{self, Document, Part};
use super::interpolate::fill;
use super::service::{Home, Service};

/// A Compose file with all that it includes.
#[derive(Debug)]
pub(super) struct Project {
    /// What Compose calls it.
    pub(super) name: String,
    /// In the written order.
    pub(super) services: Vec<Service>,
    /// The real names of networks that have other names outside of the file.
    pub(super) networks: BTreeMap<String, String>,
    /// What is wrong with the files themselves.
    pub(super) problems: Vec<Problem>,
    configs: Configs,
    /// Files that were read, each once.
    read: BTreeSet<PathBuf>,
}

impl Project {
    /// Reads a file of this text. The error is what makes it no YAML.
    pub(super) fn read(
        path: &Path,
        text: &str,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let document = Document::new(path, text)?;
        let folder = document.folder();
        let mut variables = with_env_file(&folder, variables);
        let name = match variables.get("COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty()) {
            Some(name) => name.clone(),
            None => match document.tree.field("name").and_then(Tree::as_text) {
                Some(name) => fill(name, &variables).text,
                None => folder_name(&folder),
            },
        };
        // Compose sets it in any case.
        variables.insert("COMPOSE_PROJECT_NAME".to_owned(), name.clone());
        let mut project = Self {
            name,
            services: Vec::new(),
            networks: BTreeMap::new(),
            problems: Vec::new(),
            configs: Configs::default(),
            read: BTreeSet::from([document.identity()]),
        };
        project.take(&Part { documents: vec![document], folder, variables }, &mut Vec::new());
        for service in &mut project.services {
            project.configs.mount(service);
        }
        Ok(project)
    }

    /// Takes what a part declares, and what it includes. `open` are the files whose includes are being read.
    fn take(&mut self, part: &Part, open: &mut Vec<PathBuf>) {
        for document in &part.documents {
            self.networks.extend(networks(&document.tree, &self.name));
            self.configs.take(document, &part.folder, &part.variables);
        }
        let mut names = BTreeSet::new();
        let all = part.documents.iter().flat_map(|document| entries(&document.tree, "services"));
        for name in all.map(|entry| Arc::clone(&entry.key)).filter(|name| names.insert(Arc::clone(name))) {
            self.service(part, &name);
        }
        let own = open.len();
        open.extend(part.documents.iter().map(Document::identity));
        for document in &part.documents {
            for included in
                include::parts(document, &part.variables, open, &mut self.read, &mut self.problems)
            {
                self.take(&included, open);
            }
        }
        open.truncate(own);
    }

    /// Takes a service of a part. Of several files that say something of it, the last one is where it is written.
    fn service(&mut self, part: &Part, name: &str) {
        let mut layers = Vec::new();
        let mut last = None;
        for document in &part.documents {
            let found = entries(&document.tree, "services").iter().find(|entry| *entry.key == *name);
            let Some(entry) = found else { continue };
            layers.iter_mut().for_each(|layer| nowhere(layer, entry.mark));
            layers.extend(document.layers(name, &mut self.problems));
            last = Some((document, entry.mark));
        }
        let Some((document, mark)) = last else { return };
        let home = Home { source: Arc::clone(&document.source), folder: part.folder.clone() };
        let layers: Vec<&Tree> = layers.iter().collect();
        let (service, problems) = Service::read(name, mark, &layers, &part.variables, home, &document.lines);
        self.services.push(service);
        self.problems.extend(problems);
    }

    /// What the container of a service is called.
    pub(super) fn container(&self, service: &Service) -> String {
        service.container_name.clone().unwrap_or_else(|| format!("{}-{}-1", self.name, service.name))
    }

    /// The real names of the networks of a service.
    pub(super) fn networks_of(&self, service: &Service) -> Vec<String> {
        let written: &[String] = if service.networks.is_empty() { &[] } else { &service.networks };
        if written.is_empty() && service.network_mode.is_empty() {
            return vec![self.network("default")];
        }
        written.iter().map(|name| self.network(name)).collect()
    }

    fn network(&self, name: &str) -> String {
        self.networks.get(name).cloned().unwrap_or_else(|| format!("{}_{name}", self.name))
    }
}

impl Document {
    /// A service and those that it extends, the last one first in effect.
    fn layers(&self, name: &str, problems: &mut Vec<Problem>) -> Vec<Tree> {
        let mut layers = Vec::new();
        let mut seen = vec![name.to_owned()];
        let mut next = service_of(&self.tree, name).cloned();
        let mut other: Option<Tree> = None;
        while let Some(service) = next.take() {
            let extends = service.field("extends").cloned();
            layers.push(service);
            let Some(extends) = extends else { break };
            let wanted = extends.as_text().or_else(|| extends.field("service").and_then(Tree::as_text));
            let Some(wanted) = wanted.map(str::to_owned) else { break };
            if let Some(file) = extends.field("file").and_then(Tree::as_text) {
                let path = include::within(&self.folder(), file);
                match read_other(&path) {
                    // Places in it are not those of this file.
                    Some(mut tree) => {
                        nowhere(&mut tree, extends.mark);
                        other = Some(tree);
                    }
                    None => {
                        let message = format!(
                            "{} cannot be read, so what the service takes from it is not checked",
                            path.display()
                        );
                        problems.push(Problem::warning(message).at(&self.source, extends.mark));
                        break;
                    }
                }
                seen.clear();
            }
            if seen.contains(&wanted) {
                let message = format!("service {wanted} extends itself");
                problems.push(Problem::error(message).at(&self.source, extends.mark));
                break;
            }
            next = service_of(other.as_ref().unwrap_or(&self.tree), &wanted).cloned();
            if next.is_none() {
                let message = format!("there is no service {wanted} to extend");
                problems.push(Problem::error(message).at(&self.source, extends.mark));
            }
            seen.push(wanted);
            if layers.len() > MOST_LAYERS {
                break;
            }
        }
        layers.reverse();
        layers
    }
}

fn service_of<'t>(tree: &'t Tree, name: &str) -> Option<&'t Tree> {
    entries(tree, "services").iter().find(|entry| *entry.key == *name).map(|entry| &entry.value)
}

pub(super) fn entries<'t>(tree: &'t Tree, name: &str) -> &'t [windrose_config::tree::Entry] {
    tree.field(name).map(Tree::entries).unwrap_or_default()
}

fn read_other(path: &Path) -> Option<Tree> {
    let text = String::from_utf8(windrose_provider_file::bytes(path).ok()?).ok()?;
    yaml::parse(&text, &Source::file(&path.to_string_lossy())).ok()
}
/// Gives every value in a tree the same place.
fn nowhere(tree: &mut Tree, mark: Mark) {
    tree.mark = mark;
    match &mut tree.value {
        Value::Table(entries) => entries.iter_mut().for_each(|entry| {
            entry.mark = mark;
            nowhere(&mut entry.value, mark);
        }),
        Value::List(items) => items.iter_mut().for_each(|item| nowhere(item, mark)),
        Value::Null | Value::Text(_) => {}
    }
}

/// The real names of networks: their own where they have one, that of the file with the project before it.
fn networks(tree: &Tree, project: &str) -> BTreeMap<String, String> {
    let named = entries(tree, "networks").iter().map(|entry| {
        let external = entry.value.field("external");
        let is_external = external.is_some_and(|external| external.as_text() != Some("false"));
        let own = entry.value.field("name").or_else(|| external.and_then(|external| external.field("name")));
        let name = match own.and_then(Tree::as_text) {
            Some(name) => name.to_owned(),
            None if is_external => entry.key.to_string(),
            None => format!("{project}_{}", entry.key),
        };
        (entry.key.to_string(), name)
    });
    named.collect()
}

/// The variables of the file `.env` beside the Compose file; those of the environment count more.
pub(super) fn with_env_file(folder: &Path, variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all = env_file(&folder.join(".env"));
    all.extend(variables.iter().map(|(name, value)| (name.clone(), value.clone())));
    all
}

/// The variables that a file of `NAME=value` lines sets; none when there is no such file.
pub(super) fn env_file(path: &Path) -> BTreeMap<String, String> {
    let text = windrose_provider_file::bytes(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| {
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        Some((name.trim().to_owned(), unquoted(value.trim()).to_owned()))
    });
    pairs.collect()
}

pub(super) fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inside.0;
        }
    }
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

/// Compose names a project after its folder.
fn folder_name(folder: &Path) -> String {
    // An empty path is the current folder.
    let folder = Path::new(".").join(folder);
    let whole = std::path::absolute(&folder).unwrap_or(folder);
    let whole: PathBuf = whole.components().collect();
    let name = whole.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    name.chars().filter(kept).collect::<String>().trim_start_matches(['-', '_']).to_owned()
}

/// Services that extend each other further than this are not meant.
const MOST_LAYERS: usize = 32;
