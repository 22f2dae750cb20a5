//! TLS: option sets, certificates, and one acceptor for each entry point.

mod certificates;
mod hosts;

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, Objects, TlsOptions as Written};
use windrose_config::{DynamicConfig, Problem, Section};
use windrose_tls::{Acceptor, CertStore, HostOptions, OptionsError, OptionsId, TlsOptions};

use super::align::Column;
use super::graph::{Asking, Group, State};
use super::memory::Memory;
use super::problems::{Dangling, Object};
use super::routers::Routed;
use super::transports::chain;
use super::{Compiler, Round};
use crate::merge::{At, DEFAULT, TlsChoice};
use crate::snapshot::Listener;
use certificates::Certificates;
pub use certificates::Served;
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

/// The section `tls.options`.
pub(super) struct Options;

impl Group for Options {
    const SECTION: Section = Section::TlsOptions;
    type Written = Written;
    type Made = TlsOptions;

    fn written(config: &DynamicConfig) -> &Objects<Written> {
        &config.tls.options
    }

    fn column(memory: &Memory) -> &Column<State<TlsOptions>> {
        &memory.options
    }

    fn column_mut(memory: &mut Memory) -> &mut Column<State<TlsOptions>> {
        &mut memory.options
    }

    fn make(
        asking: &Asking<'_, '_, '_>,
        of: Object<'_>,
        written: &windrose_config::Written<Written>,
        before: Option<&Arc<TlsOptions>>,
    ) -> Option<Arc<TlsOptions>> {
        let full = if &**of.name == DEFAULT { Arc::clone(of.name) } else { asking.qualified(of.name) };
        let made = options(asking, of, &full, written)?;
        Some(before.filter(|before| before.id() == made.id()).map_or(made, Arc::clone))
    }
}

impl Tls {
    /// The certificates that are served.
    pub(super) fn served(&self) -> Arc<[Served]> {
        self.certificates.listed()
    }
}

impl Compiler {
    /// Chooses the options of routers that name none.
    pub(super) fn choose_default(&mut self, round: &mut Round<'_>) {
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
        self.find::<Options>(round, reference, author)
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
                _ => {
                    let acceptor = Acceptor::new(Arc::clone(&store), default.clone(), hosts.list());
                    let proves = round.merged.places.get(place).is_some_and(|place| !place.by_pass);
                    let challenges = Arc::clone(&round.tools.live.challenges);
                    Arc::new(if proves { acceptor.proving(challenges) } else { acceptor })
                }
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

fn options(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    name: &str,
    written: &Written,
) -> Option<Arc<TlsOptions>> {
    match TlsOptions::compile(name, written, asking, &asking.tools().live.tickets) {
        Ok(compiled) => {
            for warning in compiled.warnings {
                asking.problems().add(of, Problem::warning(warning.to_string()));
            }
            Some(compiled.value)
        }
        Err(error) => {
            match name_at_fault(written, &error) {
                Some(name) => asking.problems().error_at(of, name, chain(&error)),
                None => asking.problems().error(of, chain(&error)),
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

fn conflict(what: &str) -> String {
    format!(
        "{what} named default are declared by several providers, so none of them counts; keep one of them"
    )
}
