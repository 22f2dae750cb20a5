//! Which host gets which TLS options.
//!
//! The handshake knows a host and no router, so all routers for one host have to agree. Where they do not, the default
//! options apply, or with `core.strictTLSOptions` the host is refused; where the only ones are missing or broken, it is
//! refused, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use windrose_config::{Problem, Section};
use windrose_rule::{Protocol, parse};
use windrose_tls::{HostOptions, OptionsId};

use crate::compile::problems::Object;
use crate::compile::routers::{Chosen, Custom};
use crate::compile::routes::{Key, syntax_of};
use crate::compile::{Compiler, Round};
use crate::merge::At;

/// The hosts of an entry point whose options have to be told, sorted.
#[derive(Default)]
pub(super) struct Hosts(Vec<Bound>);

type Bound = (Arc<str>, HostOptions);

/// Routers that disagree with others about a host, and what it gets because of that.
#[derive(Default)]
pub(super) struct Disputes(BTreeSet<(At, Arc<str>, Outcome)>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Default,
    Contradicted,
    Refused,
}

/// What a host gets, and the dispute that was settled by that.
type Settled = (HostOptions, Option<Outcome>);

/// What the routers of one host ask for.
#[derive(Default)]
struct Wishes(Vec<(Option<At>, Chosen)>);

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
                wishes.entry(Arc::clone(host)).or_default().0.push((one.at, one.options.clone()));
            }
        }
        if wishes.is_empty() {
            return Hosts::default();
        }
        let special: HashSet<At, RandomState> = custom().filter_map(|one| one.at).collect();
        self.add_plain(round, place, &special, &mut wishes);
        let default = self.default_options().map_or(HostOptions::Refuse, HostOptions::Use);
        let disputed = match round.merged.settings.core.strict_tls_options {
            true => (HostOptions::Refuse, Some(Outcome::Contradicted)),
            false => (default.clone(), Some(Outcome::Default)),
        };
        let mut hosts = Vec::with_capacity(wishes.len());
        for (host, wish) in wishes {
            let (options, dispute) = wish.settle(&default, &disputed);
            if let Some(outcome) = dispute {
                let who = wish.0.iter().filter_map(|(at, _)| *at);
                disputes.0.extend(who.map(|at| (at, Arc::clone(&host), outcome)));
            }
            hosts.push((host, options));
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
                    wishes.entry(host).or_default().0.push((Some(at), Chosen::Default));
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
    /// What the host gets, and the dispute that was settled by that.
    ///
    /// What cannot be used might have been what the others ask for, or anything else: then the default options apply.
    /// Where these are not what the others ask for, nobody knows which of them is meant.
    fn settle(&self, default: &HostOptions, disputed: &Settled) -> Settled {
        // Of a router that could not be read, two may be here of which only one is meant.
        let is_doubtful = self.unread_disagree();
        let is_usable = |(at, wish): &&(Option<At>, Chosen)| {
            !matches!(wish, Chosen::Broken) && (at.is_some() || !is_doubtful)
        };
        let is_broken = !self.0.iter().all(|one| is_usable(&one));
        let mut usable = self.0.iter().filter(is_usable).map(|(_, wish)| wish);
        let Some(first) = usable.next() else { return (HostOptions::Refuse, None) };
        if usable.any(|wish| wish.id() != first.id()) {
            return disputed.clone();
        }
        match first {
            Chosen::These(_) if is_broken => (HostOptions::Refuse, Some(Outcome::Refused)),
            Chosen::These(options) => (HostOptions::Use(Arc::clone(options)), None),
            Chosen::Default | Chosen::Broken => (default.clone(), None),
        }
    }

    fn unread_disagree(&self) -> bool {
        let mut unread = self.0.iter().filter(|(at, _)| at.is_none()).map(|(_, wish)| wish.id());
        let first = unread.next();
        unread.any(|id| Some(id) != first)
    }
}

impl Chosen {
    fn id(&self) -> Option<OptionsId> {
        match self {
            Self::These(options) => Some(options.id()),
            Self::Default | Self::Broken => None,
        }
    }
}

impl Disputes {
    /// Says so to everybody concerned.
    pub(super) fn tell(self, round: &mut Round<'_>) {
        for (at, host, outcome) in self.0 {
            let part = round.merged.parts.get(at.part);
            let router = part.and_then(|part| part.config.http.routers.get_index(at.index));
            let Some((name, written)) = router else { continue };
            let object = Object { section: Section::HttpRouters, at, name, origin: &written.origin };
            let problem = match outcome {
                Outcome::Default => Problem::warning(format!(
                    "routers for host {host} ask for different TLS options, so the default ones apply"
                )),
                Outcome::Contradicted => Problem::error(format!(
                    "routers for host {host} ask for different TLS options, so its handshakes are refused \
                     (core.strictTLSOptions); have them ask for the same"
                )),
                Outcome::Refused => Problem::warning(format!(
                    "another router for host {host} asks for TLS options that cannot be used, so its handshakes are refused"
                )),
            };
            round.problems.add(object, problem);
        }
    }
}

fn id(options: &HostOptions) -> OptionsId {
    match options {
        HostOptions::Use(options) => options.id(),
        HostOptions::Refuse => OptionsId::REFUSED,
    }
}
