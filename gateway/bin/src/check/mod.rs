//! `windrose check`: everything that a start and a reload would say, without opening a port.
//!
//! Reads what the provider would read and compiles it as the engine does; what comes of it is dropped.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use windrose_admin::Noop;
use windrose_config::static_config::EntryPoint;
use windrose_config::{DynamicConfig, Located, Mark, Problem, Source, StaticConfig, Update};
use windrose_engine::compile::{Compiler, entries};
use windrose_engine::merge::{INTERNAL, Place, Sources, internal, merge};
use windrose_provider_file::{Target, load_directory, load_file, merge_files};
use windrose_upstream::service::Internal;

use crate::arguments::Checked;
use crate::configuration::{self, Surroundings};
use crate::providers::{FILE, Providers};
use crate::{problems, run};

/// Everything that is wrong, sorted by place.
pub(crate) fn check(what: &Checked, around: &Surroundings) -> Vec<Problem> {
    let mut found = match what {
        Checked::Install(arguments) => install(arguments, around),
        Checked::Files(files) => routing(files),
    };
    problems::sort(&mut found);
    found.dedup();
    found
}

/// An install configuration and the files it names.
fn install(arguments: &[String], around: &Surroundings) -> Vec<Problem> {
    let loaded = match configuration::find(arguments, around) {
        Ok(install) => install.loaded,
        Err(wrong) => return wrong,
    };
    let mut found = loaded.warnings.clone();
    if let Err(wrong) = entries::entries(&loaded.config) {
        found.extend(wrong);
    }
    match Providers::read(&loaded) {
        Ok(providers) => {
            let config = providers.file.map(|options| match &options.target {
                Target::File(path) => file(path),
                Target::Directory(path) => directory(path),
            });
            found.extend(compiled(&Arc::new(loaded.config), config.unwrap_or_default()));
        }
        Err(wrong) => found.extend(wrong),
    }
    found
}

/// Files of routing alone. Nobody says which entry points there are, so all those that are named exist, and the
/// gateway's own services, too.
fn routing(files: &[String]) -> Vec<Problem> {
    let parts =
        files.iter().map(Path::new).map(|path| if path.is_dir() { directory(path) } else { file(path) });
    let config = merge_files(&parts.collect::<Vec<_>>());
    let names: BTreeSet<Arc<str>> = config
        .http
        .routers
        .values()
        .flat_map(|router| router.entry_points.iter().map(|name| Arc::clone(name)))
        .collect();
    let entry_point =
        |name| (name, EntryPoint { address: Located::from(Arc::from(":0")), ..EntryPoint::default() });
    let settings = StaticConfig {
        entry_points: names.into_iter().map(entry_point).collect(),
        api: Some(Default::default()),
        ping: Some(Default::default()),
        ..StaticConfig::default()
    };
    compiled(&Arc::new(settings), config)
}

fn file(path: &Path) -> DynamicConfig {
    match fs::read(path) {
        Ok(bytes) => load_file(&path.to_string_lossy(), &bytes),
        Err(error) => unreadable(path, &format!("cannot read the file: {error}")),
    }
}

fn directory(path: &Path) -> DynamicConfig {
    load_directory(path)
        .unwrap_or_else(|error| unreadable(path, &format!("cannot read the directory: {error}")))
}

fn unreadable(path: &Path, message: &str) -> DynamicConfig {
    let problem = Problem::error(message).at(&Source::file(&path.to_string_lossy()), Mark::default());
    DynamicConfig { problems: vec![problem], ..DynamicConfig::default() }
}

/// What is wrong with routing, given these settings.
pub(crate) fn compiled(settings: &Arc<StaticConfig>, config: DynamicConfig) -> Vec<Problem> {
    let mut sources = Sources::new();
    sources.take(Update { provider: INTERNAL.into(), config: Arc::new(internal(settings)) });
    sources.take(Update { provider: FILE.into(), config: Arc::new(config) });
    let merged = merge(settings, &Place::all(settings), &sources);
    let names = [("noop", true), ("api", settings.api.is_some()), ("ping", settings.ping.is_some())];
    let own = names.into_iter().filter(|(_, exists)| *exists);
    // Nobody will ask them anything.
    let services = own.map(|(name, _)| (Arc::from(name), Arc::new(Noop) as Arc<dyn Internal>)).collect();
    let report = Compiler::new(run::tools(services), 0).compile(&merged).report;
    // What is wrong with the gateway's own objects was said of the option they come from.
    let is_somewhere = |problem: &&Problem| problem.origin.is_some() || problem.object.is_some();
    report.problems().iter().filter(is_somewhere).cloned().collect()
}
