//! The files that a Compose file includes: each has a folder and variables of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windrose_config::source::yaml;
use windrose_config::tree::Value;
use windrose_config::{Problem, Source, Tree};

use super::interpolate::fill;
use super::lines::Lines;
use super::project::{env_file, with_env_file};

/// A file of Compose.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) path: PathBuf,
    pub(super) source: Arc<Source>,
    pub(super) tree: Tree,
    pub(super) lines: Lines,
}

/// Files that say more of the same services, the last one counting most, with one folder and one set of variables.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) documents: Vec<Document>,
    /// Where relative paths of services begin.
    pub(super) folder: PathBuf,
    pub(super) variables: BTreeMap<String, String>,
}

impl Document {
    /// A file of this text. The error is what makes it no YAML.
    pub(super) fn new(path: &Path, text: &str) -> Result<Self, Problem> {
        let source = Source::file(&path.to_string_lossy());
        let tree = yaml::parse(text, &source)?;
        Ok(Self { path: path.to_path_buf(), source, tree, lines: Lines::of(text) })
    }

    /// The folder that it is in; an empty path is the current one.
    pub(super) fn folder(&self) -> PathBuf {
        self.path.parent().unwrap_or_else(|| Path::new("")).to_path_buf()
    }

    /// Which file it is, whatever it is called.
    pub(super) fn identity(&self) -> PathBuf {
        identity(&self.path)
    }
}

/// What a file includes and was not read yet. Cycles are told, and so is what is not there.
pub(super) fn parts(
    document: &Document,
    variables: &BTreeMap<String, String>,
    open: &[PathBuf],
    read: &mut BTreeSet<PathBuf>,
    problems: &mut Vec<Problem>,
) -> Vec<Part> {
    let Some(include) = document.tree.field("include") else { return Vec::new() };
    let mut reading = Reading { document, variables, open, read, problems };
    let Value::List(items) = &include.value else {
        let message = format!("include takes a list of files, and here is {}", include.describe());
        reading.tell(Problem::error(message), include);
        return Vec::new();
    };
    items.iter().filter_map(|item| reading.part(item)).collect()
}

/// A path that is written in a file of this folder.
pub(super) fn within(folder: &Path, path: &str) -> PathBuf {
    folder.join(path.trim_start_matches("./"))
}

struct Reading<'r> {
    document: &'r Document,
    variables: &'r BTreeMap<String, String>,
    open: &'r [PathBuf],
    read: &'r mut BTreeSet<PathBuf>,
    problems: &'r mut Vec<Problem>,
}

impl Reading<'_> {
    fn part(&mut self, item: &Tree) -> Option<Part> {
        let folder = self.document.folder();
        let written = if item.is_table() { item.field("path")? } else { item };
        let mut documents = Vec::new();
        for path in self.texts(written) {
            documents.push(self.document_at(&path, &folder, item)?);
        }
        let first = documents.first()?;
        let own = item.field("project_directory").and_then(|own| self.text(own));
        let own = own.map_or_else(|| first.folder(), |own| within(&folder, &own));
        let variables = match item.field("env_file") {
            None => with_env_file(&own, self.variables),
            Some(files) => {
                let mut all = BTreeMap::new();
                for file in self.texts(files) {
                    let path = within(&folder, &file);
                    if !path.is_file() {
                        let message =
                            format!("{} does not exist, and variables are read from it", path.display());
                        self.tell(Problem::error(message), files);
                    }
                    all.extend(env_file(&path));
                }
                all.extend(self.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
                all
            }
        };
        Some(Part { documents, folder: own, variables })
    }

    fn document_at(&mut self, path: &str, folder: &Path, item: &Tree) -> Option<Document> {
        if path.contains("://") || path.starts_with("git@") {
            let message = format!("{path} is not on this machine, so what it declares is not checked");
            self.tell(Problem::warning(message), item);
            return None;
        }
        let path = within(folder, path);
        if self.open.contains(&identity(&path)) {
            let message = format!("{} is included by itself, remove one of the includes", path.display());
            self.tell(Problem::error(message), item);
            return None;
        }
        if self.read.len() >= MOST {
            self.tell(
                Problem::error(format!("more than {MOST} files are included, which nobody means")),
                item,
            );
            return None;
        }
        if !self.read.insert(identity(&path)) {
            return None;
        }
        let bytes = match windrose_provider_file::bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let reason = windrose_provider_file::unreadable("file", &error);
                let message = format!("{} cannot be included: {reason}", path.display());
                self.tell(Problem::error(message), item);
                return None;
            }
        };
        match Document::new(&path, &String::from_utf8_lossy(&bytes)) {
            Ok(document) => Some(document),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    fn texts(&mut self, tree: &Tree) -> Vec<String> {
        match &tree.value {
            Value::List(items) => items.iter().filter_map(|item| self.text(item)).collect(),
            _ => self.text(tree).into_iter().collect(),
        }
    }

    fn text(&mut self, tree: &Tree) -> Option<String> {
        match tree.as_text() {
            Some(text) => Some(fill(text, self.variables).text),
            None => {
                self.tell(Problem::error(format!("a path is text, and here is {}", tree.describe())), tree);
                None
            }
        }
    }

    fn tell(&mut self, problem: Problem, tree: &Tree) {
        self.problems.push(problem.at(&self.document.source, tree.mark));
    }
}

fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// How many files one file includes, in the end.
const MOST: usize = 256;
