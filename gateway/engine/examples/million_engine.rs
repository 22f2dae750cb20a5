//! What a million routers cost: `cargo run --release -p windrose-engine --example million_engine`.
//!
//! One provider declares them in a hundred files. Add `own` to give every router a service and a server of its own
//! instead of sharing a thousand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use windrose_config::dynamic_config::{LoadBalancer, Name, Objects, Router, Server, Service, ServiceKind};
use windrose_config::{DynamicConfig, Mark, Origin, Source, StaticConfig, Update, Written};
use windrose_engine::compile::{Compiled, Compiler, Tools};
use windrose_engine::live::Live;
use windrose_engine::merge::{INTERNAL, Place, Sources, internal, merge};
use windrose_engine::publish::Current;
use windrose_engine::snapshot::Snapshot;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FILES: usize = 100;
const PER_FILE: usize = 10_000;

fn main() {
    let own = std::env::args().any(|argument| argument == "own");
    let mut files: Vec<DynamicConfig> = (0..FILES).map(|file| write(file, own, 0)).collect();
    let mut gateway = Gateway::new();
    let whole = join(&files);
    let before = resident();
    println!("written                     {before:>7} MB");
    let (compiled, took) = gateway.apply(whole);
    let after = resident();
    let routers = u64::try_from(FILES * PER_FILE).unwrap_or(1);
    println!(
        "compiled at first           {after:>7} MB, {took:?}, {} bytes each, peak {} MB",
        (after - before) * 1024 * 1024 / routers,
        status("VmHWM:")
    );
    println!(
        "routes                      {:>7}, problems {}",
        compiled.snapshot.listeners[0].plain.len(),
        compiled.report.problems().len()
    );
    for (name, changed, version) in [
        ("nothing changed", 0, 0),
        ("one router changed", 1, 1),
        ("ten routers changed", 10, 2),
        ("a thousand changed", 1_000, 3),
        ("all of a file changed", PER_FILE, 4),
    ] {
        let mut file = write(42, own, version * usize::from(changed == PER_FILE));
        change(&mut file, changed, version);
        file.reuse_unchanged(&files[42]);
        files[42] = file;
        gateway.report(name, &files);
    }
    let router = files[42].http.routers.shift_remove_index(77);
    gateway.report("one router removed", &files);
    if let Some((name, router)) = router {
        files[42].http.routers.insert(name, router);
    }
    gateway.report("one router added", &files);
}

struct Gateway {
    settings: Arc<StaticConfig>,
    sources: Sources,
    compiler: Compiler,
    current: Current,
}

impl Gateway {
    fn new() -> Self {
        let settings = Arc::new(StaticConfig::default());
        let tools = Tools {
            build: windrose_middleware::list::build,
            services: Vec::new(),
            live: Arc::new(Live::new()),
            files: Arc::new(|_: &str| Err::<Vec<u8>, _>(std::io::ErrorKind::NotFound.into())),
        };
        let mut sources = Sources::new();
        sources.take(Update { provider: INTERNAL.into(), config: Arc::new(internal(&settings)) });
        let current = Current::new(Snapshot { generation: 0, listeners: Box::new([]) });
        Self { settings, sources, compiler: Compiler::new(tools, 0), current }
    }

    /// Merges, compiles and publishes; freeing what was before is not part of what anybody waits for.
    fn apply(&mut self, config: DynamicConfig) -> (Compiled, Duration) {
        let places = Place::all(&self.settings);
        let update = Update { provider: "file".into(), config: Arc::new(config) };
        let start = Instant::now();
        let replaced = self.sources.take(update);
        let compiled = self.compiler.compile(&merge(&self.settings, &places, &self.sources));
        self.current.store(Arc::clone(&compiled.snapshot));
        let took = start.elapsed();
        drop(replaced);
        (compiled, took)
    }

    fn report(&mut self, name: &str, files: &[DynamicConfig]) {
        let start = Instant::now();
        let whole = join(files);
        let joined = start.elapsed();
        let (compiled, took) = self.apply(whole);
        let start = Instant::now();
        self.compiler.tidy();
        self.current.collect();
        println!(
            "{name:<27} {took:>10.2?} (the provider {joined:.2?}, freeing {:.2?}), generation {}",
            start.elapsed(),
            compiled.snapshot.generation
        );
    }
}

/// What one file declares.
fn write(file: usize, own: bool, version: usize) -> DynamicConfig {
    let source = Source::file(&format!("routes-{file}.yaml"));
    let mut config = DynamicConfig::default();
    config.http.routers.reserve(PER_FILE);
    for number in file * PER_FILE..(file + 1) * PER_FILE {
        let service = if own { format!("s{number}") } else { format!("s{}", file * 10 + number % 10) };
        let origin = Origin::new(Arc::clone(&source), Mark::new(1, 1));
        let router = Router {
            service: Some(name(&service)),
            rule: name(&format!("Host(`h{number}.example.com`) && PathPrefix(`/v{version}`)")),
            ..Router::default()
        };
        put(&mut config.http.routers, &format!("router-{number}"), router, &origin);
        if !config.http.services.contains_key(&*service) {
            put(&mut config.http.services, &service, balancer(number), &origin);
        }
    }
    config
}

fn change(file: &mut DynamicConfig, count: usize, version: usize) {
    for (_, router) in file.http.routers.iter_mut().step_by((PER_FILE / count.max(1)).max(1)).take(count) {
        let mut changed = Written::clone(router);
        changed.value.priority = i64::try_from(version).unwrap_or(1);
        *router = Arc::new(changed);
    }
}

fn balancer(number: usize) -> Service {
    let url = name(&format!("http://10.{}.{}.{}:8080", number >> 16 & 255, number >> 8 & 255, number & 255));
    let servers = Box::new([Server { url, ..Server::default() }]);
    let balancer = LoadBalancer { servers, ..LoadBalancer::default() };
    Service {
        kind: ServiceKind::LoadBalancer(Box::new(balancer)),
        middlewares: Box::default(),
        timeouts: None,
    }
}

/// What the provider makes of its files.
fn join(files: &[DynamicConfig]) -> DynamicConfig {
    let mut whole = DynamicConfig::default();
    whole.http.routers.reserve(files.iter().map(|file| file.http.routers.len()).sum());
    whole.http.services.reserve(files.iter().map(|file| file.http.services.len()).sum());
    for file in files {
        whole
            .http
            .routers
            .extend(file.http.routers.iter().map(|(name, one)| (Arc::clone(name), Arc::clone(one))));
        whole
            .http
            .services
            .extend(file.http.services.iter().map(|(name, one)| (Arc::clone(name), Arc::clone(one))));
    }
    whole
}

fn put<T>(objects: &mut Objects<T>, name: &str, object: T, origin: &Origin) {
    objects.insert(name.into(), Arc::new(Written::new(object, origin.clone())));
}

fn name(text: &str) -> Name {
    Name::from(Arc::from(text))
}

/// The memory this process has now, in megabytes.
fn resident() -> u64 {
    status("VmRSS:")
}

fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    number.unwrap_or(0) / 1024
}
