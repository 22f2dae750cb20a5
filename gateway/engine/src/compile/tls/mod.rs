//! TLS: option sets, certificates, and one acceptor for each entry point.

mod certificates;
mod hosts;

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, TlsOptions as Written};
use windrose_config::{Problem, Section};
use windrose_tls::{Acceptor, CertStore, HostOptions, OptionsError, OptionsId, TlsOptions};

use super::problems::{Dangling, Object};
use super::routers::Routed;
use super::transports::chain;
use super::{Compiler, Round};
use crate::merge::{At, DEFAULT, TlsChoice, qualified};
use crate::snapshot::Listener;
use certificates::Certificates;
use hosts::{Disputes, Hosts};

/// What is remembered of TLS.
#[derive(Default)]
pub(super) struct Tls {
    default: DefaultOptions,
    /// The default options when nobody writes any.
    plain: Option<Arc<TlsOptions>>,
    certificates: Certificates,
    listeners: Vec<Kept>,
}

/// The options of routers that name none.
#[derive(Default)]
enum DefaultOptions {
    #[default]
    Broken,
    These(Arc<TlsOptions>),
}

/// An acceptor and what it was made of.
struct Kept {
    store: Arc<CertStore>,
    default: OptionsId,
    hosts: Hosts,
    listener: Listener,
}

/// What was made of a set of options.
#[derive(Default)]
pub(super) struct State {
    made: Option<Arc<TlsOptions>>,
    /// Whether it was made of what is written now.
    pub(super) is_current: bool,
}

impl Compiler {
    /// Compiles all sets of options.
    pub(super) fn tls_options(&mut self, round: &mut Round<'_>) {
        let merged = round.merged;
        for (part, of) in merged.numbered() {
            let is_new = round.is_new.get(part).copied().unwrap_or(true);
            for (index, (name, written)) in of.config.tls.options.iter().enumerate() {
                let state = self.parts.get_mut(part).and_then(|memory| memory.options.get_mut(index));
                let Some(state) = state else { continue };
                // Files may have changed whenever the provider has something to say.
                if state.is_current && state.made.is_some() && !(is_new && reads_files(written)) {
                    continue;
                }
                let object = Object {
                    section: Section::TlsOptions,
                    at: At { part, index },
                    name,
                    origin: &written.origin,
                };
                let told = round.problems.len();
                let full = if &**name == DEFAULT { Arc::clone(name) } else { qualified(name, &of.provider) };
                let made = options(round, object, &full, written);
                // What something is to be said of is made again next time, to be said again.
                state.is_current = round.problems.len() == told;
                let is_same = match (&made, &state.made) {
                    (Some(now), Some(then)) => now.id() == then.id(),
                    _ => false,
                };
                if !is_same {
                    state.made = made;
                }
            }
        }
        self.choose_default(round);
    }

    fn choose_default(&mut self, round: &mut Round<'_>) {
        let made = match round.merged.tls_default(Section::TlsOptions, |config| &config.tls.options) {
            TlsChoice::One(at) => self.options_at(at).cloned(),
            TlsChoice::Lost => None,
            TlsChoice::Nobody => {
                if self.tls.plain.is_none() {
                    let live = &round.tools.live;
                    let made =
                        TlsOptions::compile(DEFAULT, &Written::default(), &*round.tools.files, &live.tickets);
                    self.tls.plain = made
                        .map_err(|error| round.problems.push(Problem::error(chain(&error))))
                        .ok()
                        .map(|made| made.value);
                }
                self.tls.plain.clone()
            }
            TlsChoice::Conflict(all) => {
                for at in all {
                    let of = round
                        .merged
                        .parts
                        .get(at.part)
                        .and_then(|part| part.config.tls.options.get_index(at.index));
                    if let Some((name, written)) = of {
                        let object =
                            Object { section: Section::TlsOptions, at, name, origin: &written.origin };
                        round.problems.error(object, conflict("options"));
                    }
                }
                None
            }
        };
        let default = made.map_or(DefaultOptions::Broken, DefaultOptions::These);
        let before = std::mem::replace(&mut self.tls.default, default);
        if before.id() != self.tls.default.id() {
            self.watch_secure();
        }
    }

    /// All secure routers depend on the default options.
    fn watch_secure(&mut self) {
        let placements = &self.placements;
        for memory in &mut self.parts {
            let is_secure = |state: &super::routers::State| state.is_secure(placements);
            let secure = memory.routers.iter().enumerate().filter(|(_, state)| is_secure(state));
            let mut watched: Vec<usize> = secure.map(|(index, _)| index).collect();
            watched.extend_from_slice(memory.routers.watched());
            memory.routers.watch(watched);
        }
    }

    /// The options that `reference` means when it is written by `author`.
    pub(super) fn find_options(
        &self,
        round: &Round<'_>,
        reference: &Name,
        author: usize,
    ) -> Result<Arc<TlsOptions>, Dangling> {
        if &***reference == DEFAULT {
            return self.default_options();
        }
        let at = round.merged.find(reference, author, |config| &config.tls.options);
        let at = at.ok_or_else(|| Dangling::of(round.merged, Section::TlsOptions, reference, author))?;
        self.options_at(at).cloned().ok_or(Dangling::Broken)
    }

    pub(super) fn default_options(&self) -> Result<Arc<TlsOptions>, Dangling> {
        match &self.tls.default {
            DefaultOptions::These(options) => Ok(Arc::clone(options)),
            DefaultOptions::Broken => Err(Dangling::Broken),
        }
    }

    /// Whether these are the options of routers that name none.
    pub(super) fn is_default(&self, options: &TlsOptions) -> bool {
        self.tls.default.id() == Some(options.id())
    }

    fn options_at(&self, at: At) -> Option<&Arc<TlsOptions>> {
        self.parts.get(at.part)?.options.get(at.index)?.made.as_ref()
    }

    /// Puts routes and acceptors together.
    pub(super) fn listeners(&mut self, round: &mut Round<'_>, routed: Routed) -> Box<[Listener]> {
        let store = self.tls.certificates.load(round);
        let default = match &self.tls.default {
            DefaultOptions::These(options) => HostOptions::Use(Arc::clone(options)),
            DefaultOptions::Broken => HostOptions::Refuse,
        };
        let id = self.tls.default.id().unwrap_or(OptionsId::REFUSED);
        let mut before = std::mem::take(&mut self.tls.listeners).into_iter();
        let mut listeners = Vec::with_capacity(routed.changes.len());
        let mut disputes = Disputes::default();
        for (place, [plain, secure]) in routed.changes.into_iter().enumerate() {
            let hosts = self.hosts(round, place, &routed.custom, &mut disputes);
            let kept = before.next();
            let (was_plain, was_secure) = match &kept {
                Some(kept) => (Arc::clone(&kept.listener.plain), Arc::clone(&kept.listener.secure)),
                None => Default::default(),
            };
            let plain =
                if plain.is_empty() { was_plain } else { Arc::new(was_plain.change(plain, round.syntax)) };
            let secure = if secure.is_empty() {
                was_secure
            } else {
                Arc::new(was_secure.change(secure, round.syntax))
            };
            let acceptor = match kept {
                Some(kept)
                    if Arc::ptr_eq(&kept.store, &store) && kept.default == id && kept.hosts == hosts =>
                {
                    kept.listener.acceptor
                }
                _ => Arc::new(Acceptor::new(Arc::clone(&store), default.clone(), hosts.list())),
            };
            let listener = Listener { plain, secure, acceptor, tcp: None, udp: None };
            listeners.push(listener.clone());
            self.tls.listeners.push(Kept { store: Arc::clone(&store), default: id, hosts, listener });
        }
        disputes.tell(round);
        listeners.into()
    }
}

impl DefaultOptions {
    fn id(&self) -> Option<OptionsId> {
        match self {
            Self::Broken => None,
            Self::These(options) => Some(options.id()),
        }
    }
}

fn options(round: &mut Round<'_>, of: Object<'_>, name: &str, written: &Written) -> Option<Arc<TlsOptions>> {
    match TlsOptions::compile(name, written, &*round.tools.files, &round.tools.live.tickets) {
        Ok(compiled) => {
            for warning in compiled.warnings {
                round.problems.add(of, Problem::warning(warning.to_string()));
            }
            Some(compiled.value)
        }
        Err(error) => {
            match name_at_fault(written, &error) {
                Some(name) => round.problems.error_at(of, name, chain(&error)),
                None => round.problems.error(of, chain(&error)),
            }
            None
        }
    }
}

/// Where the unknown name is written that an error is about.
fn name_at_fault<'w>(written: &'w Written, error: &OptionsError) -> Option<&'w Name> {
    let OptionsError::UnknownName { name, .. } = error else { return None };
    let names = written.cipher_suites.iter().chain(&written.curve_preferences);
    let mut names =
        names.chain([&written.min_version, &written.max_version, &written.client_auth.client_auth_type]);
    names.find(|written| *written.value == **name)
}

fn reads_files(written: &Written) -> bool {
    written.client_auth.ca_files.iter().any(|file| !file.is_content())
}

fn conflict(what: &str) -> String {
    format!(
        "{what} named default are declared by several providers, so none of them counts; keep one of them"
    )
}
