//! From a document to [`StaticConfig`].

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;

use super::validate::{dangling_redirections, negative};
use super::{Ping, Provider, Providers, StaticConfig, blank, removed, validate};
use crate::duration::GoDuration;
use crate::dynamic_config::{ROOTS, unknown_root};
use crate::origin::{Located, Mark, Source};
use crate::problem::{Problem, Severity};
use crate::refuse::{Refusal, check};
use crate::shape::Shape;
use crate::tree::{
    Decoded, Entry, Tree, Value, decode_all, decode_noting, join_cases, nearest, unknown_field,
};

/// An install configuration, and what should be said about it.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: StaticConfig,
    /// Where it was written, for the marks inside.
    pub source: Arc<Source>,
    /// What works but should be changed; a root key that looks mistyped is an error among them.
    pub warnings: Vec<Problem>,
    /// What does not work and is left out: worth an error, but no reason not to start.
    pub left_out: Vec<Problem>,
}

/// An install configuration that may have errors.
#[derive(Debug)]
pub struct Examined {
    /// What could be read of it.
    pub loaded: Loaded,
    /// What stops the start.
    pub fatal: Vec<Problem>,
}

impl StaticConfig {
    /// What the options ask for; providers stay open until their owners say more.
    #[must_use]
    pub fn shape() -> Shape {
        let providers = Shape::of::<OwnFields>();
        let open = match providers {
            Shape::Section(fields) => OPEN_PROVIDERS
                .iter()
                .fold(Shape::Section(fields), |shape, name| shape.with(name, Shape::Open)),
            other => other,
        };
        Shape::of::<Self>().with("providers", open)
    }

    /// Decodes and checks a document from whichever source.
    ///
    /// # Errors
    ///
    /// Everything that stops the start, and the warnings with it.
    pub fn load(document: Tree, source: &Arc<Source>, refused: &[Refusal]) -> Result<Loaded, Vec<Problem>> {
        let examined = Self::examine(document, source, refused);
        if examined.fatal.iter().any(|problem| problem.severity == Severity::Error) {
            return Err([examined.fatal, examined.loaded.warnings].concat());
        }
        Ok(examined.loaded)
    }

    /// Decodes as much of a document as can be read, and says everything that is wrong with it.
    #[must_use]
    pub fn examine(mut document: Tree, source: &Arc<Source>, refused: &[Refusal]) -> Examined {
        let mut loaded = Loaded {
            config: Self::default(),
            source: source.clone(),
            warnings: Vec::new(),
            left_out: Vec::new(),
        };
        if !matches!(document.value, Value::Table(_) | Value::Null) {
            let problem = Problem::error(format!("cannot use {} as a configuration", document.describe()));
            let fatal = vec![problem.at(source, document.mark).expecting("a table")];
            return Examined { loaded, fatal };
        }
        if let Value::Table(entries) = &mut document.value {
            join_cases(entries);
        }
        let mut found = removed::check(&document, source);
        let (known, unknown) = without_unknown_providers(&document, source);
        found.extend(unknown);
        let refused = check(&known, source, refused);
        let is_refused = {
            let at: Vec<Mark> =
                refused.iter().filter_map(|it| it.origin.as_ref()).map(|it| it.mark).collect();
            move |mark: Mark| at.contains(&mark)
        };
        found.extend(refused);
        // It has been told, and nobody below knows it.
        removed::prune(&mut document);
        found.extend(negative(&document, source));
        let unknown = take_unknown_roots(&mut document, source);
        let nothing_at = unknown.fatal.first().and_then(|problem| problem.origin.clone());
        found.extend(unknown.fatal);
        let (mut providers, wrong) = take_providers(&mut document, source);
        // What is refused has been told, too.
        providers.enabled.retain(|provider| !is_refused(provider.mark));
        found.extend(wrong);
        let Decoded { value, problems, notes } = decode_all::<Self>(&document, source);
        let config = value.unwrap_or_default();
        loaded.config = blank::filled_in(Self { providers, ..config });
        if document.field("ping").is_none() {
            loaded.config.ping = implied_ping(&loaded.config);
        }
        let is_whole = problems.is_empty();
        // One that cannot be read is there all the same: who names it makes no mistake.
        for entry in document.field("entryPoints").into_iter().flat_map(Tree::entries) {
            if !is_whole && !entry.value.is_null() {
                loaded.config.entry_points.entry(entry.key.clone()).or_default();
            }
        }
        found.extend(problems);
        found.extend(notes.into_iter().filter(|note| nothing_at.is_none() || note.origin != nothing_at));
        found.extend(validate(&loaded.config, source).into_iter().filter(|problem| {
            // What only says that something is missing may be the echo of a value that could not be read.
            is_whole || problem.origin.as_ref().is_some_and(|origin| origin.mark.line > 0)
        }));
        loaded.left_out = dangling_redirections(&loaded.config, source);
        let (fatal, mut warnings): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|problem| problem.severity == Severity::Error);
        warnings.extend(unknown.harmless);
        loaded.warnings = warnings;
        Examined { loaded, fatal }
    }
}

/// Where nothing is said of ping nor of metrics, and there is an entry point `metrics`, it has nothing else to show; the
/// probes of a pod ask there. traefik: 404.
fn implied_ping(config: &StaticConfig) -> Option<Ping> {
    let entry_point = config.entry_points.get(METRICS).filter(|_| config.metrics.is_none())?;
    let is_tcp = !entry_point.address.to_ascii_lowercase().ends_with("/udp");
    is_tcp.then(|| Ping { entry_point: Located::from(Arc::from(METRICS)), ..Ping::default() })
}

/// Removes a root key and gives it with its value.
fn take(document: &mut Tree, name: &str) -> Option<Entry> {
    let Value::Table(entries) = &mut document.value else { return None };
    let mut rest = Vec::with_capacity(entries.len());
    let mut found = None;
    for entry in std::mem::take(entries) {
        if found.is_none() && entry.key.eq_ignore_ascii_case(name) {
            found = Some(entry);
        } else {
            rest.push(entry);
        }
    }
    *entries = rest.into();
    found
}

/// Root keys that nobody knows.
#[derive(Default)]
struct Unknown {
    /// What stops the start.
    fatal: Vec<Problem>,
    /// What does not: keys of a document do no harm (people keep anchors there).
    harmless: Vec<Problem>,
}

/// Removes root keys that nobody knows. A flag is a mistake, and so is a document without any key that is known.
fn take_unknown_roots(document: &mut Tree, source: &Arc<Source>) -> Unknown {
    let mut found = Unknown::default();
    let Value::Table(entries) = &mut document.value else { return found };
    let Shape::Section(fields) = StaticConfig::shape() else { return found };
    let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let is_one_of =
        |names: &[&str], entry: &Entry| names.iter().any(|name| name.eq_ignore_ascii_case(&entry.key));
    let (kept, unknown): (Vec<_>, Vec<_>) =
        std::mem::take(entries).into_iter().partition(|entry| is_one_of(&known, entry));
    let says_nothing = kept.iter().all(|entry| entry.value.is_null());
    let first = unknown.first().or_else(|| kept.first()).map(|entry| (Arc::clone(&entry.key), entry.mark));
    *entries = kept.into();
    if !source.has_lines() {
        let meant = |entry: &Entry| means_file(&entry.key, source).then(|| "--configFile".to_owned());
        let problem = |entry: &Entry| {
            let problem = unknown_field(entry, &known, source);
            Problem { nearest: meant(entry).or(problem.nearest), ..problem }
        };
        found.fatal = unknown.iter().map(problem).collect();
        return found;
    }
    let report = |entry: &Entry| {
        if !is_one_of(&ROOTS, entry) {
            return unknown_root(entry, &known, source);
        }
        let message =
            format!("`{}` belongs in a routing file; name that file under providers.file", entry.key);
        Problem::warning(message).at(source, entry.mark).spanning(entry.key.chars().count())
    };
    found.harmless = unknown.iter().map(report).collect();
    let Some((key, mark)) = first.filter(|_| says_nothing) else { return found };
    let nothing = "the file says nothing that an install configuration can say";
    found.fatal.push(if found.harmless.is_empty() {
        let problem = Problem::error(format!("{nothing}: `{key}` has nothing behind it")).at(source, mark);
        problem.spanning(key.chars().count()).expecting(format!("at least one of {}", known.join(", ")))
    } else {
        // One mistake, told once: what the file says in place of that.
        let said = found.harmless.remove(0);
        Problem { severity: Severity::Error, message: format!("{nothing}: {}", said.message), ..said }
    });
    found
}

/// Whether a flag is the one that names the file, cut short or with a slip; it is no option of the file itself.
fn means_file(key: &str, source: &Source) -> bool {
    let short = ["c", "conf", "config"].iter().any(|short| short.eq_ignore_ascii_case(key));
    matches!(source, Source::Flags(_)) && (short || nearest(key, &["configFile"]).is_some())
}

/// The options beside the providers themselves.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OwnFields {
    providers_throttle_duration: Option<GoDuration>,
    precedence: Box<[Located<Arc<str>>]>,
}

/// The document without providers that nobody knows, and what is wrong with those: they are not refused by name.
fn without_unknown_providers(document: &Tree, source: &Arc<Source>) -> (Tree, Vec<Problem>) {
    let (mut document, mut problems) = (document.clone(), Vec::new());
    let Value::Table(roots) = &mut document.value else { return (document, problems) };
    for root in roots.iter_mut().filter(|root| root.key.eq_ignore_ascii_case("providers")) {
        let Value::Table(entries) = &mut root.value.value else { continue };
        let (kept, unknown): (Vec<_>, Vec<_>) =
            std::mem::take(entries).into_iter().partition(|entry| is_provider(&entry.key));
        *entries = kept.into();
        let known: Vec<&str> = OWN_FIELDS.iter().chain(OPEN_PROVIDERS).copied().collect();
        problems.extend(unknown.iter().map(|entry| Problem {
            message: format!("there is no provider `{}`", entry.key),
            ..unknown_field(entry, &known, source)
        }));
    }
    (document, problems)
}

/// Whether a key of `providers` is known, or was.
fn is_provider(name: &str) -> bool {
    let mut known = OWN_FIELDS.iter().chain(OPEN_PROVIDERS);
    removed::is_provider(name) || known.any(|known| known.eq_ignore_ascii_case(name))
}

/// Removes the section `providers` and reads it.
fn take_providers(document: &mut Tree, source: &Arc<Source>) -> (Providers, Vec<Problem>) {
    let Some(Entry { key, mark, value }) = take(document, "providers") else {
        return (Providers::default(), Vec::new());
    };
    if value.is_bare() {
        let message = format!("`{key}` is empty, write its options or remove it");
        let problem = Problem::error(message).at(source, mark).spanning(key.chars().count());
        return (Providers::default(), vec![problem]);
    }
    read_providers(value, source)
}

fn read_providers(mut tree: Tree, source: &Arc<Source>) -> (Providers, Vec<Problem>) {
    let mut enabled = Vec::new();
    if let Value::Table(entries) = &mut tree.value {
        join_cases(entries);
        let mut own = Vec::new();
        for entry in std::mem::take(entries) {
            if OWN_FIELDS.iter().any(|name| name.eq_ignore_ascii_case(&entry.key)) {
                own.push(entry);
            } else if !is_off(&entry.value) && is_provider(&entry.key) {
                enabled.push(Provider { name: entry.key, mark: entry.mark, options: entry.value });
            }
        }
        *entries = own.into();
    }
    let mut problems = Vec::new();
    let own = decode_noting::<OwnFields>(&tree, source, &mut problems);
    let own = own.unwrap_or_else(|wrong| {
        problems.extend(wrong);
        OwnFields::default()
    });
    let lower = |name: &Located<Arc<str>>| Located::new(Arc::from(name.to_ascii_lowercase()), name.mark);
    let precedence = own.precedence.iter().map(lower).collect();
    (Providers { throttle: own.providers_throttle_duration, precedence, enabled }, problems)
}

/// Whether a section is absent or switched off.
fn is_off(tree: &Tree) -> bool {
    tree.is_null() || tree.as_text().is_some_and(|text| text.eq_ignore_ascii_case("false"))
}

/// The entry point that pings are answered at where nothing is said of them.
const METRICS: &str = "metrics";
const OWN_FIELDS: [&str; 2] = ["providersThrottleDuration", "precedence"];

/// Names of providers that exist, so that a flag such as `--providers.docker` is known to be a section.
const OPEN_PROVIDERS: &[&str] = &[
    "docker",
    "swarm",
    "file",
    "kubernetesIngress",
    "kubernetesIngressNGINX",
    "kubernetesCRD",
    "kubernetesGateway",
    "knative",
    "rest",
    "consulCatalog",
    "nomad",
    "ecs",
    "consul",
    "etcd",
    "zooKeeper",
    "redis",
    "http",
    "meshController",
    "meshNode",
    "plugin",
];
