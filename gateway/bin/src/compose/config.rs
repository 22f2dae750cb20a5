//! `configs` of Compose: texts and files that are mounted into services.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use windrose_config::Tree;

use super::include::{Document, within};
use super::interpolate::fill;
use super::project::entries;
use super::service::Service;

/// Those of a project, by name.
#[derive(Debug, Default)]
pub(super) struct Configs(BTreeMap<String, Config>);

#[derive(Debug, Clone)]
enum Config {
    /// What stands in the Compose file, and what problems call it.
    Content(Content),
    /// A file of this machine.
    File(PathBuf),
}

/// A text that becomes a file of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    /// What problems call it.
    pub(super) name: String,
    pub(super) text: String,
}

impl Configs {
    /// Takes those of a file.
    pub(super) fn take(&mut self, document: &Document, folder: &Path, variables: &BTreeMap<String, String>) {
        for entry in entries(&document.tree, "configs") {
            let text = |name: &str| entry.value.field(name).and_then(Tree::as_text);
            let config = match (text("content"), text("file")) {
                (Some(content), _) => Config::Content(Content {
                    name: format!("{}, config {}", document.path.display(), entry.key),
                    text: fill(content, variables).text,
                }),
                (None, Some(file)) => Config::File(within(folder, &fill(file, variables).text)),
                (None, None) => continue,
            };
            self.0.insert(entry.key.to_string(), config);
        }
    }

    /// Mounts those that a service asks for.
    pub(super) fn mount(&self, service: &mut Service) {
        for (name, target) in std::mem::take(&mut service.configs) {
            match self.0.get(&name) {
                Some(Config::Content(content)) => service.contents.push((target, content.clone())),
                Some(Config::File(path)) => service.mounts.push((target, path.clone())),
                None => {}
            }
        }
    }
}
