//! What one object comes to.
//!
//! All that is kept is put together after every change of the cluster, so names are hashed once, when they are made.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::map::RawEntryApiV1;
use indexmap::map::raw_entry_v1::RawEntryMut;

use windrose_config::dynamic_config::{
    Lost, Middleware, Objects, Router, ServersTransport, Service, TcpRouter, TcpServersTransport, TcpService,
    TlsCertificate, TlsOptions, TlsStore, UdpRouter, UdpService,
};
use windrose_config::{DynamicConfig, Problem, Written};

use crate::translate::{Judged, Translated, Verdict};

/// What one object comes to, as long as no other one wants its names.
#[derive(Debug)]
pub(super) struct Piece {
    items: Box<[Item]>,
    certificates: Box<[Arc<Written<TlsCertificate>>]>,
    problems: Box<[Problem]>,
    lost: Option<Box<Lost>>,
    verdicts: Box<[Verdict]>,
    judged: Arc<Judged>,
}

/// The sections that are objects with names: what each holds, and where it is.
macro_rules! sections {
    ($($section:ident: $body:ty, $($path:ident).+;)*) => {
        /// An object of a section.
        #[derive(Debug)]
        enum Item {
            $($section(Named<$body>),)*
        }

        impl Item {
            /// Everything that is declared.
            fn all(config: DynamicConfig, hasher: &RandomState) -> Box<[Self]> {
                let mut items = Vec::new();
                $(items.extend(config.$($path).+.into_iter().map(|(name, written)| {
                    Self::$section(Named { hash: hasher.hash_one(&name), name, written })
                }));)*
                items.into()
            }

            /// Whether nothing of the same name is declared, or the same thing where several may declare it.
            fn fits(&self, config: &DynamicConfig) -> bool {
                match self {
                    $(Self::$section(named) => {
                        let is_same = |known: &Arc<Written<$body>>| {
                            self.is_shared() && (Arc::ptr_eq(known, &named.written) || known.value == named.written.value)
                        };
                        named.known(&config.$($path).+).is_none_or(is_same)
                    })*
                }
            }

            fn add_to(&self, config: &mut DynamicConfig) {
                match self {
                    $(Self::$section(named) => named.put(&mut config.$($path).+),)*
                }
            }
        }

        /// A place for as much as there is, whose names are hashed as those that are kept.
        pub(super) fn place_for(like: &[usize], hasher: &RandomState) -> DynamicConfig {
            let mut config = DynamicConfig::default();
            let mut room = like.iter().copied();
            $(config.$($path).+ = Objects::with_capacity_and_hasher(room.next().unwrap_or(0), hasher.clone());)*
            config
        }

        /// How much there is in each section.
        pub(super) fn sizes(config: &DynamicConfig) -> Box<[usize]> {
            [$(config.$($path).+.len()),*].into()
        }
    };
}

sections! {
    Router: Router, http.routers;
    Closed: Router, http.closed;
    Service: Service, http.services;
    Middleware: Middleware, http.middlewares;
    Transport: ServersTransport, http.servers_transports;
    TcpRouter: TcpRouter, tcp.routers;
    TcpClosed: TcpRouter, tcp.closed;
    TcpService: TcpService, tcp.services;
    TcpMiddleware: Middleware, tcp.middlewares;
    TcpTransport: TcpServersTransport, tcp.servers_transports;
    UdpRouter: UdpRouter, udp.routers;
    UdpClosed: UdpRouter, udp.closed;
    UdpService: UdpService, udp.services;
    Options: TlsOptions, tls.options;
    Store: TlsStore, tls.stores;
}

/// An object with its name.
#[derive(Debug)]
struct Named<T> {
    hash: u64,
    name: Arc<str>,
    written: Arc<Written<T>>,
}

impl<T> Named<T> {
    /// What is declared under the name.
    fn known<'o, U>(&self, objects: &'o Objects<U>) -> Option<&'o Arc<Written<U>>> {
        let known = objects.raw_entry_v1().from_hash(self.hash, |name| *name == self.name);
        known.map(|(_, written)| written)
    }

    fn put(&self, objects: &mut Objects<T>) {
        match objects.raw_entry_mut_v1().from_hash(self.hash, |name| *name == self.name) {
            RawEntryMut::Occupied(mut known) => *known.get_mut() = Arc::clone(&self.written),
            RawEntryMut::Vacant(free) => {
                free.insert_hashed_nocheck(self.hash, Arc::clone(&self.name), Arc::clone(&self.written));
            }
        }
    }
}

impl Item {
    /// Whether several objects may declare it, if they declare the same.
    fn is_shared(&self) -> bool {
        matches!(self, Self::Service(..) | Self::TcpService(..) | Self::UdpService(..))
    }

    /// Whether no place of the same name is closed, or none is open where this one is closed.
    fn stands_alone(&self, config: &DynamicConfig) -> bool {
        match self {
            Self::Router(named) => named.known(&config.http.closed).is_none(),
            Self::Closed(named) => named.known(&config.http.routers).is_none(),
            Self::TcpRouter(named) => named.known(&config.tcp.closed).is_none(),
            Self::TcpClosed(named) => named.known(&config.tcp.routers).is_none(),
            _ => true,
        }
    }
}

impl Piece {
    /// What was made of one object alone; none where it is not one object.
    pub(super) fn of(made: Translated, hasher: &RandomState) -> Option<Self> {
        let Translated { mut config, verdicts, mut judged, .. } = made;
        let judged = judged.pop().filter(|_| judged.is_empty())?;
        let lost = std::mem::take(&mut config.lost);
        Some(Self {
            certificates: std::mem::take(&mut config.tls.certificates).into(),
            problems: std::mem::take(&mut config.problems).into(),
            lost: (lost != Lost::default()).then(|| Box::new(lost)),
            items: Item::all(config, hasher),
            verdicts: verdicts.into(),
            judged,
        })
    }

    /// Whether no object before this one has one of its names.
    pub(super) fn fits(&self, out: &Translated) -> bool {
        self.items.iter().all(|item| item.fits(&out.config) && item.stands_alone(&out.config))
    }

    pub(super) fn add_to(&self, out: &mut Translated) {
        let config = &mut out.config;
        self.items.iter().for_each(|item| item.add_to(config));
        for certificate in &self.certificates {
            out.certify(certificate);
        }
        let config = &mut out.config;
        config.problems.extend(self.problems.iter().cloned());
        if let Some(lost) = &self.lost {
            config.lost.extend(lost);
        }
        out.verdicts.extend(self.verdicts.iter().cloned());
        out.judged.push(Arc::clone(&self.judged));
    }
}
