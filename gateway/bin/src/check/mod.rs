//! `windrose check`: everything that a start and a reload would say, without opening a port.
//!
//! Reads what the providers would read and compiles it as the engine does; what comes of it is dropped.

mod sources;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use windrose_assembly::providers::{Around, Providers};
use windrose_assembly::services;
use windrose_config::static_config::{CertificateResolver, Choice, EntryPoint, Loaded, Metrics, Prometheus};
use windrose_config::{DynamicConfig, Located, Mark, Problem, Severity, Source, StaticConfig, Update};
use windrose_engine::compile::{Compiled, Compiler, entries};
use windrose_engine::merge::{INTERNAL, Merged, Place, Sources, internal, merge};
use windrose_provider_file::{FILE, Target, files_read, merge_files, read_now};
use windrose_providers_core::Seen;
use windrose_telemetry::{Around as Near, Changes, Telemetry};

use crate::arguments::Checked as What;
use crate::compose;
use crate::configuration::{self, Install, Surroundings};
use crate::problems;

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// What was read, in words.
    pub(crate) read: String,
    /// Everything that is wrong, sorted by place.
    pub(crate) problems: Vec<Problem>,
    /// What is written.
    pub(crate) written: Written,
}

/// What is written, as far as it can be read.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The install configuration.
    pub(crate) install: Option<Arc<StaticConfig>>,
    /// What each provider declares.
    pub(crate) routing: Vec<Arc<DynamicConfig>>,
}

impl Written {
    /// The install configuration, as the API shows it.
    pub(crate) fn install_document(&self) -> Value {
        self.install.as_ref().and_then(|install| serde_json::to_value(install).ok()).unwrap_or_default()
    }

    /// What each provider declares, as the API shows it.
    pub(crate) fn documents(&self) -> Vec<Value> {
        self.routing.iter().filter_map(|config| serde_json::to_value(config).ok()).collect()
    }
}

/// Checks.
pub(crate) fn check(what: &What, around: &Surroundings) -> Checked {
    let mut checked = match what {
        What::Install(arguments) => install(arguments, around),
        What::Files(named) => files(named, around),
    };
    problems::sort(&mut checked.problems);
    checked.problems.dedup();
    checked
}

/// An install configuration and the files it names.
fn install(arguments: &[String], around: &Surroundings) -> Checked {
    let (install, fatal) = match configuration::examine(arguments, around) {
        Ok(examined) => examined,
        Err(problems) => {
            return Checked { read: "configuration not usable".to_owned(), problems, ..Checked::default() };
        }
    };
    let read = match &install.choice {
        Choice::File(path) => format!("checked {path}"),
        Choice::Flags => "checked flags".to_owned(),
        Choice::Environment => "checked environment variables".to_owned(),
        Choice::Defaults => "no configuration found; defaults are used".to_owned(),
    };
    let env = |name: &str| around.variable(name).map(str::to_owned);
    let near = Near { env: &env, files: &windrose_assembly::files, changes: Changes::NeverCome };
    weigh(install, fatal, read, near, |providers, _| supplied_now(providers))
}

/// What each provider declares.
pub(crate) type Parts = Vec<(Arc<str>, Arc<DynamicConfig>)>;

/// What the providers of an install configuration say.
#[derive(Debug, Default)]
pub(crate) struct Supplied {
    /// What each declares.
    pub(crate) parts: Parts,
    /// What was read, in words.
    pub(crate) words: Vec<String>,
    /// What is wrong besides.
    pub(crate) problems: Vec<Problem>,
}

impl Supplied {
    /// Adds what a provider says.
    pub(crate) fn add(&mut self, provider: impl Into<Arc<str>>, config: DynamicConfig) {
        self.parts.push((provider.into(), Arc::new(config)));
    }
}

/// What they say on this machine, now.
fn supplied_now(providers: Providers) -> Supplied {
    let mut supplied = Supplied::default();
    for (provider, seen) in sources::seen(providers) {
        match seen {
            Ok(Seen { config, words }) => {
                supplied.words.push(words);
                supplied.add(provider, config);
            }
            Err(problem) => supplied.problems.push(problem),
        }
    }
    supplied
}

/// What is wrong with an install configuration in this environment, and with what its providers say.
pub(crate) fn weigh(
    Install { loaded, unused, .. }: Install,
    fatal: Vec<Problem>,
    mut read: String,
    near: Near<'_>,
    supply: impl FnOnce(Providers, &Loaded) -> Supplied,
) -> Checked {
    let mut problems = [fatal, unused, loaded.warnings.clone(), loaded.left_out.clone()].concat();
    problems.extend(windrose_acme::check(&loaded.config, &loaded.source, windrose_assembly::storage));
    if let Err(wrong) = entries::entries(&loaded.config)
        && !configuration::is_fatal(&problems)
    {
        problems.extend(wrong);
    }
    match Telemetry::new(&loaded.config, near) {
        Ok(telemetry) => problems.extend(telemetry.take_warnings()),
        Err(wrong) => problems.extend(wrong),
    }
    let mut written = Written::default();
    // One whose options cannot be read takes nothing away from the others.
    let (providers, wrong) = Providers::examine(&loaded, &Around::default());
    problems.extend(wrong);
    let Supplied { parts, words, problems: besides } = supply(providers, &loaded);
    for words in words {
        read = format!("{read} and {words}");
    }
    problems.extend(besides);
    let is_told = configuration::is_fatal(&problems);
    let silent = silent(&loaded, &parts);
    let settings = Arc::new(loaded.config);
    written.install = Some(Arc::clone(&settings));
    written.routing = parts.iter().map(|(_, config)| Arc::clone(config)).collect();
    let found = compiled(&settings, parts).into_iter();
    let found = found.filter(|problem| !is_told || !is_own(problem));
    let is_unheard = |problem: &Problem| silent.iter().any(|ending| problem.message.ends_with(ending));
    problems.extend(found.filter(|problem| !is_told || !is_unheard(problem)));
    Checked { read, problems, written }
}

/// What is said of objects of providers that are asked for and that nobody could ask.
fn silent(loaded: &Loaded, parts: &Parts) -> Vec<String> {
    let asked = loaded.config.providers.enabled.iter().map(|provider| provider.name.to_ascii_lowercase());
    let is_heard = |name: &String| parts.iter().any(|(provider, _)| **provider == **name);
    asked.filter(|name| !is_heard(name)).map(|name| format!("@{name} does not exist")).collect()
}

/// Files: those of Compose with what their services declare, and those of routing.
fn files(files: &[String], around: &Surroundings) -> Checked {
    let (composed, routing): (Vec<&Path>, Vec<&Path>) =
        files.iter().map(Path::new).partition(|path| compose::is_compose(path));
    if composed.is_empty() {
        return routing_alone(&routing);
    }
    let read = (!routing.is_empty()).then(|| read_routing(&routing));
    let words = read.as_ref().map(|(config, count)| files_read(*count, &config.problems));
    let mut checked = compose::Compose::read(&composed, around).check(read.map(|(config, _)| config));
    if let Some(words) = words {
        checked.read = format!("{} and {words}", checked.read);
    }
    checked
}

/// Files of routing alone.
fn routing_alone(files: &[&Path]) -> Checked {
    let (config, count) = read_routing(files);
    let (settings, config) = (Arc::new(assumed(&config)), Arc::new(config));
    let problems = compiled(&settings, vec![(FILE.into(), Arc::clone(&config))]);
    let written = Written { install: None, routing: vec![config] };
    Checked { read: format!("checked {}", files_read(count, &problems)), problems, written }
}

fn read_routing(files: &[&Path]) -> (DynamicConfig, usize) {
    let (mut parts, mut count) = (Vec::with_capacity(files.len()), 0);
    for path in files {
        let is_directory = path.is_dir();
        let target = if is_directory { Target::Directory } else { Target::File };
        let read = read_now(&target(path.to_path_buf()));
        count += read.files;
        parts.push(if is_directory { one_folder(path, read.config) } else { one_file(path, read.config) });
    }
    (merge_files(&parts), count)
}

/// Settings for routing alone. Nobody says which entry points and certificate resolvers there are, so all those that are
/// named exist, and the gateway's own services, too.
pub(crate) fn assumed(config: &DynamicConfig) -> StaticConfig {
    let (http, tcp, udp) = (&config.http.routers, &config.tcp.routers, &config.udp.routers);
    let of_http = http.values().flat_map(|router| &router.entry_points);
    let of_tcp = tcp.values().flat_map(|router| &router.entry_points);
    let mut names: BTreeSet<Arc<str>> = of_http.chain(of_tcp).map(|name| Arc::clone(name)).collect();
    if names.is_empty() {
        names.insert(Arc::from("http"));
    }
    // A name that both have cannot be meant: it is told of the router of UDP.
    let of_udp = udp.values().flat_map(|router| &router.entry_points).map(|name| Arc::clone(name));
    let mut of_udp: BTreeSet<Arc<str>> = of_udp.filter(|name| !names.contains(name)).collect();
    if udp.values().any(|router| router.entry_points.is_empty()) {
        of_udp.insert(Arc::from("udp"));
    }
    let on = |address: &'static str| {
        move |name| (name, EntryPoint { address: Located::from(Arc::from(address)), ..EntryPoint::default() })
    };
    StaticConfig {
        entry_points: names.into_iter().map(on(":0")).chain(of_udp.into_iter().map(on(":0/udp"))).collect(),
        api: Some(Default::default()),
        ping: Some(Default::default()),
        certificates_resolvers: resolvers(config).into_iter().collect(),
        metrics: Some(Box::new(Metrics {
            prometheus: Some(Prometheus { manual_routing: true, ..Prometheus::default() }),
            ..Metrics::default()
        })),
        ..StaticConfig::default()
    }
}

/// The certificate resolvers that routing names.
fn resolvers(config: &DynamicConfig) -> Vec<(Arc<str>, CertificateResolver)> {
    let routers =
        config.http.routers.values().filter_map(|router| router.tls.as_ref()?.cert_resolver.as_ref());
    let stores = config.tls.stores.values().filter_map(|store| store.default_generated_cert.as_ref());
    let names = routers.chain(stores.map(|generated| &generated.resolver));
    names.map(|name| (Arc::clone(&name.value), CertificateResolver::default())).collect()
}

/// What a folder that is named says: an install configuration in it is not what the file provider reads.
fn one_folder(path: &Path, mut config: DynamicConfig) -> DynamicConfig {
    let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let mut installs: Vec<_> = entries.map(|entry| entry.path()).filter(|path| is_install(path)).collect();
    installs.sort();
    for install in installs {
        let is_of_it = |problem: &Problem| {
            let source = problem.origin.as_ref().map(|origin| &*origin.source);
            matches!(source, Some(Source::File(file)) if Path::new(&**file) == install)
        };
        config.problems.retain(|problem| !is_of_it(problem));
        let said = misplaced(&install).problems;
        config
            .problems
            .extend(said.into_iter().map(|problem| Problem { severity: Severity::Warning, ..problem }));
    }
    config
}

/// What a file that is named says, which is more than that of a directory: it is meant to be one of routing.
fn one_file(path: &Path, mut config: DynamicConfig) -> DynamicConfig {
    let name = path.to_string_lossy();
    let Ok(bytes) = windrose_provider_file::bytes(path) else { return config };
    let keys = windrose_provider_file::first_level(&name, &bytes);
    let has = |names: &[&str]| keys.iter().any(|key| names.iter().any(|name| name.eq_ignore_ascii_case(key)));
    if keys.is_empty() || has(&ROUTING) {
        return config;
    }
    if has(&INSTALL) {
        return misplaced(path);
    }
    // A start passes over it, as Traefik does, and serves nothing of it.
    if !configuration::is_fatal(&config.problems)
        && let Some(first) = config.problems.first_mut()
    {
        first.severity = Severity::Error;
        if first.message.starts_with("unknown field") {
            first.message = format!("the file says nothing that a routing file can say: {}", first.message);
        }
    }
    config
}

/// Whether a file is an install configuration.
pub(crate) fn is_install(path: &Path) -> bool {
    let Ok(bytes) = windrose_provider_file::bytes(path) else { return false };
    let keys = windrose_provider_file::first_level(&path.to_string_lossy(), &bytes);
    let has = |names: &[&str]| keys.iter().any(|key| names.iter().any(|name| name.eq_ignore_ascii_case(key)));
    has(&INSTALL) && !has(&ROUTING)
}

fn misplaced(path: &Path) -> DynamicConfig {
    let name = path.display();
    let message = format!("this looks like an install configuration; use --configFile={name}");
    let problem = Problem::error(message).at(&Source::file(&path.to_string_lossy()), Mark::default());
    DynamicConfig { problems: vec![problem], ..DynamicConfig::default() }
}

/// What a gateway would be made of.
pub(crate) struct Gathered {
    /// What was decided at start.
    pub(crate) settings: Arc<StaticConfig>,
    /// What each provider declares.
    pub(crate) parts: Parts,
}

/// Reads what a gateway would be made of.
///
/// # Errors
/// What keeps it from starting, or files from being read.
pub(crate) fn gather(what: &What, around: &Surroundings) -> Result<Gathered, Vec<Problem>> {
    let files = match what {
        What::Install(arguments) => {
            let loaded = configuration::find(arguments, around)?.loaded;
            entries::entries(&loaded.config)?;
            let Supplied { parts, .. } = supplied_now(Providers::read(&loaded, &Around::default())?);
            return Ok(Gathered { settings: Arc::new(loaded.config), parts });
        }
        What::Files(files) => files,
    };
    let files: Vec<&Path> = files.iter().map(Path::new).collect();
    let (config, _) = read_routing(&files);
    let is_whole = |problem: &&Problem| problem.object.is_none() && problem.severity == Severity::Error;
    let wrong: Vec<Problem> = config.problems.iter().filter(is_whole).cloned().collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let settings = Arc::new(assumed(&config));
    Ok(Gathered { settings, parts: vec![(FILE.into(), Arc::new(config))] })
}

/// Compiles as a gateway would.
pub(crate) fn compile(settings: &Arc<StaticConfig>, parts: Parts) -> (Merged, Compiled) {
    let mut sources = Sources::new();
    sources.take(Update { provider: INTERNAL.into(), config: Arc::new(internal(settings)) });
    for (provider, config) in parts {
        sources.take(Update { provider, config });
    }
    let merged = merge(settings, &Place::all(settings), &sources);
    let tools = windrose_assembly::tools(services::unasked(settings));
    let compiled = Compiler::new(tools, 0).compile(&merged);
    (merged, compiled)
}

/// What is wrong with routing, given these settings.
pub(crate) fn compiled(settings: &Arc<StaticConfig>, parts: Parts) -> Vec<Problem> {
    let (_, Compiled { report, .. }) = compile(settings, parts);
    // What is wrong with the gateway's own objects was said of the option they come from.
    let is_somewhere = |problem: &&Problem| problem.origin.is_some() || problem.object.is_some();
    report.problems().iter().filter(is_somewhere).cloned().collect()
}

/// Whether it concerns what the gateway makes of its own options.
fn is_own(problem: &Problem) -> bool {
    let provider = problem.object.as_ref().and_then(|object| object.provider.as_deref());
    provider == Some(INTERNAL)
}

/// Sections that only an install configuration has.
const INSTALL: [&str; 11] = [
    "experimental",
    "spiffe",
    "entryPoints",
    "providers",
    "api",
    "log",
    "accessLog",
    "ping",
    "metrics",
    "tracing",
    "certificatesResolvers",
];
/// Sections that only routing has.
const ROUTING: [&str; 4] = ["http", "tcp", "udp", "tls"];
