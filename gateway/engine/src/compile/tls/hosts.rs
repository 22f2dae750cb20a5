//! Which host gets which TLS options.
//!
//! The handshake knows a host and no router, so all routers for one host have to agree. Where they do not, the default
//! options apply; where the only ones are missing or broken, the host is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use windrose_config::{Problem, Section};
use windrose_rule::{Protocol, parse};
use windrose_tls::{HostOptions, OptionsId, TlsOptions};

use crate::compile::problems::Object;
use crate::compile::routers::Custom;
use crate::compile::routes::{Key, syntax_of};
use crate::compile::{Compiler, Round};
use crate::merge::At;

/// The hosts of an entry point whose options have to be told, sorted.
#[derive(Default)]
pub(super) struct Hosts(Vec<Bound>);

type Bound = (Arc<str>, HostOptions);

/// Routers that disagree with others about a host.
#[derive(Default)]
pub(super) struct Disputes(BTreeSet<(At, Arc<str>)>);

/// What the routers of one host ask for.
#[derive(Default)]
struct Wishes {
    /// What usable routers ask for; `None` for the default ones.
    options: Vec<(At, Option<Arc<TlsOptions>>)>,
    is_broken: bool,
}

impl Compiler {
    /// The options of the hosts of an entry point.
    pub(super) fn hosts(
        &self,
        round: &Round<'_>,
        place: usize,
        custom: &[Custom],
        disputes: &mut Disputes,
    ) -> Hosts {
        let custom = || custom.iter().filter(|custom| custom.place == place);
        let mut wishes: BTreeMap<Arc<str>, Wishes> = BTreeMap::new();
        for one in custom() {
            for host in &one.hosts {
                let wish = wishes.entry(Arc::clone(host)).or_default();
                match &one.options {
                    Some(options) => wish.options.push((one.at, Some(Arc::clone(options)))),
                    None => wish.is_broken = true,
                }
            }
        }
        if wishes.is_empty() {
            return Hosts::default();
        }
        let special: HashSet<At, RandomState> = custom().map(|one| one.at).collect();
        self.add_plain(round, place, &special, &mut wishes);
        let Ok(default) = self.default_options().map(HostOptions::Use) else {
            return Hosts(wishes.into_iter().map(|(host, wish)| (host, wish.alone())).collect());
        };
        let mut hosts = Vec::with_capacity(wishes.len());
        for (host, wish) in wishes {
            if wish.agree() {
                hosts.push((host, wish.alone_or(&default)));
                continue;
            }
            disputes.0.extend(wish.options.iter().map(|(at, _)| (*at, Arc::clone(&host))));
            hosts.push((host, default.clone()));
        }
        Hosts(hosts)
    }

    /// Adds the routers with default options where that matters.
    fn add_plain(
        &self,
        round: &Round<'_>,
        place: usize,
        special: &HashSet<At, RandomState>,
        wishes: &mut BTreeMap<Arc<str>, Wishes>,
    ) {
        let parents: HashSet<Box<str>, RandomState> =
            wishes.keys().filter_map(|host| host.strip_prefix("*.")).map(Box::from).collect();
        let keys: HashSet<Key, RandomState> = wishes.keys().map(|host| Key::of_host(host)).collect();
        let matters = |key: Key| !parents.is_empty() || key == Key::OPEN || keys.contains(&key);
        let plain: Vec<At> =
            self.secure_routers(place, &matters).filter(|at| !special.contains(at)).collect();
        for at in plain {
            let part = round.merged.parts.get(at.part);
            let Some((_, router)) = part.and_then(|part| part.config.http.routers.get_index(at.index)) else {
                continue;
            };
            let Ok(rule) = parse(&router.rule, syntax_of(router, round.syntax), Protocol::Http) else {
                continue;
            };
            for host in rule.hosts() {
                let is_under = host.split_once('.').is_some_and(|(_, parent)| parents.contains(parent));
                if is_under || wishes.contains_key(&host) {
                    wishes.entry(host).or_default().options.push((at, None));
                }
            }
        }
    }
}

impl Hosts {
    pub(super) fn list(&self) -> impl Iterator<Item = (String, HostOptions)> {
        self.0.iter().map(|(host, options)| (host.to_string(), options.clone()))
    }
}

impl PartialEq for Hosts {
    fn eq(&self, other: &Self) -> bool {
        let is_equal = |(left, right): (&Bound, &Bound)| left.0 == right.0 && id(&left.1) == id(&right.1);
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(is_equal)
    }
}

impl Wishes {
    fn agree(&self) -> bool {
        let mut ids = self.options.iter().map(|(_, options)| options.as_ref().map(|options| options.id()));
        let first = ids.next();
        ids.all(|id| Some(id) == first)
    }

    fn alone(&self) -> HostOptions {
        match self.options.as_slice() {
            [(_, Some(options)), ..] if self.agree() => HostOptions::Use(Arc::clone(options)),
            _ => HostOptions::Refuse,
        }
    }

    fn alone_or(&self, default: &HostOptions) -> HostOptions {
        match self.options.first() {
            Some((_, Some(options))) => HostOptions::Use(Arc::clone(options)),
            Some((_, None)) => default.clone(),
            None => HostOptions::Refuse,
        }
    }
}

impl Disputes {
    /// Says so to everybody concerned.
    pub(super) fn tell(self, round: &mut Round<'_>) {
        for (at, host) in self.0 {
            let part = round.merged.parts.get(at.part);
            let router = part.and_then(|part| part.config.http.routers.get_index(at.index));
            let Some((name, written)) = router else { continue };
            let object = Object { section: Section::HttpRouters, at, name, origin: &written.origin };
            let message =
                format!("routers for host {host} ask for different TLS options, so the default ones apply");
            round.problems.add(object, Problem::warning(message));
        }
    }
}

fn id(options: &HostOptions) -> OptionsId {
    match options {
        HostOptions::Use(options) => options.id(),
        HostOptions::Refuse => OptionsId::REFUSED,
    }
}
